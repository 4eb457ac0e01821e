import type { ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { eq } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { freePort } from '../dev/processes.ts'
import { reservations } from '../db/schema.ts'
import type { Snapshot } from '../edge/contract/rooms.ts'
import type { Person } from '../origin/accounts.ts'
import { auditInventory } from '../origin/inventory-audit.ts'
import { signAccess } from '../origin/sessions.ts'
import { type Fleet, NOTICED_MS, startBalancer } from './balancer.ts'
import { openShop, type Shop, TOKEN_SECRET, tokenKeys } from './shop.ts'
import { end, OPEN_ROOMS, startProgram } from './site.ts'
import { until } from './until.ts'

const FLEETS = ['origin', 'edge'] as const
const CLIENTS = 12
const PEOPLE = 20_000
const SEATS = 100_000
/** Bookings between two replacements, so that each replacement happens under a steady load. */
const BOOKINGS_BETWEEN = 130

let shop: Shop
beforeEach(async () => void (shop = await openShop({ writeBackMs: 3_600_000 })))
afterEach(() => shop.close())

describe('a deploy under load, which replaces two edges and two origins behind balancers one after the other', () => {
  test('fails no request, and every confirmed booking is in MySQL exactly once', async () => {
    const { outcome, replaced, drifts, rows } = await rehearseDeploy(NOTICED_MS, (old) => end(old, 'SIGTERM'))
    process.stdout.write(`deploy: ${replaced} replaced; ${JSON.stringify(outcome.succeeded)}; failed ${outcome.failed.length}\n`)
    expect(outcome.failed).toEqual([])
    expect(replaced).toBe(4)
    expect(outcome.succeeded.book).toBeGreaterThan(500)
    expect(outcome.succeeded.cancel).toBeGreaterThan(50)
    expectWritten(outcome, rows)
    expect(drifts).toEqual([0])
  }, 900_000)

  test('fails requests when programs are killed instead, and loses no booking (negative control)', async () => {
    const { outcome, drifts, rows } = await rehearseDeploy(0, (old) => end(old, 'SIGKILL'))
    process.stdout.write(
      `killed: ${JSON.stringify(outcome.succeeded)}; failed ${outcome.failed.length}, such as ${outcome.failed[0]}\n`,
    )
    expect(outcome.failed.length).toBeGreaterThan(0)
    expectWritten(outcome, rows)
    expect(drifts).toEqual([0])
  }, 900_000)
})

describe.each(FLEETS)('the graceful shutdown of an %s', (fleet) => {
  test('reports not ready, serves requests for DRAIN_MS with `Connection: close`, and exits with 0', async () => {
    const program = await startAlone(fleet, '3000')
    const ended = new Promise((resolve) => program.child.once('exit', resolve))
    program.child.kill('SIGTERM')
    const ready = await untilDraining(program.url)
    expect(await ready.json()).toEqual({ ready: false, draining: true })
    const served = await fetch(`${program.url}/healthz`)
    expect([served.status, served.headers.get('connection')]).toEqual([200, 'close'])
    expect(await ended).toBe(0)
    await expect(fetch(`${program.url}/healthz`)).rejects.toThrow()
    await program.close()
  })

  test('exits at once on a second signal', async () => {
    const program = await startAlone(fleet, '60000')
    const ended = new Promise((resolve) => program.child.once('exit', resolve))
    program.child.kill('SIGTERM')
    await untilDraining(program.url)
    program.child.kill('SIGTERM')
    expect(await ended).toBe(1)
    await program.close()
  })
})

/** Polls `/readyz` until it responds with 503, and returns that response. */
async function untilDraining(url: string): Promise<Response> {
  while (true) {
    const response = await fetch(`${url}/readyz`)
    if (response.status === 503) return response
    await response.body?.cancel()
    await sleep(10)
  }
}

const settings = () => ({
  ...process.env,
  REDIS_URL: shop.redisUrl,
  MYSQL_URL: shop.mysqlUrl,
  S3_ENDPOINT: inject('stores').s3.endpoint,
  TOKEN_SECRET,
  WRITE_BACK_MS: '200',
  ACKNOWLEDGE: 'mysql',
  // The load and the public balancer each add an address.
  TRUSTED_PROXIES: '2',
  ...OPEN_ROOMS,
  ROOM_MODE: 'fifo',
  ROOM_PER_MINUTE: '600000',
  ROOM_CAPACITY: '20000',
})

/** Starts one program without a balancer; an edge also needs an origin. */
async function startAlone(fleet: Fleet, drainMs: string) {
  const [originUrl, edgeUrl] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`]
  const behind = fleet === 'edge' ? [await startProgram('origin', originUrl, settings())] : []
  const url = fleet === 'edge' ? edgeUrl : originUrl
  const child = await startProgram(fleet, url, { ...settings(), ORIGIN_URL: originUrl, DRAIN_MS: drainMs })
  return {
    url,
    child,
    close: () => Promise.all([child, ...behind].map((program) => end(program, 'SIGKILL'))),
  }
}

/** Replaces each program like an instance refresh: the balancer sees the new program ready before `endOld` ends the old one. */
async function rehearseDeploy(drainMs: number, endOld: (old: ChildProcess) => Promise<void>) {
  const { eventId, ticketTypeIds } = await shop.addSale({ seats: [SEATS] })
  const people = await shop.addPeople(PEOPLE)
  const ports = { edge: await freePorts(4), origin: await freePorts(4) }
  const balancer = await startBalancer(ports)
  const running = new Map<number, ChildProcess>()
  const start = async (fleet: Fleet, port: number) => {
    const env = { ...settings(), ORIGIN_URL: balancer.originUrl, DRAIN_MS: String(drainMs) }
    running.set(port, await startProgram(fleet, `http://127.0.0.1:${port}`, env))
    await balancer.untilSeen(port, 'UP')
  }
  try {
    for (const fleet of FLEETS) {
      for (const port of ports[fleet].slice(2)) await balancer.untilSeen(port, 'DOWN')
      await Promise.all(ports[fleet].slice(0, 2).map((port) => start(fleet, port)))
    }
    const load = startLoad(balancer.edgeUrl, { eventId, ticketTypeId: ticketTypeIds[0]! }, people)
    let replaced = 0
    for (const fleet of FLEETS) {
      for (const [old, fresh] of [[0, 2], [1, 3]] as const) {
        await load.untilBooked(BOOKINGS_BETWEEN)
        await start(fleet, ports[fleet][fresh]!)
        await endOld(running.get(ports[fleet][old]!)!)
        running.delete(ports[fleet][old]!)
        replaced++
      }
    }
    await load.untilBooked(BOOKINGS_BETWEEN)
    const outcome = await load.stop()
    const drifts = await untilWritten(eventId)
    const rows = await shop.db.select().from(reservations).where(eq(reservations.eventId, eventId))
    return { outcome, replaced, rows, drifts }
  } finally {
    await Promise.all([...running.values()].map((program) => end(program, 'SIGKILL')))
    await balancer.close()
  }
}

