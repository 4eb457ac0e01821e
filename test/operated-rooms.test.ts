import { desc, eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { roomKeys } from '../db/redis/keys.ts'
import { audit, roomSettings, users } from '../db/schema.ts'
import type { Snapshot } from '../edge/contract/rooms.ts'
import type { Person } from '../origin/accounts.ts'
import { verifyAuditLog } from '../origin/audit-log.ts'
import { type Answer, send } from './http.ts'
import { buyerHeaders } from './shop.ts'
import { openSite, type Site } from './site.ts'
import { until } from './until.ts'

let site: Site
/** The origin behind the edges, and one that is reached directly. */
let origins: string[]
let operator: Person
beforeAll(async () => {
  site = await openSite({}, undefined, 2)
  const added = await site.addOrigin()
  await added.ready
  origins = [site.originUrl, added.url]
  const [person] = await site.shop.addPeople(1)
  operator = Object.assign({}, person, { role: 'owner' as const })
})
afterAll(() => site.close())

/** Sends a request of an operator through an edge. */
async function operate(method: string, path: string, body?: object, edge = 0): Promise<Answer> {
  const headers = await buyerHeaders(operator, 1)
  return await send(`${site.edgeUrls[edge]}/api/admin${path}`, { method, headers, body: body && JSON.stringify(body) })
}
const snapshotsOf = (room: string): Promise<Snapshot[]> =>
  Promise.all(site.edgeUrls.map(async (url) => await (await fetch(`${url}/queue/${room}/snapshot`)).json() as Snapshot))
const join = (room: string, edge = 0, headers: Record<string, string> = {}) =>
  send(`${site.edgeUrls[edge]}/queue/${room}/tickets`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
  })
const claim = (room: string, ticket: string, edge = 0) =>
  send(`${site.edgeUrls[edge]}/queue/${room}/pass`, { method: 'POST', headers: { authorization: `Bearer ${ticket}` } })

/** An event on sale, and its room at both edges. */
async function openRoom(seats = 1_000) {
  const { eventId, ticketTypeIds } = await site.shop.addSale({ seats: [seats], limitPerPerson: 100 })
  const room = `event-${eventId}`
  await until(async () => (await snapshotsOf(room)).every(({ phase }) => phase === 'idle' || phase === 'open'))
  return { eventId, room, ticketTypeId: ticketTypeIds[0]! }
}

/** Waits until both edges show an effect; prints how long after `act` that was. */
async function effectOf(name: string, act: () => Promise<Answer>, room: string, isShown: (snapshot: Snapshot) => boolean) {
  const startedAtMs = performance.now()
  expect(await act()).toMatchObject({ status: 200 })
  const answeredAtMs = performance.now()
  await until(async () => (await snapshotsOf(room)).every(isShown))
  const [answerMs, effectMs] = [answeredAtMs - startedAtMs, performance.now() - answeredAtMs].map(Math.round)
  process.stdout.write(`${name}: answered after ${answerMs} ms, effective at two edges ${effectMs} ms later\n`)
}

/** Books, polls and joins continuously through both edges and at both origins, until stopped. */
async function startLoad({ eventId, room, ticketTypeId }: Awaited<ReturnType<typeof openRoom>>) {
  const people = await site.shop.addPeople(8)
  const bookings: { beganAtMs: number; answer: Answer }[] = []
  let isRunning = true
  const targets = site.edgeUrls.concat(origins)
  const buyers = people.map(async (person, i) => {
    while (isRunning) {
      const headers = await site.insider(person, eventId)
      const beganAtMs = performance.now()
      const answer = await send(`${targets[i % targets.length]}/api/events/${eventId}/reservations`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ ticketTypeId, quantity: 1 }),
      })
      bookings.push({ beganAtMs, answer })
      await join(room, i % 2)
    }
  })
  return {
    bookings,
    async stop() {
      isRunning = false
      await Promise.all(buyers)
    },
  }
}

