/** Valid bodies of the routes that read one. A route without an entry gets an empty body, or a random one. */
import { ticketCode } from '../../edge/contract/admission-ticket.ts'
import { eventRoom } from '../../edge/contract/rooms.ts'
import { TERMS_VERSION } from '../../edge/contract/terms.ts'
import type { Dice } from './dice.ts'
import { DOOMED, type FuzzEvent, type World } from './world.ts'

export type BodyData = { kind: 'json' | 'form'; fields: Record<string, unknown> }

type MakeBody = (dice: Dice, world: World, event: FuzzEvent) => BodyData

const json = (fields: Record<string, unknown>): BodyData => ({ kind: 'json', fields })
const form = (fields: Record<string, string>): BodyData => ({ kind: 'form', fields })

/** The token of a link that was never sent. */
const NO_LINK = 'x'.repeat(43)

const newAccount = (dice: Dice) => ({ email: `${dice.hex(10)}@test.example`, password: 'passw0rd!', nickname: dice.hex(8) })
const knownAccount = (dice: Dice, { account }: World) =>
  dice.chance(0.3)
    ? { email: account.email, password: account.password }
    : { email: `${dice.hex(10)}@test.example`, password: 'wrong-1!' }
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()
const reason = 'fuzz'

/** Some of the changes of an event that operators may make. */
function eventChange(dice: Dice, { ticketTypeIds }: FuzzEvent): Record<string, unknown> {
  const changes = [
    { startsAt: inHours(240 + dice.below(100)) },
    { closesAt: inHours(24 + dice.below(24)) },
    { limitPerPerson: 1 + dice.below(8) },
    { ticketTypes: [{ id: dice.pick(ticketTypeIds), seats: dice.below(400) }] },
    { ticketTypes: ticketTypeIds.map((id) => ({ id, price: dice.below(100_000) })) },
  ]
  return { version: 1 + dice.below(30), reason, ...dice.pick(changes) }
}

const newEvent = (dice: Dice) => ({
  title: `공연 ${dice.hex(4)}`,
  titleEn: 'Fuzz',
  venue: '홀',
  venueEn: 'Hall',
  limitPerPerson: 1 + dice.below(8),
  notice: dice.pick([{}, { age: { ko: '8세', en: '8' } }]),
})

/** The form of an event. It was made from an older version, as a rule. */
const eventForm = (dice: Dice) => {
  const { notice: _notice, ...basics } = newEvent(dice)
  const fields = { ...basics, limitPerPerson: '4', zone: 'Asia/Seoul', opensAt: '2030-11-28T20:00', closesAt: '2030-12-24T17:00' }
  const whole = { ...fields, startsAt: '2030-12-24T19:00', ...dice.pick([{}, {}, { add: 'type' }, { again: '1' }]) }
  const empty = { ko: '', en: '' }
  const notice = { runningTime: empty, age: empty, cast: empty, refund: empty }
  const base = JSON.stringify({ ...fields, startsAt: '2030-12-23T19:00', notice, ticketTypes: [] })
  return form({
    ...whole,
    'type.0.name': 'R',
    'type.0.price': '1,000',
    'type.0.seats': '9',
    version: String(1 + dice.below(30)),
    base,
    reason,
  })
}
/** Some of the settings of a room that operators may set. */
const ROOM_SETTINGS: Record<string, unknown>[] = [
  {},
  { perMinute: 6_000, capacity: 500 },
  { turnSeconds: 60, message: { ko: '안내', en: '' } },
]

/** The last queue ticket that the room of an event has issued. */
const ticketOf = ({ learned, account }: World, { eventId }: FuzzEvent): string =>
  learned.tickets.findLast(({ room }) => room === eventRoom(eventId))?.token ?? account.email

/** The code of a seat that was booked, or something else. */
const codeOf = (dice: Dice, { reservations }: World['learned']): string =>
  dice.pick([reservations.at(-1) ? ticketCode({ reservation: reservations.at(-1)!.id, ordinal: 1 }) : 'x', 'x', 'a.b.c'])

