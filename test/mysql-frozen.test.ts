/**
 * MySQL is frozen under load: its connections stay open and nothing replies, as when its disk or its host hangs. Every step of a buyer must be
 * complete all the same (P9). MYSQL_FREEZE_SECONDS sets how long, 10 by default. The same load runs before for half as long with MySQL, and
 * the printed report compares both.
 */
import { eq } from 'drizzle-orm'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { INVENTORY_WATCH_KEY } from '../db/redis/keys.ts'
import { reservations, ticketTypes } from '../db/schema.ts'
import type { Person } from '../origin/accounts.ts'
import { auditInventory, hasDrift } from '../origin/inventory-audit.ts'
import { signAccess } from '../origin/sessions.ts'
import { type Answer, send } from './http.ts'
import { ownMysql, tokenKeys } from './shop.ts'
import { openSite, type Site } from './site.ts'
import { until } from './until.ts'

const FREEZE_MS = 1_000 * Math.min(600, Number(process.env.MYSQL_FREEZE_SECONDS ?? 10))
/** So that the first requests, which start everything, are in neither column. */
const WARM_UP_MS = 2_000
const BUYERS_AT_ONCE = 6
/** Enough for all phases; a buyer books once. */
const PEOPLE = 100 * (WARM_UP_MS + 2 * FREEZE_MS) / 1_000
const PAUSE_MS = 20
const CLAIM_ATTEMPTS = 100
const TITLE = '겨울밤의 협연'

let mysql: Awaited<ReturnType<typeof ownMysql>>
let site: Site
beforeAll(async () => {
  mysql = await ownMysql()
  const settings = { TRUSTED_PROXIES: '1', CATALOGUE_MAX_AGE_MS: '1000', WRITE_BACK_MS: '200', INVENTORY_WATCH_MS: '1000' }
  const rooms = { ROOM_IDENTITY: 'account', ROOM_PROOF_OF_WORK: 'never' }
  site = await openSite({ ...settings, ...rooms }, mysql.stores)
})
afterAll(async () => {
  mysql.thaw()
  await site.close()
  await mysql.close()
})

type Concert = { eventId: number; ticketTypeId: number }
type Booked = { id: string; person: number; quantity: number }

/** The times of requests in ms by step, the bookings, and what was wrong. */
type Phase = { times: Map<string, number[]>; booked: Booked[]; failures: string[] }

/** An event that the origin and the edge know. */
async function openConcert(): Promise<Concert> {
  const { eventId, ticketTypeIds } = await site.shop.addSale({ title: TITLE, seats: [2 * PEOPLE] })
  await until(async () => (await send(`${site.edgeUrl}/`, { headers: { accept: 'text/html' } })).text.includes(TITLE))
  await until(async () => (await send(`${site.edgeUrl}/queue/event-${eventId}`, {})).status === 200)
  // The origin takes over the audits from the test.
  await site.shop.redis.del(INVENTORY_WATCH_KEY)
  return { eventId, ticketTypeId: ticketTypeIds[0]! }
}

/** Goes all the way of a buyer, with one account: home page, event, queue, pass, booking page, booking, confirmation. */
async function buyOnce({ eventId, ticketTypeId }: Concert, person: Person, byForm: boolean, phase: Phase): Promise<void> {
  const access = await signAccess({ tokenKeys, now: () => new Date() }, person)
  const base = {
    authorization: `Bearer ${access}`,
    'x-forwarded-for': `10.${person.id >> 16 & 255}.${person.id >> 8 & 255}.${person.id & 255}`,
  }
  const step = createStep(phase, base)
  const room = `/queue/event-${eventId}`
  await step('home page', '/', { shows: [TITLE, '10,000'] })
  await step('event page', `/events/${eventId}`, { shows: [TITLE, '시험 홀', '10,000', '1등석'] })
  await step('event (API)', `/api/events/${eventId}`, { accept: 'application/json', shows: [TITLE, '시험 홀', '1등석'] })
  const joined = await step('join', `${room}/tickets`, { method: 'POST', accept: 'application/json', expects: [200, 201] })
  await step('snapshot', `${room}/snapshot`, { accept: 'application/json', shows: ['"serving":'] })
  const pass = await claim(step, `${room}/pass`, joined.body.ticket)
  const quantity = 1 + person.id % 2
  const booking = { eventId, ticketTypeId, quantity, pass, key: `frozen-${person.id}` }
  const id = byForm ? await bookByForm(step, booking) : await bookByApi(step, booking)
  phase.booked.push({ id, person: person.id, quantity })
  const shows = [TITLE, '시험 홀', '10,000', '1등석', id]
  await step('confirmation page', `/reservations/${id}?new=1`, { shows })
  const found = await step('reservation (API)', `/api/reservations/${id}`, { accept: 'application/json' })
  expect(found.body).toMatchObject(complete(eventId, id, quantity))
}

