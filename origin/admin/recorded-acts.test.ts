import { desc, eq } from 'drizzle-orm'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { roomKeys } from '../../db/redis/keys.ts'
import { audit, events, reservations, secondFactors, ticketTypes, users } from '../../db/schema.ts'
import { ticketCode } from '../../edge/contract/admission-ticket.ts'
import { eventRoom } from '../../edge/contract/rooms.ts'
import { bookingRequest, openSale } from '../../test/booking.ts'
import { createOperator, readInputs, type TestOperator } from '../../test/operator.ts'
import { openShop, type Shop } from '../../test/shop.ts'
import { createApp } from '../app.tsx'
import { listDeadLetters } from '../dead-letters.ts'
import { reserve } from '../reservations.ts'
import { ADMIN_ROUTES } from './admin-routes.ts'

const TITLE = '기록되는 공연'
let shop: Shop
let operator: TestOperator
beforeAll(async () => {
  shop = await openShop({ writeBackMs: 3_600_000 })
  operator = await createOperator(shop, createApp(shop))
})
afterAll(() => shop.close())

/** A request: the values of the path's parameters, and the body as JSON or as a form. */
type Request = { params: (string | number)[]; body?: object }
type Fixture = () => Promise<Request>

const HOUR_MS = 3_600_000
const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString()
/** What every form of an act needs. */
const REASON = { reason: '시험', confirmation: TITLE, message: '' }
const eventWith = (body: object = REASON): Fixture => async () => ({
  params: [(await shop.addSale({ title: TITLE })).eventId],
  body,
})

async function draft(): Promise<number> {
  const { eventId } = await shop.addSale({ title: TITLE })
  await shop.db.update(events).set({ published: false }).where(eq(events.id, eventId))
  return eventId
}
const onDraft = (body: object = REASON): Fixture => async () => ({ params: [await draft()], body })

/** A stopped sale. */
async function stopped(): Promise<Request> {
  const { params } = await eventWith()()
  await shop.db.update(events).set({ saleState: 'stopped' }).where(eq(events.id, Number(params[0])))
  return { params, body: REASON }
}

/** A sale that is in Redis. */
async function loaded(): Promise<Request> {
  const { params } = await eventWith()()
  await shop.putOnSale(Number(params[0]))
  return { params, body: REASON }
}

/** A booking that MySQL refused until now. */
async function deadLetter(): Promise<Request> {
  const { eventId, ticketTypeId, people: [person] } = await openSale(shop, { seats: [10], title: TITLE })
  await shop.putOnSale(eventId)
  const setSeats = (seats: number) => shop.db.update(ticketTypes).set({ seats }).where(eq(ticketTypes.id, ticketTypeId))
  await setSeats(1)
  expect((await reserve(shop, 'ko', bookingRequest(person!, eventId, ticketTypeId, { quantity: 2 }))).kind).toBe('reserved')
  await shop.writeBack.flushEvent(eventId)
  await setSeats(10)
  const [letter] = await listDeadLetters(shop, eventId)
  return { params: [eventId, letter!.id], body: REASON }
}

async function reservation(): Promise<Request> {
  const { eventId, ticketTypeId, people: [person] } = await openSale(shop)
  const booked = await reserve(shop, 'ko', bookingRequest(person!, eventId, ticketTypeId, { quantity: 2 }))
  if (booked.kind !== 'reserved') throw new Error(booked.kind)
  await shop.writeBack.flushEvent(eventId)
  return { params: [booked.reservation.id], body: { reason: '시험', keep: 'none' } }
}

/** A ticket at the door. */
async function scan() {
  const { params: [id] } = await reservation()
  const [row] = await shop.db.select().from(reservations).where(eq(reservations.id, String(id)))
  const mark = {
    id: crypto.randomUUID(),
    text: ticketCode({ reservation: row!.id, ordinal: 1 }),
    at: new Date().toISOString(),
    device: 'A',
  }
  return { params: [row!.eventId], body: { marks: [mark] } }
}