test('pause, rate, capacity, message and stop reach two edges and two origins under load; after a stop nothing is booked', async () => {
  const event = await openRoom()
  const { room, eventId } = event
  const load = await startLoad(event)
  await until(() => load.bookings.filter(({ answer }) => answer.status === 201).length >= 8)
  const path = `/rooms/${room}`
  const reason = 'test'
  const message = { ko: '잠시 멈췄습니다', en: 'We have paused' }
  await effectOf('pause', () => operate('POST', `${path}/pause`, { reason }), room, ({ phase }) => phase === 'paused')
  await effectOf('resume', () => operate('POST', `${path}/resume`, { reason }, 1), room, ({ phase }) => phase !== 'paused')
  await effectOf('rate', () => operate('PUT', path, { reason, perMinute: 77 }), room, ({ perMinute }) => perMinute === 77)
  await effectOf('message', () => operate('PUT', path, { reason, message }), room, (shown) => shown.message?.ko === message.ko)
  expect((await snapshotsOf(room)).map(({ perMinute }) => perMinute)).not.toContain(77)
  const page = await send(`${site.edgeUrls[1]}/queue/${room}`, { headers: { accept: 'text/html', 'accept-language': 'en' } })
  expect(page.text).toContain('We have paused')

  await effectOf('stop', () => operate('POST', `/events/${eventId}/stop`, { reason }), room, ({ phase }) => phase === 'paused')
  const stoppedAtMs = performance.now()
  const after = () => load.bookings.filter(({ beganAtMs }) => beganAtMs > stoppedAtMs)
  await until(() => after().length >= 24)
  await load.stop()
  expect(new Set(after().map(({ answer }) => answer.code))).toEqual(new Set(['sale_stopped']))
  expect(load.bookings.some(({ answer }) => answer.status === 201)).toBe(true)
  const acts = await site.shop.db.select().from(audit).where(eq(audit.subject, `room:${room}`)).orderBy(audit.id)
  expect(acts.map(({ action, actorId, reason }) => [action, actorId, reason])).toEqual(
    // A PUT has all settings: the second one also returns the rate to the site-wide one.
    ['room.pause', 'room.resume', 'room.rate', 'room.change'].map((action) => [action, operator.id, 'test']),
  )
  expect(JSON.parse(acts[2]!.detail!)).toEqual({
    before: { perMinute: null, paused: false },
    after: { perMinute: 77, paused: false },
  })
  expect((await verifyAuditLog(site.shop)).kind).toBe('intact')
})

test('site-wide settings apply to rooms without their own, and a write that Redis has lost is repaired', async () => {
  const { room } = await openRoom()
  const reason = 'test'
  const first = await operate('PUT', '/rooms/defaults', { reason, perMinute: 500, identity: 'account' })
  expect(first).toMatchObject({ status: 200, body: { settings: { perMinute: 500, identity: 'account' } } })
  await until(async () => (await snapshotsOf(room)).every(({ perMinute }) => perMinute === 500))
  for (const edge of [0, 1]) expect(await join(room, edge)).toMatchObject({ code: 'unauthenticated' })
  expect(await operate('PUT', `/rooms/${room}`, { reason, perMinute: 600, identity: 'anyone' })).toMatchObject({ status: 200 })
  await until(async () => (await snapshotsOf(room)).every(({ perMinute }) => perMinute === 600))
  for (const edge of [0, 1]) await until(async () => [200, 201].includes((await join(room, edge)).status))
  const stale = await operate('PUT', `/rooms/${room}`, { reason, version: 1, capacity: 3 })
  expect(stale).toMatchObject({ status: 409, code: 'stale_version', body: { version: expect.any(Number) } })
  expect(await operate('PUT', `/rooms/${room}`, { reason, perMinute: 0 })).toMatchObject({ status: 422 })

  // A room that no edge knows, so that only an origin can repair it.
  const { eventId } = await site.shop.addSale()
  const { room: key } = roomKeys(`event-${eventId}`)
  await until(async () => await site.shop.redis.hget(key, 'perMinute') === '500')
  await site.shop.redis.del(key)
  await until(async () => await site.shop.redis.hget(key, 'perMinute') === '500')
  expect(await operate('PUT', '/rooms/defaults', { reason })).toMatchObject({ status: 200, body: { settings: {} } })
  await until(async () => (await snapshotsOf(room)).length === 2 && await site.shop.redis.hget(key, 'perMinute') === null)
  await site.shop.db.delete(roomSettings)
})

