import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LiveFrame, TimelinePoint } from '../edge/contract/live.ts'
import type { Person } from '../origin/accounts.ts'
import { LISTENER_SHARES } from '../origin/live/live-boards.ts'
import { writePoints } from '../origin/live/sale-timeline.ts'
import { ACCESS_SECONDS, signAccess } from '../origin/sessions.ts'
import { send } from './http.ts'
import { tokenKeys } from './shop.ts'
import { openSite, type Site } from './site.ts'
import { until } from './until.ts'

let site: Site
let buyers: Person[]
let nextOperator = 1_000_000
beforeAll(async () => {
  site = await openSite({ INVENTORY_WATCH_MS: '300', RELEASE: 'r42' }, undefined, 2)
  buyers = await site.shop.addPeople(12)
})
afterAll(() => site.close())

/** The headers of an operator who has no streams yet. `session`: the one of their access token. */
async function operatorHeaders(session?: string): Promise<Record<string, string>> {
  const operator = { id: nextOperator++, nickname: 'operator', role: 'viewer' as const }
  return { authorization: `Bearer ${await signAccess({ tokenKeys, now: () => new Date() }, operator, session)}` }
}

type Received = { id: number; frame: LiveFrame }

/** Reads a board's stream through an edge. `received` grows; `ended` resolves when the stream ends. */
async function watch(eventId: number, headers: Record<string, string>, edge = 0) {
  const end = new AbortController()
  const response = await fetch(`${site.edgeUrls[edge]}/api/admin/live/${eventId}`, { headers, signal: end.signal })
  const received: Received[] = []
  const comments: string[] = []
  async function read(): Promise<void> {
    const decoder = new TextDecoder()
    let unread = ''
    for await (const chunk of response.body!) {
      const parts = (unread + decoder.decode(chunk, { stream: true })).split('\n\n')
      unread = parts.pop()!
      for (const part of parts) {
        const [, id, data] = /^id: (\d+)\ndata: (.*)$/.exec(part) ?? []
        if (data) received.push({ id: Number(id), frame: JSON.parse(data) as LiveFrame })
        else comments.push(part)
      }
    }
  }
  const ended = read().catch(() => {})
  return { status: response.status, headers: response.headers, received, comments, ended, close: () => end.abort() }
}

const sum = (received: Received[], pick: (frame: LiveFrame) => number) =>
  received.reduce((all, { frame }) => all + pick(frame), 0)

async function book(eventId: number, ticketTypeId: number, person: Person, quantity: number, edge = 0) {
  const headers = await site.insider(person, eventId)
  return await send(`${site.edgeUrls[edge]}/api/events/${eventId}/reservations`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ ticketTypeId, quantity }),
  })
}