/** The room of an event, which has visitors. */
const roomWith = (body: object, prepare?: (room: string) => Promise<unknown>): Fixture => async () => {
  const room = eventRoom((await shop.addSale({ title: TITLE })).eventId)
  await shop.redis.hset(roomKeys(room).room, { epoch: 1, issued: 40, serving: 30, reached: 30, steppedAtMs: Date.now() })
  await prepare?.(room)
  return { params: [room], body }
}
const call = async (path: string) => expect((await operator.call('POST', path, REASON)).status).toBe(200)
const resettable = roomWith(REASON, (room) => call(`/api/admin/rooms/${room}/reset`))
const paused = roomWith(REASON, (room) => call(`/api/admin/rooms/${room}/pause`))

const newInvitation = () => ({ email: `${crypto.randomUUID().slice(0, 8)}@test.example`, role: 'viewer' })

async function invitation(): Promise<Request> {
  const { body } = await operator.call('POST', '/api/admin/people/invitations', newInvitation())
  return { params: [body.invitation.id], body: {} }
}

/** Another operator, who has a second factor. */
async function colleague(): Promise<Request> {
  const [person] = await shop.addPeople(1)
  const id = person!.id
  await shop.db.update(users).set({ role: 'viewer' }).where(eq(users.id, id))
  await shop.db.insert(secondFactors).values({ userId: id, secret: 'x', createdAt: new Date(), confirmedAt: new Date() })
  return { params: [id], body: { role: 'support', reason: '시험' } }
}

/** The fields of an event's form, or of the review of its changes, with changes. */
const formOf = async (path: string, changes: Record<string, string>) =>
  Object.assign(readInputs((await operator.open(path)).text), changes)

const API_EVENT = {
  title: TITLE,
  titleEn: 'Recorded',
  venue: '홀',
  venueEn: 'Hall',
  limitPerPerson: 4,
  opensAt: inHours(1),
  closesAt: inHours(2),
  startsAt: inHours(3),
  ticketTypes: [],
}
const inMinutes = (hours: number) => inHours(hours).slice(0, 16)
const FORM_EVENT = { title: TITLE, zone: 'UTC', opensAt: inMinutes(1), closesAt: inMinutes(2), startsAt: inMinutes(3) }