test('finds a visitor by e-mail or ticket and revokes the position; the pass books nothing at either origin', async () => {
  const { room, eventId, ticketTypeId } = await openRoom()
  await operate('PUT', `/rooms/${room}`, { reason: 'test', identity: 'account' })
  await until(async () => (await join(room)).code === 'unauthenticated' && (await join(room, 1)).code === 'unauthenticated')
  const [buyer, other] = await site.shop.addPeople(2)
  const bearer = async (person: Person) => ({ authorization: (await buyerHeaders(person, eventId)).authorization })
  const { ticket } = (await join(room, 0, await bearer(buyer!))).body
  const passes = await Promise.all([buyer!, other!].map(async (person, i) => {
    const headers = { ...await bearer(person), 'content-type': 'application/json' }
    await join(room, i, headers)
    const { body } = await join(room, i, headers)
    return (await claim(room, body.ticket)).body.pass as string
  }))
  const [account] = await site.shop.db.select().from(users).where(eq(users.id, buyer!.id))
  const byEmail = await operate('POST', `/rooms/${room}/visitor`, { query: account!.email })
  expect(byEmail).toMatchObject({ status: 200, body: { state: 'visiting', account: { nickname: buyer!.nickname } } })
  expect((await operate('POST', `/rooms/${room}/visitor`, { query: ticket })).body).toEqual(byEmail.body)
  expect(await operate('POST', `/rooms/${room}/visitor`, { query: 'nobody@test.example' })).toMatchObject({
    status: 404,
    body: { cause: 'no_account' },
  })

  const revoked = await operate('POST', `/rooms/${room}/revoke`, { query: account!.email, reason: 'bot' })
  expect(revoked).toMatchObject({ status: 200, body: { state: 'gone', passEndsAt: null } })
  const book = async (origin: string, person: Person, pass: string) => {
    const headers = Object.assign(await buyerHeaders(person, eventId), { 'x-queue-pass': pass })
    const body = JSON.stringify({ ticketTypeId, quantity: 1 })
    return await send(`${origin}/api/events/${eventId}/reservations`, { method: 'POST', headers, body })
  }
  for (const origin of origins) {
    expect(await book(origin, buyer!, passes[0]!)).toMatchObject({ status: 403, code: 'pass_invalid' })
  }
  expect(await book(origins[1]!, other!, passes[1]!)).toMatchObject({ status: 201 })
  for (const edge of [0, 1]) expect([401, 409]).toContain((await claim(room, ticket, edge)).status)
  const [act] = await site.shop.db.select().from(audit).orderBy(desc(audit.id)).limit(1)
  expect(act).toMatchObject({ action: 'visitor.revoke', actorId: operator.id, subject: `room:${room}`, reason: 'bot' })
  expect(act!.detail).not.toContain(ticket)
})

test('a reset voids tickets at both edges, and its undo makes them valid again', async () => {
  const { room } = await openRoom()
  await operate('PUT', `/rooms/${room}`, { reason: 'test', mode: 'fifo', capacity: 1 })
  await until(async () => await site.shop.redis.hget(roomKeys(room).room, 'capacity') === '1')
  const { ticket } = (await join(room)).body
  const [before] = await snapshotsOf(room)
  const reset = await operate('POST', `/rooms/${room}/reset`, { reason: 'test' })
  expect(reset).toMatchObject({ status: 200, body: { epoch: expect.any(Number) } })
  await until(async () => (await snapshotsOf(room)).every(({ epoch }) => epoch === reset.body.epoch))
  for (const edge of [0, 1]) expect((await claim(room, ticket, edge)).code).toBe('ticket_invalid')
  await join(room, 1)
  expect((await operate('GET', `/rooms/${room}`)).body.figures.undoSeconds).toBeGreaterThan(0)

  const undone = await operate('POST', `/rooms/${room}/undo-reset`, { reason: 'test' })
  expect(undone).toMatchObject({ status: 200, body: { epoch: before!.epoch } })
  await until(async () => (await snapshotsOf(room)).every(({ epoch, issued }) => epoch === before!.epoch && issued === 1))
  await until(async () => (await claim(room, ticket, 1)).status === 201)
  expect(await operate('POST', `/rooms/${room}/undo-reset`, { reason: 'test' })).toMatchObject({ code: 'not_undoable' })
})
