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
import { end, startProgram } from './site.ts'

const FLEETS = ['origin', 'edge'] as const
const CLIENTS = 32
const PEOPLE = 20_000
const SEATS = 100_000
/** Between two replacements, so that each is met by a steady load. */
const CALM_MS = 2_500

let shop: Shop
beforeEach(async () => void (shop = await openShop({ writeBackMs: 3_600_000 })))
afterEach(() => shop.close())

describe('a deploy under load: two edges and two origins behind balancers, replaced one after the other', () => {
  test('fails no request, and every booking that was confirmed is in MySQL once', async () => {
    const { told, replaced, books, rows } = await rehearse(NOTICED_MS, (old) => end(old, 'SIGTERM'))
    process.stdout.write(`deploy: ${replaced} replaced; ${JSON.stringify(told.answered)}; failed ${told.failed.length}\n`)
    expect(told.failed).toEqual([])
    expect(replaced).toBe(4)
    expect(told.answered.book).toBeGreaterThan(500)
    expect(told.answered.cancel).toBeGreaterThan(50)
    expectWritten(told, rows)
    expect(books).toEqual([0])
  }, 180_000)

  test('fails requests when programs are killed instead, and still loses no booking (negative control)', async () => {
    const { told, books, rows } = await rehearse(0, (old) => end(old, 'SIGKILL'))
    process.stdout.write(`killed: ${JSON.stringify(told.answered)}; failed ${told.failed.length}, such as ${told.failed[0]}\n`)
    expect(told.failed.length).toBeGreaterThan(0)
    expectWritten(told, rows)
    expect(books).toEqual([0])
  }, 180_000)
})

describe.each(FLEETS)('the %s', (fleet) => {
  test('says that it goes, serves on for DRAIN_MS, asks for the connection to be closed, and ends well', async () => {
    const program = await startAlone(fleet, '1500')
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

  test('ends at once when it is asked again', async () => {
    const program = await startAlone(fleet, '60000')
    const ended = new Promise((resolve) => program.child.once('exit', resolve))
    program.child.kill('SIGTERM')
    await untilDraining(program.url)
    program.child.kill('SIGTERM')
    expect(await ended).toBe(1)
    await program.close()
  })
})

async function untilDraining(url: string): Promise<Response> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const response = await fetch(`${url}/readyz`)
    if (response.status === 503) return response
    await response.body?.cancel()
    await sleep(10)
  }
  throw new Error('It never said that it drains')
}

const settings = () => ({
  ...process.env,
  REDIS_URL: shop.redisUrl,
  MYSQL_URL: shop.mysqlUrl,
  S3_ENDPOINT: inject('stores').s3.endpoint,
  TOKEN_SECRET,
  WRITE_BACK_MS: '200',
  ACKNOWLEDGE: 'mysql',
  // The visitors' own addresses, and the public balancer.
  TRUSTED_PROXIES: '2',
  ROOM_MODE: 'fifo',
  ROOM_PER_MINUTE: '600000',
  ROOM_CAPACITY: '20000',
})