export const BODIES: Record<string, MakeBody> = {
  'POST /api/auth/signup': (dice) => json(newAccount(dice)),
  'POST /signup': (dice) => form({ ...newAccount(dice), terms: TERMS_VERSION, next: '/me' }),
  'POST /api/auth/login': (dice, world) => json(knownAccount(dice, world)),
  'POST /login': (dice, world) => form({ ...knownAccount(dice, world), next: '/search?q=a' }),
  'POST /api/auth/verify': () => json({ token: NO_LINK }),
  'POST /api/auth/forgot': (dice, world) => json({ email: knownAccount(dice, world).email }),
  'POST /api/auth/reset': () => json({ token: NO_LINK, password: 'passw0rd!' }),
  'POST /verify': () => form({ token: NO_LINK }),
  'POST /forgot': (dice, world) => form({ email: knownAccount(dice, world).email }),
  'POST /reset': () => form({ token: NO_LINK, password: 'passw0rd!' }),
  'PATCH /api/me': (dice) =>
    json(dice.pick<Record<string, unknown>>([{ nickname: dice.hex(8) }, { password: 'passw0rd?', currentPassword: 'wrong-1!' }])),
  'DELETE /api/me': () => json({ password: 'wrong-1!' }),
  'POST /me/account/nickname': (dice) => form({ nickname: dice.hex(8) }),
  'POST /me/account/email': (dice) => form({ newEmail: `${dice.hex(10)}@test.example`, emailPassword: 'wrong-1!' }),
  'POST /me/account/password': () => form({ currentPassword: 'wrong-1!', password: 'passw0rd?' }),
  'POST /me/account/deletion': () => form({ deletionPassword: 'wrong-1!' }),
  'POST /api/events/:id/reservations': (dice, _, { ticketTypeIds }) =>
    json({ ticketTypeId: dice.pick(ticketTypeIds), quantity: 1 + dice.below(3) }),
  'POST /events/:id/booking': (dice, _, { ticketTypeIds }) =>
    form({ ticketTypeId: String(dice.pick(ticketTypeIds)), quantity: String(1 + dice.below(3)), idempotencyKey: dice.uuid() }),
  'POST /events/:id/reminder': (dice) => form({ act: dice.pick(['set', 'cancel', 'x']) }),
  'PATCH /api/reservations/:id': (dice) => json({ quantity: 1 + dice.below(3) }),
  'POST /reservations/:id/cancellation': (dice) => form({ keep: dice.pick(['none', '1', '2']) }),
  'PATCH /api/admin/events/:id': (dice, _, event) => json(eventChange(dice, event)),
  'POST /api/admin/events/:id/publish': () => json({ reason }),
  'POST /api/admin/events/:id/stop': (dice) => json({ reason, message: dice.pick(['', '점검 중입니다']) }),
  'POST /api/admin/events/:id/resume': () => json({ reason }),
  'POST /api/admin/events': (dice) =>
    json({ ...newEvent(dice), startsAt: inHours(300), opensAt: inHours(1), closesAt: inHours(299), ticketTypes: [] }),
  'POST /api/admin/events/:id/duplicate': (dice) =>
    json({ startsAt: [inHours(300 + dice.below(99))], keepsOpening: dice.chance(0.5) }),
  'POST /api/admin/events/:id/cancel': () => json({ reason, message: '죄송합니다' }),
  'POST /admin/events': eventForm,
  'POST /admin/events/:id/edit': eventForm,
  'POST /admin/events/:id/changes': eventForm,
  'POST /admin/events/:id/publish': () => form({ reason }),
  'POST /admin/events/:id/stop': (dice) => form({ reason, message: dice.pick(['', '점검 중입니다']) }),
  'POST /admin/events/:id/resume': () => form({ reason }),
  'POST /admin/events/:id/duplicate': () => form({ reason, startsAt: '2030-12-25T19:00' }),
  'POST /admin/events/:id/cancel': (dice) => form({ reason, confirmation: dice.pick(['', DOOMED]) }),
  'POST /admin/events/:id/delete': (dice) => form({ reason, confirmation: dice.pick(['', DOOMED]) }),
  'POST /invitation': (dice) => form({ token: 'x'.repeat(43), nickname: dice.hex(8), password: 'passw0rd!' }),
  'POST /admin/two-factor': () => form({ code: '000000', next: '/admin' }),
  'POST /admin/two-factor/confirmation': () => form({ code: '000000' }),
  'POST /admin/two-factor/removal': () => form({ code: '000000' }),
  'POST /admin/people/invitations': (dice) => form({ email: `${dice.hex(10)}@test.example`, role: 'viewer' }),
  'POST /admin/people/:id/role': () => form({ role: 'viewer', reason }),
  'POST /admin/people/:id/two-factor/reset': () => form({ reason }),
  'POST /api/admin/people/invitations': (dice) => json({ email: `${dice.hex(10)}@test.example`, role: 'support' }),
  'PATCH /api/admin/people/:id': () => json({ role: 'viewer', reason }),
  'DELETE /api/admin/people/:id/two-factor': () => json({ reason }),
  'PUT /api/admin/rooms/:room': (dice) => json({ reason, ...dice.pick(ROOM_SETTINGS) }),
  'POST /api/admin/rooms/:room/pause': () => json({ reason }),
  'POST /api/admin/rooms/:room/resume': () => json({ reason }),
  'POST /api/admin/rooms/:room/reset': () => json({ reason }),
  'POST /api/admin/rooms/:room/undo-reset': () => json({ reason }),
  'POST /api/admin/rooms/:room/visitor': (dice, { account }) => json({ query: dice.pick([account.email, 'a.b.c']) }),
  'POST /api/admin/rooms/:room/revoke': (dice, world, event) =>
    json({ reason, query: dice.pick(['a.b.c', ticketOf(world, event), ticketOf(world, event)]) }),
  'POST /api/admin/events/:id/rehearsal': () => json({ buyers: 20, seconds: 30, expected: 100 }),
  'POST /admin/events/:id/rehearsal': () => form({ buyers: '20', seconds: '30', expected: '100' }),
  'POST /admin/rooms/defaults': () => form({ reason, lobbySeconds: '1800' }),
  'POST /admin/rooms/:room/settings': (dice) => form({ reason, perMinute: dice.pick(['', '60000']) }),
  'POST /admin/rooms/:room/pause': () => form({ reason }),
  'POST /admin/rooms/:room/resume': () => form({ reason }),
  'POST /admin/rooms/:room/reset': () => form({ reason, confirmation: '-' }),
  'POST /admin/rooms/:room/undo': () => form({ reason }),
  'POST /admin/rooms/:room/visitor': (_, { account }) => form({ query: account.email }),
  'POST /admin/rooms/:room/revoke': (_, { account }) => form({ query: account.email, reason }),
  'POST /api/admin/check-in/:id/marks': (dice, { learned }) =>
    json({ marks: [{ id: dice.uuid(), text: codeOf(dice, learned), at: inHours(0), device: 'A' }] }),
  'POST /api/admin/check-in/:id/undo': (dice, { learned }) =>
    json({ id: dice.uuid(), reservation: learned.reservations.at(-1)?.id ?? dice.uuid(), ordinal: 1 }),
  'POST /api/admin/reservations/:id/cancel': (dice) => json({ reason, keep: dice.below(3) }),
  'POST /admin/reservations/:id/cancel': (dice) => form({ reason, keep: dice.pick(['none', '1', '2']) }),
  ...Object.fromEntries(
    ['seats/load', 'seats/unload', 'seats/audit', 'seats/repair', 'dead-letters/:letter/retry', 'dead-letters/:letter/dismiss']
      .flatMap((act): [string, MakeBody][] => [
        [`POST /api/admin/events/:id/${act}`, () => json({ reason })],
        [`POST /admin/events/:id/${act}`, () => form({ reason, confirmation: '공연' })],
      ]),
  ),
  'POST /request-batches': () => json({}),
}

