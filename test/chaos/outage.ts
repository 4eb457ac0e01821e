import { setTimeout as sleep } from 'node:timers/promises'
import { addEventOnSale, listReservations } from '../../dev/sale-fixtures.ts'
import { paths } from '../../edge/contract/paths.ts'
import type { Buyers } from './buyers.ts'
import { untilWrittenBack } from './reconcile.ts'
import type { Part, Stack } from './stack.ts'

const WORKERS = 8
const PAUSE_MS = 50
/** How long the same load runs before the outage. */
const BASELINE_SECONDS = 15
const LIMIT = 100
/** The write-back must have caught up this soon after MySQL is back. */
const CATCH_UP_SECONDS = 10

export type Outage = { seconds: number; fault: 'kill' | 'stop' }

/** What buyers do in turn. */
const STEPS = ['home', 'booking page', 'book by form', 'book by API', 'confirmation'] as const
type Step = typeof STEPS[number]

/** The times of each step in ms, the ids of confirmed reservations, and what went wrong. */
type Played = { ms: Record<Step, number[]>; ids: string[]; failures: string[] }

/**
 * Plays buyers with MySQL, then without it for `seconds`, and prints the latencies of both. Returns whether every answer was complete and
 * every 201 is in MySQL exactly once soon after.
 */
export async function playOutage(
  stack: Stack,
  buyers: Buyers,
  people: number[],
  { seconds, fault }: Outage,
  print: (line: string) => void,
): Promise<boolean> {
  const mysql = stack.parts.find(({ name }) => name === 'mysql')!
  const { eventId, ticketTypeIds: [ticketTypeId = 0] } = await addEventOnSale(stack.db, [1_000_000], LIMIT, new Date())
  const play = (duration: number) => playBuyers(stack, buyers, { eventId, ticketTypeId, people }, duration)
  // The origins must know the event, and Redis must hold its sale.
  await buyers.book({ eventId, person: people[0]!, key: 'outage-first', ticketTypeId, quantity: 1 })
  await sleep(2_000)
  const before = await play(BASELINE_SECONDS)
  print(`\nMySQL is ${fault === 'kill' ? 'killed' : 'stopped'} for ${seconds} s under load`)
  const bringBack = await takeAway(mysql, fault)
  const during = await play(seconds)
  await bringBack()
  const backAtMs = Date.now()
  await untilWrittenBack(stack, eventId)
  const catchUpSeconds = (Date.now() - backAtMs) / 1000

  for (const step of STEPS) print(compare(step, before.ms[step], during.ms[step]))
  const ids = new Set([...before.ids, ...during.ids])
  const rows = (await listReservations(stack.db, eventId)).map(({ id }) => id)
  const written = new Set(rows)
  const lost = [...ids].filter((id) => !written.has(id)).length
  // One row is of the first booking.
  const surplus = rows.length - 1 - ids.size
  const failures = [...before.failures, ...during.failures]
  print(
    `booked without MySQL ${during.ids.length}, failures ${failures.length}, lost ${lost}, surplus rows ${surplus}, ` +
      `written back ${catchUpSeconds.toFixed(1)} s after its return`,
  )
  for (const failure of failures.slice(0, 5)) print(`  ${failure}`)
  return failures.length + lost === 0 && surplus === 0 && during.ids.length > 0 && catchUpSeconds < CATCH_UP_SECONDS
}

/** Takes MySQL away; the result brings it back. */
async function takeAway(mysql: Part, fault: Outage['fault']): Promise<() => Promise<void>> {
  if (fault === 'stop') {
    process.kill(mysql.running.pid, 'SIGSTOP')
    return () => Promise.resolve(void process.kill(mysql.running.pid, 'SIGCONT'))
  }
  process.kill(mysql.running.pid, 'SIGKILL')
  await mysql.running.ended
  return async () => void (mysql.running = await mysql.start())
}

type Sale = { eventId: number; ticketTypeId: number; people: number[] }

