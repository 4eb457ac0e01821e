/**
 * The load generator process: bun bench/generator.ts <plan.json> <outcome.json>
 *
 * On Bun and on Node autocannon costs 33 to 37 µs of CPU for each booking (long headers, 256 connections). With autocannon's own request
 * builder it was 41 µs on Bun, a third less than on Node.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { openBuyers } from './buyers.ts'
import { addressOf, drive, type Driven, type LoadRequest, type PendingRequest, type Source } from './load.ts'
import type { Buyer, Sale } from './buyers.ts'
import { type Logins, openLogins } from './logins.ts'

/** The expected response: its status, and text in its body. */
export type Expected = { status: number; includes?: string }

export type Plan = {
  url: string
  connections: number
  deadlineMs: number
  work:
    /** Each request once, or `count` requests in turn, each from a distinct address; as fast as the connections allow. */
    | { kind: 'once'; requests: LoadRequest[]; expect: Expected; count?: number }
    /** The requests in turn, repeatedly for `forMs`; a closed loop. */
    | { kind: 'around'; requests: LoadRequest[]; expect: Expected; forMs: number }
    /** Open arrivals: the requests in turn, at `perSecond` even if the server is slow. */
    | { kind: 'arrivals'; requests: LoadRequest[]; expect: Expected; forMs: number; perSecond: number }
    | { kind: 'buyers'; sale: Sale; buyers: Buyer[] }
    | ({ kind: 'logins' } & Logins)
}

export type Outcome = Driven & {
  /** CPU time of this process, µs: under load, and since its start. */
  cpuUs: number
  processUs: number
  /** Counts of the buyers' outcomes. */
  facts: Record<string, number>
}

if (import.meta.main) {
  const [planFile, outcomeFile] = process.argv.slice(2) as [string, string]
  const plan = JSON.parse(readFileSync(planFile, 'utf8')) as Plan
  const { source, facts } = sourceOf(plan)
  const cpuBefore = process.cpuUsage()
  const driven = await drive(plan.url, plan.connections, plan.deadlineMs, source)
  const cpu = process.cpuUsage(cpuBefore)
  const all = process.cpuUsage()
  const outcome: Outcome = { ...driven, cpuUs: cpu.user + cpu.system, processUs: all.user + all.system, facts: facts() }
  writeFileSync(outcomeFile, JSON.stringify(outcome))
  process.exit(0)
}

function sourceOf({ work }: Plan): { source: Source; facts(): Record<string, number> } {
  if (work.kind === 'buyers') return openBuyers(work.sale, work.buyers)
  if (work.kind === 'logins') return openLogins(work)
  const { requests, expect } = work
  const onResponse = (status: number, body: string) =>
    status === expect.status && body.includes(expect.includes ?? '') ? null : `${status} ${body.slice(0, 200)}`
  let sent = 0
  const send = (dueMs: number) => ({ request: requests[sent++ % requests.length]!, dueMs, kind: 0, onResponse })
  const facts = () => ({})
  switch (work.kind) {
    case 'once':
      if (work.count === undefined) return { facts, source: () => sent < requests.length ? send(0) : null }
      return { facts, source: () => sent < work.count! ? fromAddress(send(0), sent) : null }
    case 'around':
      return { facts, source: (nowMs) => nowMs < work.forMs ? send(nowMs) : null }
    case 'arrivals':
      return {
        facts,
        source(nowMs) {
          const dueMs = sent / work.perSecond * 1000
          return dueMs >= work.forMs ? null : dueMs > nowMs ? dueMs : send(dueMs)
        },
      }
  }
}

/** The same request from the i-th address. */
function fromAddress({ request, ...pending }: PendingRequest, i: number): PendingRequest {
  return { ...pending, request: { ...request, headers: { ...request.headers, 'x-forwarded-for': addressOf(i) } } }
}