/** What every reservation of the concert must show. */
const complete = (eventId: number, id: string, quantity: number) => ({
  id,
  event: { id: eventId, title: TITLE, venue: '시험 홀', startsAt: expect.stringMatching(/^20..-..-..T/) },
  ticketType: { name: '1등석' },
  quantity,
  unitPrice: 10_000,
  totalPrice: 10_000 * quantity,
  status: 'confirmed',
  cancelUntil: expect.stringMatching(/^20..-..-..T/),
})

type StepOptions = {
  method?: string
  accept?: string
  headers?: Record<string, string>
  body?: string
  expects?: number[]
  shows?: string[]
}
type Step = (name: string, path: string, options?: StepOptions) => Promise<Answer>

/** A function that sends a request, measures it, and throws unless the answer is complete. */
function createStep({ times }: Phase, base: Record<string, string>): Step {
  return async (name, path, { method = 'GET', accept = 'text/html', headers = {}, body, expects = [200], shows = [] } = {}) => {
    const startedAt = performance.now()
    const answer = await send(site.edgeUrl + path, { method, headers: { ...base, accept, ...headers }, body })
    const known = times.get(name) ?? []
    known.push(performance.now() - startedAt)
    times.set(name, known)
    const missing = shows.filter((text) => !answer.text.includes(text))
    if (!expects.includes(answer.status) || missing.length > 0) {
      throw new Error(`${name}: ${answer.status} ${answer.code ?? ''}, without ${missing.join()}: ${answer.text.slice(0, 200)}`)
    }
    return answer
  }
}

/** Claims the turn as soon as it has come. */
async function claim(step: Step, path: string, ticket: string): Promise<string> {
  for (let attempt = 0; attempt < CLAIM_ATTEMPTS; attempt++) {
    const headers = { authorization: `Bearer ${ticket}` }
    const claimed = await step('claim', path, { method: 'POST', accept: 'application/json', headers, expects: [201, 425] })
    if (claimed.status === 201) return claimed.body.pass
    await sleep(100)
  }
  throw new Error('The turn did not come')
}

type Booking = Concert & { quantity: number; pass: string; key: string }

async function bookByApi(step: Step, { eventId, ticketTypeId, quantity, pass, key }: Booking): Promise<string> {
  await step('booking page', `/events/${eventId}/booking`, { headers: { 'x-queue-pass': pass }, shows: [TITLE, '1등석'] })
  const booked = await step('booking (API)', `/api/events/${eventId}/reservations`, {
    method: 'POST',
    accept: 'application/json',
    headers: { 'content-type': 'application/json', 'x-queue-pass': pass, 'idempotency-key': key },
    body: JSON.stringify({ ticketTypeId, quantity }),
    expects: [201],
  })
  const { reservation } = booked.body
  expect(reservation).toMatchObject(complete(eventId, reservation.id, quantity))
  return reservation.id
}

