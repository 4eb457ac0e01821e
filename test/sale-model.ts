import { eq } from 'drizzle-orm'
import * as fc from 'fast-check'
import { randomUUID } from 'node:crypto'
import { saleKeys } from '../db/redis/keys.ts'
import { events, reservations } from '../db/schema.ts'
import type { Person } from '../origin/accounts.ts'
import { auditInventory } from '../origin/inventory-audit.ts'
import { cancel, reserve } from '../origin/reservations.ts'
import { putOnSale } from '../origin/sale-loader.ts'
import type { Shop } from './shop.ts'

/** One step of a random sale. Numbers are indexes into small sets, so that steps collide. */
export type Step =
  | { do: 'reserve'; person: number; type: number; quantity: number; key: number; pass: number }
  | { do: 'cancel'; reservation: number; keep: number; times: number }
  | { do: 'write_back' }
  | { do: 'audit' }
  | { do: 'load' }
  | { do: 'lose'; key: 'sale' | 'held' | 'idempotency' | 'cancelled' }
  | { do: 'lose_all' }
  | { do: 'copy' }
  | { do: 'restore_copy' }
  | { do: 'window'; is: Window }

type Window = 'before' | 'open' | 'after'

const SEATS = [9, 4]
const LIMIT = 4
const PEOPLE = 5
/** The `run` of a sale that another server has approved. */
const ANOTHER_RUN = 'another'

const index = (count: number) => fc.integer({ min: 0, max: count - 1 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('reserve' as const),
      person: index(PEOPLE),
      type: index(SEATS.length),
      quantity: fc.integer({ min: 1, max: LIMIT }),
      key: index(6),
      pass: index(40),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('cancel' as const),
      reservation: index(8),
      keep: fc.constantFrom(0, 0, 1, 2),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'write_back' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'audit' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'load' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('lose' as const),
      key: fc.constantFrom('sale' as const, 'held', 'idempotency', 'cancelled'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom({ do: 'lose_all' as const }, { do: 'copy' as const }, { do: 'restore_copy' as const }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('window' as const), is: fc.constantFrom('before' as const, 'open', 'open', 'after') }),
  },
)
/** A plan of 100 steps for one sale. */
export const steps = fc.array(step, { minLength: 100, maxLength: 100 })

type Booking = { id: string; person: number; type: number; booked: number; quantity: number; key: number; cancelled: boolean }

/** The expected state of the sale. Scripts, log, write-back and loads together must agree with it. */
class Model {
  bookings: Booking[] = []
  /** Pass → person who booked with it. */
  passes = new Map<number, number>()
  window: Window = 'open'

  held = (person: number) => this.sum((booking) => booking.person === person)
  left = (type: number) => SEATS[type]! - this.sum((booking) => booking.type === type)

  /** The expected outcome of a booking: `reserved` for a new one, followed by its id for a replayed one. */
  reserve(request: Extract<Step, { do: 'reserve' }>): string {
    const first = this.bookings.find(({ person, key }) => person === request.person && key === request.key)
    if (first) {
      return first.type === request.type && first.booked === request.quantity ? `reserved ${first.id}` : 'idempotency_mismatch'
    }
    const spentBy = this.passes.get(request.pass)
    if (spentBy !== undefined) return spentBy === request.person ? 'pass_invalid' : 'pass_in_use'
    if (this.window !== 'open') return this.window === 'before' ? 'sale_not_open' : 'sale_closed'
    if (this.held(request.person) + request.quantity > LIMIT) return 'limit_exceeded'
    if (this.left(request.type) < request.quantity) return 'sold_out'
    return 'reserved'
  }

  private sum = (isWanted: (booking: Booking) => boolean) =>
    this.bookings.filter((booking) => !booking.cancelled && isWanted(booking)).reduce((sum, { quantity }) => sum + quantity, 0)
}

/** The real sale, and the model that it must agree with. */
type Game = {
  shop: Shop
  eventId: number
  ticketTypeIds: number[]
  people: Person[]
  /** Pass ids. */
  passes: string[]
  model: Model
  /** A copy of all keys of the sale. */
  copy: (Buffer | null)[] | null
  writeBack(eventId: number): Promise<unknown>
}

/** Plays a plan on the real sale and on the model; throws at the first difference. */
export async function playSale(
  shop: Shop,
  plan: Step[],
  writeBack: (eventId: number) => Promise<unknown> = shop.writeBack.flushAll,
): Promise<void> {
  const { eventId, ticketTypeIds } = await shop.addSale({ seats: SEATS, limitPerPerson: LIMIT })
  const game: Game = {
    shop,
    eventId,
    ticketTypeIds,
    people: await shop.addPeople(PEOPLE),
    passes: Array.from({ length: 40 }, () => randomUUID()),
    model: new Model(),
    copy: null,
    writeBack,
  }
  await putOnSale(shop, eventId)
  for (const [i, step] of plan.entries()) {
    await play(game, step).catch((cause) => {
      throw new Error(`step ${i} ${JSON.stringify(step)}: ${cause.message}`, { cause })
    })
  }
  await expectEnd(game)
}