/** A program by itself; an edge gets an origin. */
async function startAlone(fleet: Fleet, drainMs: string) {
  const [originUrl, edgeUrl] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`]
  const behind = fleet === 'edge' ? [await startProgram('origin', originUrl, settings())] : []
  const url = fleet === 'edge' ? edgeUrl : originUrl
  const child = await startProgram(fleet, url, { ...settings(), ORIGIN_URL: originUrl, DRAIN_MS: drainMs })
  return {
    ...{ url, child },
    close: () => Promise.all([child, ...behind].map((program) => end(program, 'SIGKILL'))),
  }
}

/** Replaces each program as an instance refresh does: the new one is found ready by the balancer before the old one is ended. */
async function rehearse(drainMs: number, endOld: (old: ChildProcess) => Promise<void>) {
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
        await sleep(CALM_MS)
        await start(fleet, ports[fleet][fresh]!)
        const gone = running.get(ports[fleet][old]!)!
        await endOld(gone)
        running.delete(ports[fleet][old]!)
        replaced++
      }
    }
    await sleep(CALM_MS)
    const told = await load.stop()
    const audit = await untilWritten(eventId)
    const rows = await shop.db.select().from(reservations).where(eq(reservations.eventId, eventId))
    return { told, replaced, rows, books: audit }
  } finally {
    await Promise.all([...running.values()].map((program) => end(program, 'SIGTERM')))
    await balancer.close()
  }
}

const freePorts = (count: number) => Promise.all(Array.from({ length: count }, freePort))

type Told = {
  answered: Record<string, number>
  failed: string[]
  booked: Map<string, { key: string; cancelled: boolean }>
}

/** Visitors, some tens at a time, each after its own answer: they look, join, go in, book, and sometimes cancel. */
function startLoad(url: string, sale: { eventId: number; ticketTypeId: number }, people: Person[]) {
  const told: Told = { answered: {}, failed: [], booked: new Map() }
  const room = `/queue/event-${sale.eventId}`
  let [isOver, next] = [false, 0]

  /** What was answered; null for a failure. Whatever is no answer to the question, or one with a 5, is one. */
  async function ask(kind: string, person: number, method: string, path: string, wanted: number[], headers = {}, body?: object) {
    const options = {
      ...{ method, signal: AbortSignal.timeout(20_000), redirect: 'manual' as const },
      headers: {
        'x-forwarded-for': `10.${person >> 16 & 255}.${person >> 8 & 255}.${person & 255}`,
        accept: 'application/json',
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
    }
    try {
      const response = await fetch(url + path, options)
      const text = await response.text()
      if (!wanted.includes(response.status)) throw new Error(`${response.status} ${text.slice(0, 300)}`)
      told.answered[kind] = (told.answered[kind] ?? 0) + 1
      return { status: response.status, text }
    } catch (error) {
      told.failed.push(`${kind}: ${(error as Error).message}`)
      return null
    }
  }

  async function visit(person: Person, number: number): Promise<void> {
    await ask('page', number, 'GET', `/events/${sale.eventId}`, [200], { accept: 'text/html' })
    const joined = await ask('join', number, 'POST', `${room}/tickets`, [201])
    if (!joined) return
    const { ticket } = JSON.parse(joined.text) as { ticket: string }
    let pass: string | null = null
    for (let tries = 0; pass === null && tries < 100; tries++) {
      const polled = await ask('poll', number, 'GET', room, [200])
      if (polled && (JSON.parse(polled.text) as Snapshot).phase === 'paused') told.failed.push('poll: the line stands still')
      const claimed = await ask('claim', number, 'POST', `${room}/pass`, [201, 425], { authorization: `Bearer ${ticket}` })
      if (!claimed) return
      if (claimed.status === 201) pass = (JSON.parse(claimed.text) as { pass: string }).pass
      else await sleep(100)
    }
    if (pass === null) return void told.failed.push('claim: never called')
    const key = randomUUID()
    const who = { authorization: `Bearer ${await signAccess({ tokenKeys, now: () => new Date() }, person)}` }
    const [json, path] = [{ 'content-type': 'application/json' }, `/api/events/${sale.eventId}/reservations`]
    const booked = await ask('book', number, 'POST', path, [201], {
      ...{ ...who, ...json, 'x-queue-pass': pass, 'idempotency-key': key },
    }, { ticketTypeId: sale.ticketTypeId, quantity: 1 + number % 2 })
    if (!booked) return
    const { id } = (JSON.parse(booked.text) as { reservation: { id: string } }).reservation
    const seen = { key, cancelled: false }
    told.booked.set(id, seen)
    if (number % 5 > 0) return
    seen.cancelled = await ask('cancel', number, 'DELETE', `/api/reservations/${id}`, [200], who) !== null
    if (!seen.cancelled) told.booked.delete(id)
  }

  const clients = Array.from({ length: CLIENTS }, async () => {
    while (!isOver && next < people.length) {
      const number = next++
      await visit(people[number]!, number)
      await sleep(20)
    }
  })
  return {
    async stop(): Promise<Told> {
      isOver = true
      await Promise.all(clients)
      if (next >= people.length) told.failed.push('the load ended before the deploy')
      return told
    },
  }
}

/** Every booking that was confirmed is there once, as it was told; a key has one row. */
function expectWritten({ booked }: Told, rows: { id: string; idempotencyKey: string; status: string }[]): void {
  const byId = new Map(rows.map((row) => [row.id, row]))
  const wrong = [...booked].filter(([id, { key, cancelled }]) => {
    const row = byId.get(id)
    return row?.idempotencyKey !== key || (row.status === 'cancelled') !== cancelled
  })
  expect(wrong).toEqual([])
  expect(new Set(rows.map((row) => row.idempotencyKey)).size).toBe(rows.length)
}

/** The drift of each ticket type when MySQL has followed Redis to the end; at most 10 s. */
async function untilWritten(eventId: number): Promise<number[]> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const books = await auditInventory(shop, eventId)
    if (books.kind === 'audited' && books.ticketTypes.every(({ inFlight }) => inFlight === 0)) {
      return books.ticketTypes.map(({ drift }) => drift)
    }
    await sleep(50)
  }
  throw new Error('MySQL never followed')
}
