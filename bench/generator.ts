/**
 * The load generator, a process of its own: bun bench/generator.ts <plan.json> <result.json>
 *
 * It runs on Bun, as all of the bench does: autocannon costs it 33 to 37 µs of CPU a booking (long headers, 256 connections), and Node the
 * same. With autocannon's own request builder it was 41 µs, and Bun was the faster by a third.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { openBuyers } from './buyers.ts'
import { addressOf, drive, type Driven, type LoadRequest, type PendingRequest, type Source } from './load.ts'
import type { Buyer, Sale } from './buyers.ts'

/** What an answer must be. */
export type Expected = { status: number; includes?: string }

export type Plan = {
  url: string
  connections: number
  deadlineMs: number
  work:
    /** Each request once, or `count` in turn and each from an address of its own, as fast as the connections allow. */
    | { kind: 'once'; requests: LoadRequest[]; expect: Expected; count?: number }
    /** The requests in turn, over and over for a time; closed loop. */
    | { kind: 'around'; requests: LoadRequest[]; expect: Expected; forMs: number }
    /** Open arrivals: the requests in turn, each at its own instant whatever the server does. */
    | { kind: 'arrivals'; requests: LoadRequest[]; expect: Expected; forMs: number; perSecond: number }
    | { kind: 'buyers'; sale: Sale; buyers: Buyer[] }
}

export type Outcome = Driven & {
  /** CPU time of this process under load, and in all, µs. */
  cpuUs: number
  processUs: number
  /** Of buyers: what became of them. */
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
  const { requests, expect } = work
  const hear = (status: number, body: string) =>
    status === expect.status && body.includes(expect.includes ?? '') ? null : `${status} ${body.slice(0, 200)}`
  let sent = 0
  const send = (dueMs: number) => ({ request: requests[sent++ % requests.length]!, dueMs, kind: 0, hear })
  const facts = () => ({})
  switch (work.kind) {
    case 'once':
      if (work.count === undefined) return { facts, source: () => sent < requests.length ? send(0) : null }
      return { facts, source: () => sent < work.count! ? fromAnother(send(0), sent) : null }
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

/** The same request from an address of its own. */
function fromAnother({ request, ...pending }: PendingRequest, i: number): PendingRequest {
  return { ...pending, request: { ...request, headers: { ...request.headers, 'x-forwarded-for': addressOf(i) } } }
}