/** The query parameters of valid requests. */
export const QUERIES: Record<string, (dice: Dice) => string> = {
  'GET /': (dice) => dice.pick(['', '?page=1', '?page=2', '?page=9000']),
  'GET /search': (dice) => dice.pick(['?q=', '?q=%EA%B3%B5%EC%97%B0', '?q=english&page=1', '']),
  'GET /me': (dice) => dice.pick(['', '?page=1', '?page=7']),
  'GET /login': (dice) => dice.pick(['', '?next=%2Fme']),
  'GET /signup': (dice) => dice.pick(['', '?next=%2Fevents%2F1']),
  'GET /language/:language': (dice) => dice.pick(['?next=%2F', '']),
  'GET /static/:name': (dice) => dice.pick(['', '?v=abc']),
  'GET /reservations/:id': (dice) => dice.pick(['', '?new=1']),
  'GET /queue/:room': (dice) => dice.pick(['', '?ended=missed', '?ended=used', '?to=%2Fevents%2F1%2Fbooking']),
  'GET /admin/reservations': (dice) => dice.pick(['', '?q=a%40b.example&status=confirmed', '?event=1&from=2026-01-01&size=3']),
  'GET /api/admin/reservations': (dice) => dice.pick(['', '?q=01a20779', '?event=english&to=2030-01-01&size=3']),
  'GET /api/events': (dice) => dice.pick(['', '?page=1&size=3', '?size=100']),
  'GET /api/events/search': (dice) => dice.pick(['?q=a', '?q=%EA%B3%B5%EC%97%B0&page=2', '']),
  'GET /api/admin/events': (dice) => dice.pick(['', '?q=a&status=on_sale', '?page=2&size=5', '?status=draft']),
  'GET /admin/events': (dice) => dice.pick(['', '?q=%EA%B3%B5', '?status=stopped&page=1', '?page=99', '?done=deleted']),
  'GET /admin/events/:id': (dice) => dice.pick(['', '?done=saved']),
  'GET /admin/events/:id/preview': (dice) => dice.pick(['', '?at=2030-12-24T19%3A00', '?at=never']),
  'GET /invitation': (dice) => dice.pick([`?token=${'x'.repeat(43)}`, '']),
  'GET /admin/audit': (dice) => dice.pick(['', '?action=event&from=2026-01-01&before=100', '?subject=event:1&size=5']),
  'GET /api/admin/audit': (dice) => dice.pick(['', '?actor=1&size=5', '?action=event&to=2026-01-01']),
  'GET /api/me/reservations': (dice) => dice.pick(['', '?page=1&size=5', '?page=3']),
}