/** Each route that does an act, with a request that does it. */
const ACTS: Record<string, Fixture> = {
  'POST /admin/events': async () => ({ params: [], body: await formOf('/admin/events/new', FORM_EVENT) }),
  'POST /admin/events/:id/edit': async () => {
    const id = await draft()
    return { params: [id], body: await formOf(`/admin/events/${id}/edit`, { venue: '다른 홀' }) }
  },
  'POST /admin/events/:id/changes': async () => {
    const { eventId } = await shop.addSale({ title: TITLE })
    const edited = await formOf(`/admin/events/${eventId}/edit`, { venue: '다른 홀' })
    const review = await operator.submit(`/admin/events/${eventId}/edit`, edited)
    return { params: [eventId], body: Object.assign(readInputs(review.text), { reason: '시험' }) }
  },
  'POST /admin/events/:id/publish': onDraft(),
  'POST /admin/events/:id/stop': eventWith(),
  'POST /admin/events/:id/resume': stopped,
  'POST /admin/events/:id/cancel': eventWith(),
  'POST /admin/events/:id/delete': eventWith(),
  'POST /admin/events/:id/duplicate': eventWith(Object.assign({ startsAt: '2030-12-25T19:00' }, REASON)),
  'POST /admin/events/:id/seats/load': eventWith(),
  'POST /admin/events/:id/seats/unload': loaded,
  'POST /admin/events/:id/seats/audit': loaded,
  'POST /admin/events/:id/seats/repair': loaded,
  'POST /admin/events/:id/dead-letters/:letter/retry': deadLetter,
  'POST /admin/events/:id/dead-letters/:letter/dismiss': deadLetter,
  'POST /admin/rooms/defaults': () => Promise.resolve({ params: [], body: { reason: '시험', perMinute: '4321' } }),
  'POST /admin/rooms/:room/settings': roomWith({ reason: '시험', perMinute: '1234' }),
  'POST /admin/rooms/:room/pause': roomWith(REASON),
  'POST /admin/rooms/:room/resume': paused,
  'POST /admin/rooms/:room/reset': roomWith(REASON),
  'POST /admin/rooms/:room/undo': resettable,
  'POST /admin/reservations/:id/cancel': reservation,
  'POST /admin/people/invitations': () => Promise.resolve({ params: [], body: newInvitation() }),
  'POST /admin/people/invitations/:id/end': invitation,
  'POST /admin/people/:id/role': colleague,
  'POST /admin/people/:id/two-factor/reset': colleague,
  'POST /admin/audit/check': () => Promise.resolve({ params: [], body: {} }),
  'POST /api/admin/events': () => Promise.resolve({ params: [], body: API_EVENT }),
  'PATCH /api/admin/events/:id': onDraft({ version: 1, venue: '다른 홀' }),
  'DELETE /api/admin/events/:id': eventWith(),
  'POST /api/admin/events/:id/publish': onDraft(),
  'POST /api/admin/events/:id/stop': eventWith(),
  'POST /api/admin/events/:id/resume': stopped,
  'POST /api/admin/events/:id/cancel': eventWith(),
  'POST /api/admin/events/:id/duplicate': eventWith({ startsAt: ['2030-12-25T10:00:00.000Z'], reason: '시험' }),
  'POST /api/admin/events/:id/seats/load': eventWith(),
  'POST /api/admin/events/:id/seats/unload': loaded,
  'POST /api/admin/events/:id/seats/audit': loaded,
  'POST /api/admin/events/:id/seats/repair': loaded,
  'POST /api/admin/events/:id/dead-letters/:letter/retry': deadLetter,
  'POST /api/admin/events/:id/dead-letters/:letter/dismiss': deadLetter,
  'PUT /api/admin/rooms/:room': roomWith({ reason: '시험', perMinute: 1_234 }),
  'POST /api/admin/rooms/:room/pause': roomWith(REASON),
  'POST /api/admin/rooms/:room/resume': paused,
  'POST /api/admin/rooms/:room/reset': roomWith(REASON),
  'POST /api/admin/rooms/:room/undo-reset': resettable,
  'POST /api/admin/check-in/:id/marks': scan,
  'POST /api/admin/check-in/:id/undo': async () => {
    const { params: [eventId], body } = await scan()
    const { body: { results: [{ verdict }] } } = await operator.call('POST', `/api/admin/check-in/${eventId}/marks`, body)
    const { reservation, ordinal } = verdict.seat
    return { params: [eventId!], body: { id: body.marks[0]!.id, reservation, ordinal } }
  },
  'POST /api/admin/reservations/:id/cancel': async () =>
    Object.assign(await reservation(), { body: { reason: '시험', keep: 1 } }),
  'POST /api/admin/people/invitations': () => Promise.resolve({ params: [], body: newInvitation() }),
  'DELETE /api/admin/people/invitations/:id': invitation,
  'PATCH /api/admin/people/:id': colleague,
  'DELETE /api/admin/people/:id/two-factor': colleague,
  'POST /api/admin/audit/check': () => Promise.resolve({ params: [], body: {} }),
}