test('a board shows each second what all edges and origins counted, the seats, the queue and the processes', async () => {
  const { eventId, ticketTypeIds: [first, second] } = await site.shop.addSale({ seats: [20, 5], limitPerPerson: 4 })
  const board = await watch(eventId, await operatorHeaders())
  expect([board.status, board.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
  expect(board.headers.get('cache-control')).toBe('private, no-store, no-transform')
  const other = await watch(eventId, await operatorHeaders(), 1)
  await until(() => board.received.length > 0 && other.received.length > 0)

  // The edges keep the room live, and count what they do for it.
  await Promise.all(site.edgeUrls.map((url) => send(`${url}/queue/event-${eventId}`, {})))
  const joined = await send(`${site.edgeUrl}/queue/event-${eventId}/tickets`, {
    method: 'POST',
    headers: { accept: 'application/json' },
  })
  expect(joined.status).toBe(201)
  for (const [i, person] of buyers.slice(0, 4).entries()) expect((await book(eventId, first!, person, 2, i % 2)).status).toBe(201)
  expect((await book(eventId, second!, buyers[5]!, 4)).status).toBe(201)
  expect((await book(eventId, second!, buyers[6]!, 4)).code).toBe('sold_out')
  expect((await book(eventId, first!, buyers[0]!, 4)).code).toBe('limit_exceeded')
  const refused = await send(`${site.edgeUrl}/api/events/${eventId}/reservations`, { method: 'POST' })
  expect(refused.code).toBe('pass_required')

  await until(() => sum(board.received, ({ seatsPerSecond }) => seatsPerSecond) >= 12)
  await until(() => sum(board.received, ({ refusals }) => Object.values(refusals).reduce((all, count) => all + count, 0)) >= 3)
  expect(sum(board.received, ({ bookingsPerSecond }) => bookingsPerSecond)).toBe(5)
  expect(sum(board.received, ({ joinsPerSecond }) => joinsPerSecond)).toBe(1)
  for (const code of ['sold_out', 'limit_exceeded', 'pass_required'] as const) {
    expect(sum(board.received, ({ refusals }) => refusals[code] ?? 0), code).toBe(1)
  }
  await until(() => board.received.at(-1)!.frame.inventory === 'agreed')
  const last = board.received.at(-1)!.frame
  expect(last.seats).toEqual([{ id: first, left: 12, sold: 8, total: 20 }, { id: second, left: 1, sold: 4, total: 5 }])
  expect(last).toMatchObject({ status: 'on_sale', left: 13, total: 25 })
  expect(last.writeBackLagMs).toBeGreaterThanOrEqual(0)
  const measured = board.received.filter(({ frame }) => frame.latency.edge && frame.latency.origin)
  expect(measured.length).toBeGreaterThan(0)
  const ofSite = last.processes.filter(({ version }) => version === 'r42')
  expect(ofSite.map(({ kind, isHealthy }) => [kind, isHealthy])).toEqual([['edge', true], ['edge', true], ['origin', true]])
  // Both listeners, at two edges, got the same seconds.
  const ids = new Set(other.received.map(({ id }) => id))
  expect(board.received.filter(({ id }) => ids.has(id)).length).toBeGreaterThan(1)
  board.close()
  other.close()
})

test('a client that connects again with the last id gets what it has missed, in order', async () => {
  const { eventId } = await site.shop.addSale()
  const headers = await operatorHeaders()
  const keeper = await watch(eventId, headers)
  const board = await watch(eventId, headers)
  await until(() => board.received.length >= 2)
  board.close()
  const lastId = board.received.at(-1)!.id
  await until(() => keeper.received.at(-1)!.id >= lastId + 3)
  const again = await watch(eventId, Object.assign({}, headers, { 'last-event-id': String(lastId) }))
  await until(() => again.received.length >= 3)
  const missed = keeper.received.map(({ id }) => id).filter((id) => id > lastId)
  expect(again.received.map(({ id }) => id).slice(0, 3)).toEqual(missed.slice(0, 3))
  again.close()
  keeper.close()
})

test('a stream ends when the session of its operator does', async () => {
  const { eventId } = await site.shop.addSale()
  const session = '01900000-0000-7000-8000-000000000001'
  const board = await watch(eventId, await operatorHeaders(session))
  const other = await watch(eventId, await operatorHeaders('01900000-0000-7000-8000-000000000002'))
  await until(() => board.received.length > 0)
  await site.shop.revokedSessions.revoke(session)
  await board.ended
  const seen = other.received.length
  await until(() => other.received.length > seen)
  other.close()
})

test('an operator has a bounded number of streams, each of which is free again when it ends', async () => {
  const { eventId } = await site.shop.addSale()
  const headers = await operatorHeaders()
  const boards = await Promise.all(Array.from({ length: LISTENER_SHARES.per.operator }, () => watch(eventId, headers)))
  expect(boards.map(({ status }) => status)).toEqual(boards.map(() => 200))
  expect((await send(`${site.edgeUrl}/api/admin/live/${eventId}`, { headers })).code).toBe('busy')
  const other = await watch(eventId, await operatorHeaders())
  expect(other.status).toBe(200)
  boards[0]!.close()
  await until(async () => {
    const board = await watch(eventId, headers)
    board.close()
    return board.status === 200
  })
  for (const board of boards.concat(other)) board.close()
})

test('only operators see a board, and only of an event that exists', async () => {
  const { eventId } = await site.shop.addSale()
  const path = `${site.edgeUrl}/api/admin/live/${eventId}`
  const buyer = await signAccess({ tokenKeys, now: () => new Date() }, buyers[0]!)
  expect((await send(path, {})).status).toBe(401)
  expect((await send(path, { headers: { authorization: `Bearer ${buyer}` } })).status).toBe(403)
  const old = new Date(Date.now() - (ACCESS_SECONDS + 60) * 1000)
  const expired = await signAccess({ tokenKeys, now: () => old }, { id: 1, nickname: 'old', role: 'owner' })
  expect((await send(path, { headers: { authorization: `Bearer ${expired}` } })).status).toBe(401)
  const headers = await operatorHeaders()
  expect((await send(`${site.edgeUrl}/api/admin/live/999999`, { headers })).status).toBe(404)
  const head = await send(path, { method: 'HEAD', headers })
  expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
})

test('the timeline is written to MySQL, and read as points and as CSV', async () => {
  const { eventId, ticketTypeIds: [type] } = await site.shop.addSale({ opensInMs: -60_000 })
  const headers = await operatorHeaders()
  const url = `${site.edgeUrl}/api/admin/events/${eventId}/timeline`
  expect((await book(eventId, type!, buyers[7]!, 3)).status).toBe(201)
  const points = async () => (await send(url, { headers })).body.points as TimelinePoint[]
  await until(async () => (await points()).some(({ bookings }) => bookings === 1))
  const [point] = (await points()).filter(({ bookings }) => bookings === 1)
  expect(point).toMatchObject({ seconds: 10, bookings: 1, seats: 3, left: 97, total: 100, errors: 0 })
  expect(Date.parse(point!.at) % 10_000).toBe(0)

  // Written again, an interval replaces itself.
  await writePoints(site.shop.db, eventId, [point!, Object.assign({}, point!, { at: new Date(0).toISOString(), seats: 1 })])
  const all = await points()
  expect(all.reduce((total, { seats }) => total + seats, 0)).toBe(4)

  const csv = await send(url, { headers: Object.assign({}, headers, { accept: 'text/csv' }) })
  expect(csv.headers.get('content-type')).toContain('text/csv')
  const lines = csv.text.trim().split('\r\n')
  expect(lines[0]).toContain('at,seconds,bookings,seats')
  expect(lines).toHaveLength(1 + all.length)
  expect((await send(`${url}?last=120`, { headers })).body.points.some(({ seats }: TimelinePoint) => seats === 3)).toBe(true)
})