async function playBuyers({ edgeUrls }: Stack, buyers: Buyers, { eventId, ticketTypeId, people }: Sale, seconds: number) {
  const played: Played = {
    ms: { home: [], 'booking page': [], 'book by form': [], 'book by API': [], confirmation: [] },
    ids: [],
    failures: [],
  }
  const untilMs = Date.now() + seconds * 1000
  await Promise.all(Array.from({ length: WORKERS }, async (_, worker) => {
    // Each worker has people of its own, so that no limit is reached.
    const own = people.filter((_, i) => i % WORKERS === worker)
    for (let i = 0; Date.now() < untilMs; i++) {
      const at = edgeUrls[i % edgeUrls.length]!
      const elsewhere = edgeUrls[(i + 1) % edgeUrls.length]!
      const headers = () => buyers.headersOf(own[i % own.length]!, eventId, crypto.randomUUID())
      await buyOnce(played, { at, elsewhere, headers, eventId, ticketTypeId })
      await sleep(PAUSE_MS)
    }
  }))
  return played
}

type Visit = { at: string; elsewhere: string; headers(): Promise<Record<string, string>>; eventId: number; ticketTypeId: number }

/** One buyer: home, booking page, booking by form and by API, and both confirmations from the other edge and its origin. */
async function buyOnce(played: Played, { at, elsewhere, headers, eventId, ticketTypeId }: Visit): Promise<void> {
  const timed = async (step: Step, url: string, init: RequestInit, isComplete: (response: Response, text: string) => boolean) => {
    const startedAt = performance.now()
    try {
      const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(15_000) })
      const text = await response.text()
      played.ms[step].push(performance.now() - startedAt)
      if (!isComplete(response, text)) played.failures.push(`${step}: ${response.status} ${text.slice(0, 200)}`)
      return { response, text }
    } catch (error) {
      played.failures.push(`${step}: ${String(error)}`)
      return null
    }
  }
  const page = { ...await headers(), accept: 'text/html' }
  const isPage = (response: Response, text: string) => response.status === 200 && /\d원/.test(text)
  await timed('home', at + paths.home, { headers: page }, isPage)
  const form = await timed('booking page', at + paths.booking(eventId), { headers: page }, isPage)
  const idempotencyKey = form?.text.match(/name="idempotencyKey" value="([^"]+)"/)?.[1] ?? ''
  const body = new URLSearchParams({ ticketTypeId: String(ticketTypeId), quantity: '1', idempotencyKey })
  const sent = await timed(
    'book by form',
    at + paths.booking(eventId),
    { method: 'POST', headers: formHeaders(page), body },
    ({ status }) => status === 303,
  )
  const called = await timed('book by API', at + paths.api.reservations(eventId), {
    method: 'POST',
    headers: await headers(),
    body: JSON.stringify({ ticketTypeId, quantity: 1 }),
  }, ({ status }, text) => status === 201 && !/"(title|startsAt|cancelUntil|name)":""/.test(text))
  for (const id of [sent?.response.headers.get('location'), called?.response.headers.get('location')]) {
    const reservation = id?.match(/[\da-f]{8}-[\da-f-]{27}/)?.[0]
    if (!reservation) continue
    played.ids.push(reservation)
    await timed('confirmation', elsewhere + paths.reservation(reservation), { headers: page }, isPage)
  }
}

const formHeaders = (headers: Record<string, string>) => ({ ...headers, 'content-type': 'application/x-www-form-urlencoded' })

function compare(step: Step, before: number[], during: number[]): string {
  const at = (ms: number[], share: number) => ms.toSorted((a, b) => a - b)[Math.floor((ms.length - 1) * share)] ?? NaN
  const figures = [0.5, 0.95, 0.99, 1].map((share) => {
    const [with_, without] = [at(before, share), at(during, share)]
    return `p${share * 100} ${with_.toFixed(1)} → ${without.toFixed(1)} ms (×${(without / with_).toFixed(2)})`
  })
  return `${step.padEnd(13)} ${String(before.length).padStart(5)} → ${String(during.length).padStart(5)} requests: ${
    figures.join(', ')
  }`
}