/** Acts that need a file, a session or a running rehearsal: the action, and the test that finds it in the audit log. */
const ELSEWHERE: Record<string, [action: string, file: string]> = {
  'POST /admin/events/:id/image': ['image.replace', 'origin/admin/event-images.test.ts'],
  'POST /admin/events/:id/image/removal': ['image.remove', 'origin/admin/event-images.test.ts'],
  'PUT /api/admin/events/:id/image': ['image.replace', 'origin/admin/event-images.test.ts'],
  'DELETE /api/admin/events/:id/image': ['image.remove', 'origin/admin/event-images.test.ts'],
  'POST /admin/events/:id/rehearsal': ['rehearsal.start', 'test/rehearsal.test.ts'],
  'POST /api/admin/events/:id/rehearsal': ['rehearsal.start', 'test/rehearsal.test.ts'],
  'POST /admin/events/:id/rehearsal/stop': ['rehearsal.stop', 'test/rehearsal.test.ts'],
  'POST /api/admin/events/:id/rehearsal/stop': ['rehearsal.stop', 'test/rehearsal.test.ts'],
  'POST /admin/rooms/:room/revoke': ['visitor.revoke', 'test/operated-rooms.test.ts'],
  'POST /api/admin/rooms/:room/revoke': ['visitor.revoke', 'test/operated-rooms.test.ts'],
  'POST /admin/account/sessions/:session/end': ['operator.end_sessions', 'origin/admin/people.test.ts'],
  'POST /admin/people/:id/sessions/end': ['operator.end_sessions', 'origin/admin/people.test.ts'],
  'POST /admin/people/:id/sessions/:session/end': ['operator.end_sessions', 'origin/admin/people.test.ts'],
  'DELETE /api/admin/people/:id/sessions': ['operator.end_sessions', 'origin/admin/people.test.ts'],
  'DELETE /api/admin/people/:id/sessions/:session': ['operator.end_sessions', 'origin/admin/people.test.ts'],
  'POST /admin/two-factor/confirmation': ['second_factor.set_up', 'origin/admin/two-factor.test.ts'],
  'POST /admin/two-factor/removal': ['second_factor.remove', 'origin/admin/two-factor.test.ts'],
  'POST /admin/two-factor/recovery-codes': ['second_factor.recovery_codes', 'origin/admin/two-factor.test.ts'],
}

/** Routes that change nothing that operators decide. */
const NO_ACT = new Set([
  // A search; its query may be a queue ticket, which must not appear in a path.
  'POST /admin/rooms/:room/visitor',
  'POST /api/admin/rooms/:room/visitor',
  // Runs now what a job would run within ten seconds.
  'POST /admin/events/:id/continue',
  // The code of a second factor: a login (`operator.login`). A set-up counts only once it is confirmed.
  'POST /admin/two-factor',
  'POST /admin/two-factor/setup',
])

const changing = ADMIN_ROUTES.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`)

test('every route that can change something is accounted for', () => {
  const known = [...Object.keys(ACTS), ...Object.keys(ELSEWHERE), ...NO_ACT]
  expect(known.toSorted()).toEqual(changing.toSorted())
})

test.each(Object.entries(ELSEWHERE))('%s is tested elsewhere', async (_, [action, file]) => {
  expect(await readFile(file, 'utf8')).toContain(`'${action}'`)
})

describe.each(Object.entries(ACTS))('%s', (name, fixture) => {
  test('is in the audit log with its operator', async () => {
    // On a busy machine a store may exceed a deadline while the act is prepared.
    const { params, body } = await vi.waitFor(fixture, { timeout: 60_000, interval: 500 })
    const [method, pattern] = name.split(' ') as [string, string]
    const values = params.map(String)
    const path = pattern.replace(/:\w+/g, () => values.shift()!)
    const lastId = async () => (await shop.db.select({ id: audit.id }).from(audit).orderBy(desc(audit.id)).limit(1))[0]?.id ?? 0
    const before = await lastId()
    // The API does not ask for the title, and takes a message only where there is one.
    const json = body &&
      Object.fromEntries(Object.entries(body).filter(([field]) => field !== 'confirmation' && field !== 'message'))
    const answer = path.startsWith('/api/')
      ? await operator.call(method, path, json)
      : await operator.submit(path, body as Record<string, string>)
    expect(answer.status, answer.text).toBeLessThan(400)
    const [act] = await shop.db.select().from(audit).where(eq(audit.actorId, operator.id)).orderBy(desc(audit.id)).limit(1)
    expect(act?.id).toBeGreaterThan(before)
    expect(act!.requestId).toBeTruthy()
  })
})