const freePorts = (count: number) => Promise.all(Array.from({ length: count }, freePort))

/** The results of the load. */
type Outcome = {
  /** Requests with an expected status, by kind. */
  succeeded: Record<string, number>
  failed: string[]
  /** Confirmed reservations by id, with their idempotency key. */
  booked: Map<string, { key: string; cancelled: boolean }>
}

/** Simulates `CLIENTS` visitors at a time. Each opens the page, joins, claims a pass and books; one in five cancels. */
function startLoad(url: string, sale: { eventId: number; ticketTypeId: number }, people: Person[]) {
  const outcome: Outcome = { succeeded: {}, failed: [], booked: new Map() }
  const room = `/queue/event-${sale.eventId}`
  let [isOver, next] = [false, 0]

  const request = (options: LoadRequest) => sendRecorded(url, outcome, options)

  async function visit(person: Person, number: number): Promise<void> {
    await request({
      kind: 'page',
      number,
      method: 'GET',
      path: `/events/${sale.eventId}`,
      expected: [200],
      headers: { accept: 'text/html' },
    })
    const joined = await request({ kind: 'join', number, method: 'POST', path: `${room}/tickets`, expected: [201] })
    const pass = joined && await waitForPass((JSON.parse(joined.text) as { ticket: string }).ticket, number)
    if (pass) await book(person, number, pass)
  }

  /** Polls the room and claims until the position is called; returns null after a failure. */
  async function waitForPass(ticket: string, number: number): Promise<string | null> {
    const headers = { authorization: `Bearer ${ticket}` }
    for (let attempt = 0; attempt < 200; attempt++) {
      const polled = await request({ kind: 'poll', number, method: 'GET', path: room, expected: [200] })
      if (polled && (JSON.parse(polled.text) as Snapshot).phase === 'paused') outcome.failed.push('poll: the room is paused')
      const path = `${room}/pass`
      const claimed = await request({ kind: 'claim', number, method: 'POST', path, expected: [201, 425], headers })
      if (!claimed) return null
      if (claimed.status === 201) return (JSON.parse(claimed.text) as { pass: string }).pass
      await sleep(100)
    }
    outcome.failed.push('claim: the position was never called')
    return null
  }

  async function book(person: Person, number: number, pass: string): Promise<void> {
    const key = randomUUID()
    const authorization = `Bearer ${await signAccess({ tokenKeys, now: () => new Date() }, person)}`
    const booked = await request({
      kind: 'book',
      number,
      method: 'POST',
      path: `/api/events/${sale.eventId}/reservations`,
      expected: [201],
      headers: { authorization, 'content-type': 'application/json', 'x-queue-pass': pass, 'idempotency-key': key },
      body: { ticketTypeId: sale.ticketTypeId, quantity: 1 + number % 2 },
    })
    if (!booked) return
    const { id } = (JSON.parse(booked.text) as { reservation: { id: string } }).reservation
    outcome.booked.set(id, { key, cancelled: false })
    if (number % 5 > 0) return
    const path = `/api/reservations/${id}`
    const cancelled = await request({
      kind: 'cancel',
      number,
      method: 'DELETE',
      path,
      expected: [200],
      headers: { authorization },
    })
    // Without a response it is not known whether the reservation is cancelled.
    if (cancelled) outcome.booked.set(id, { key, cancelled: true })
    else outcome.booked.delete(id)
  }

  const clients = Array.from({ length: CLIENTS }, async () => {
    while (!isOver && next < people.length) {
      const number = next++
      await visit(people[number]!, number)
      await sleep(20)
    }
  })
  return {
    /** Waits until `count` more bookings have succeeded. */
    async untilBooked(count: number): Promise<void> {
      const target = (outcome.succeeded.book ?? 0) + count
      await until(() => (outcome.succeeded.book ?? 0) >= target)
    },
    async stop(): Promise<Outcome> {
      isOver = true
      await Promise.all(clients)
      if (next >= people.length) outcome.failed.push('the load ended before the deploy')
      return outcome
    },
  }
}