async function bookByForm(step: Step, { eventId, ticketTypeId, quantity, pass }: Booking): Promise<string> {
  const path = `/events/${eventId}/booking`
  const page = await step('booking page', path, { headers: { 'x-queue-pass': pass }, shows: [TITLE, 'name="idempotencyKey"'] })
  const idempotencyKey = page.text.match(/name="idempotencyKey" value="([^"]+)"/)![1]!
  const sent = await step('booking (form)', path, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-queue-pass': pass },
    body: new URLSearchParams({ ticketTypeId: String(ticketTypeId), quantity: String(quantity), idempotencyKey }).toString(),
    expects: [303],
  })
  return sent.location!.match(/^\/reservations\/([\w-]+)\?new=1$/)![1]!
}

/** Lets people buy until the time is over, by form and by API in turn. */
async function buyFor(durationMs: number, concert: Concert, people: Iterator<Person>): Promise<Phase> {
  const phase: Phase = { times: new Map(), booked: [], failures: [] }
  const endsAt = performance.now() + durationMs
  await Promise.all(Array.from({ length: BUYERS_AT_ONCE }, async (_, buyer) => {
    for (let i = buyer; performance.now() < endsAt; i++) {
      const { value: person, done } = people.next()
      if (done) return
      await buyOnce(concert, person, i % 2 === 0, phase).catch((error) => phase.failures.push(String(error)))
      await sleep(PAUSE_MS)
    }
  }))
  return phase
}

const percentile = (sorted: number[], part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0

/** One line per step: requests, and the p50, p95 and maximum of their times, with MySQL and while it was frozen. */
function report(withMysql: Phase, frozen: Phase): string {
  const figures = (times: number[] = []) => {
    const sorted = times.toSorted((a, b) => a - b)
    const columns = [percentile(sorted, 0.5), percentile(sorted, 0.95), sorted.at(-1) ?? 0].map((ms) => ms.toFixed(0).padStart(6))
    return [String(sorted.length).padStart(6), ...columns].join('')
  }
  const lines = [...withMysql.times.keys()].map((name) =>
    `${name.padEnd(20)}${figures(withMysql.times.get(name))}   |${figures(frozen.times.get(name))}`
  )
  const head = `${''.padEnd(20)}     n   p50   p95   max`
  return [`${head}   |     n   p50   p95   max  (ms; with MySQL | frozen for ${FREEZE_MS / 1_000} s)`, ...lines, ''].join('\n')
}

test(
  'MySQL is frozen under load: every step of every buyer is complete, and afterwards each booking is in MySQL once',
  async () => {
    const concert = await openConcert()
    const people = (await site.shop.addPeople(PEOPLE)).values()
    const warmUp = await buyFor(WARM_UP_MS, concert, people)
    const withMysql = await buyFor(FREEZE_MS / 2, concert, people)
    mysql.freeze()
    const frozen = await buyFor(FREEZE_MS, concert, people)
    mysql.thaw()
    process.stdout.write(report(withMysql, frozen))
    const phases = [warmUp, withMysql, frozen]
    expect(phases.flatMap(({ failures }) => failures).slice(0, 10)).toEqual([])
    expect(frozen.booked.length).toBeGreaterThan(BUYERS_AT_ONCE)

    const booked = phases.flatMap((phase) => phase.booked)
    const { eventId, ticketTypeId } = concert
    const read = () => site.shop.db.select().from(reservations).where(eq(reservations.eventId, eventId))
    await until(async () => (await read().catch(() => [])).length >= booked.length)
    const rows = await read()
    const describe = ({ id, person, quantity }: Booked) => `${id} ${person} ${quantity}`
    expect(rows.map(({ id, userId, quantity }) => describe({ id, person: userId, quantity })).sort())
      .toEqual(booked.map(describe).sort())
    const [type] = await site.shop.db.select().from(ticketTypes).where(eq(ticketTypes.id, ticketTypeId))
    expect(type!.sold).toBe(booked.reduce((sum, { quantity }) => sum + quantity, 0))
    const inventory = await auditInventory(site.shop, eventId)
    expect(inventory.kind === 'audited' && !hasDrift(inventory)).toBe(true)
  },
  900_000 + 2 * FREEZE_MS,
)
