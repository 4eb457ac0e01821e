/** Valid bodies of the routes that read one. A route without an entry gets an empty body, or a random one. */
import type { Dice } from './dice.ts'
import type { FuzzEvent, World } from './world.ts'

export type BodyData = { kind: 'json' | 'form'; fields: Record<string, unknown> }

type MakeBody = (dice: Dice, world: World, event: FuzzEvent) => BodyData

const json = (fields: Record<string, unknown>): BodyData => ({ kind: 'json', fields })
const form = (fields: Record<string, string>): BodyData => ({ kind: 'form', fields })

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

export const BODIES: Record<string, MakeBody> = {
  'POST /api/auth/signup': (dice) => json(newAccount(dice)),
  'POST /signup': (dice) => form({ ...newAccount(dice), next: '/me' }),
  'POST /api/auth/login': (dice, world) => json(knownAccount(dice, world)),
  'POST /login': (dice, world) => form({ ...knownAccount(dice, world), next: '/search?q=a' }),
  'POST /api/events/:id/reservations': (dice, _, { ticketTypeIds }) =>
    json({ ticketTypeId: dice.pick(ticketTypeIds), quantity: 1 + dice.below(3) }),
  'POST /events/:id/booking': (dice, _, { ticketTypeIds }) =>
    form({ ticketTypeId: String(dice.pick(ticketTypeIds)), quantity: String(1 + dice.below(3)), idempotencyKey: dice.uuid() }),
  'PATCH /api/reservations/:id': (dice) => json({ quantity: 1 + dice.below(3) }),
  'POST /reservations/:id/cancellation': (dice) => form({ keep: dice.pick(['none', '1', '2']) }),
  'PATCH /api/admin/events/:id': (dice, _, event) => json(eventChange(dice, event)),
  'POST /api/admin/events/:id/publish': () => json({ reason }),
  'POST /api/admin/events/:id/stop': (dice) => json({ reason, message: dice.pick(['', '점검 중입니다']) }),
  'POST /api/admin/events/:id/resume': () => json({ reason }),
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
  'GET /api/me/reservations': (dice) => dice.pick(['', '?page=1&size=5', '?page=3']),
}