type LoadRequest = {
  kind: string
  /** The visitor's number, which gives their IP address. */
  number: number
  method: string
  path: string
  expected: number[]
  headers?: Record<string, string>
  body?: object
}

/** Sends a request and records the result. Returns null if the request fails or its status is not among `expected`. */
async function sendRecorded(
  url: string,
  outcome: Outcome,
  { kind, number, method, path, expected, headers = {}, body }: LoadRequest,
) {
  const init: RequestInit = {
    method,
    signal: AbortSignal.timeout(20_000),
    redirect: 'manual',
    headers: {
      'x-forwarded-for': `10.${number >> 16 & 255}.${number >> 8 & 255}.${number & 255}`,
      accept: 'application/json',
      ...headers,
    },
    body: body ? JSON.stringify(body) : null,
  }
  try {
    const response = await fetch(url + path, init)
    const text = await response.text()
    if (!expected.includes(response.status)) throw new Error(`${response.status} ${text.slice(0, 300)}`)
    outcome.succeeded[kind] = (outcome.succeeded[kind] ?? 0) + 1
    return { status: response.status, text }
  } catch (error) {
    outcome.failed.push(`${kind}: ${(error as Error).message}`)
    return null
  }
}

/** Checks that MySQL has every confirmed booking with its key and status, and one row per key. */
function expectWritten({ booked }: Outcome, rows: { id: string; idempotencyKey: string; status: string }[]): void {
  const byId = new Map(rows.map((row) => [row.id, row]))
  const wrong = [...booked].filter(([id, { key, cancelled }]) => {
    const row = byId.get(id)
    return row?.idempotencyKey !== key || (row.status === 'cancelled') !== cancelled
  })
  expect(wrong).toEqual([])
  expect(new Set(rows.map((row) => row.idempotencyKey)).size).toBe(rows.length)
}

/** Waits until MySQL has all bookings, and returns the drift of each ticket type. */
async function untilWritten(eventId: number): Promise<number[]> {
  let drifts: number[] = []
  await until(async () => {
    const audit = await auditInventory(shop, eventId)
    if (audit.kind !== 'audited' || audit.ticketTypes.some(({ inFlight }) => inFlight > 0)) return false
    drifts = audit.ticketTypes.map(({ drift }) => drift)
    return true
  })
  return drifts
}