async function play(game: Game, step: Step): Promise<void> {
  const { shop, eventId } = game
  switch (step.do) {
    case 'reserve':
      return await playReserve(game, step)
    case 'cancel':
      return await playCancel(game, step)
    case 'write_back':
      return void await game.writeBack(eventId)
    case 'audit':
      return await expectNoDrift(shop, eventId)
    case 'load':
      return void await putOnSale(shop, eventId)
    case 'lose':
      return void await shop.redis.del(saleKeys(eventId)[step.key])
    case 'lose_all':
      return await loseAll(game)
    case 'copy':
      game.copy = await Promise.all(allKeys(eventId).map((key) => shop.redis.dumpBuffer(key)))
      return
    case 'restore_copy':
      return await restoreCopy(game)
    case 'window':
      await moveWindow(shop, eventId, step.is)
      game.model.window = step.is
      return
    default:
      return step satisfies never
  }
}

async function playReserve(game: Game, step: Extract<Step, { do: 'reserve' }>): Promise<void> {
  const { shop, eventId, ticketTypeIds, people, passes, model } = game
  const { person, type, quantity, key, pass } = step
  const expected = model.reserve(step)
  const result = await reserve(shop, 'ko', {
    eventId,
    person: people[person]!.id,
    ticketTypeId: ticketTypeIds[type]!,
    quantity,
    idempotencyKey: `key-${key}`,
    pass: { id: passes[pass]!, untilMs: Date.now() + 600_000 },
  })
  const id = result.kind === 'reserved' ? result.reservation.id : ''
  const isExpected = expected === 'reserved'
    ? result.kind === 'reserved' && !model.bookings.some((booking) => booking.id === id)
    : `${result.kind} ${id}`.trim() === expected
  if (!isExpected) throw new Error(`expected ${expected}, got ${result.kind} ${id}`)
  if (expected !== 'reserved') return
  model.bookings.push({ id, person, type, booked: quantity, quantity, key, cancelled: false })
  model.passes.set(pass, person)
}

async function playCancel({ shop, people, model }: Game, step: Extract<Step, { do: 'cancel' }>): Promise<void> {
  const booking = model.bookings[step.reservation]
  if (!booking) return
  const results = await Promise.all(
    Array.from({ length: step.times }, () => cancel(shop, 'ko', people[booking.person]!.id, booking.id, step.keep)),
  )
  if (results.some(({ kind }) => kind !== 'cancelled')) throw new Error(`expected cancelled, got ${JSON.stringify(results)}`)
  if (step.keep === 0) booking.cancelled = true
  else if (!booking.cancelled) booking.quantity = Math.min(booking.quantity, step.keep)
}

const allKeys = (eventId: number): string[] => {
  const { sale, held, idempotency, cancelled, log } = saleKeys(eventId)
  return [sale, held, idempotency, cancelled, log]
}

/** Deletes all keys, after a write-back: entries that are lost with the log before they were written cannot be restored. */
async function loseAll({ shop, eventId }: Game): Promise<void> {
  await shop.writeBack.flushEvent(eventId)
  await shop.redis.del(...allKeys(eventId))
}

/** Replaces all keys by the copy, as when a server restarts with an older file. */
async function restoreCopy(game: Game): Promise<void> {
  const { shop, eventId, copy } = game
  if (!copy) return
  await loseAll(game)
  for (const [i, key] of allKeys(eventId).entries()) if (copy[i]) await shop.redis.restore(key, 0, copy[i])
  const { sale } = saleKeys(eventId)
  if (await shop.redis.exists(sale)) await shop.redis.hset(sale, 'run', ANOTHER_RUN)
}

async function moveWindow(shop: Shop, eventId: number, is: Window): Promise<void> {
  const hour = 3_600_000
  const opensAt = new Date(Date.now() + (is === 'before' ? hour : is === 'open' ? -hour : -2 * hour))
  const closesAt = new Date(opensAt.getTime() + (is === 'after' ? hour : 24 * hour))
  await shop.db.update(events).set({ opensAt, closesAt }).where(eq(events.id, eventId))
  // The next booking finds the sale missing, and loads it with the new window.
  await shop.redis.del(saleKeys(eventId).sale)
}

async function expectNoDrift(shop: Shop, eventId: number): Promise<void> {
  const inventory = await auditInventory(shop, eventId)
  if (inventory.kind !== 'audited') return
  const isApproved = await shop.redis.hget(saleKeys(eventId).sale, 'run') !== ANOTHER_RUN
  if (isApproved && inventory.ticketTypes.some(({ drift }) => drift !== 0)) {
    throw new Error(`drift ${JSON.stringify(inventory.ticketTypes)}`)
  }
}

async function expectEnd({ shop, eventId, model }: Game): Promise<void> {
  await putOnSale(shop, eventId)
  await shop.writeBack.flushEvent(eventId)
  await expectNoDrift(shop, eventId)
  const rows = await shop.db.select().from(reservations).where(eq(reservations.eventId, eventId))
  const actual = rows.map(({ id, quantity, status }) => `${id} ${quantity} ${status}`).sort()
  const expected = model.bookings.map(({ id, quantity, cancelled }) =>
    `${id} ${quantity} ${cancelled ? 'cancelled' : 'confirmed'}`
  )
    .sort()
  if (actual.join() !== expected.join()) {
    throw new Error(`at the end: expected rows ${expected.join('; ')}, got ${actual.join('; ')}`)
  }
}
