import { eq } from 'drizzle-orm'
import * as fc from 'fast-check'
import { randomUUID } from 'node:crypto'
import { saleKeys } from '../db/redis/keys.ts'
import { events, reservations } from '../db/schema.ts'
import { auditInventory } from '../origin/inventory-audit.ts'
import { cancel, reserve } from '../origin/reservations.ts'
import { putOnSale } from '../origin/sale-loader.ts'
import type { Shop } from './shop.ts'

/** What can happen to a sale. Numbers are indexes into small sets, so that things collide. */
export type Step =
  | { do: 'reserve'; person: number; type: number; quantity: number; key: number; pass: number }
  | { do: 'cancel'; reservation: number; keep: number; times: number }
  | { do: 'drain' }
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
  { weight: 2, arbitrary: fc.constant({ do: 'drain' as const }) },
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
/** A hundred things that happen to one sale, one after the other. */
export const steps = fc.array(step, { minLength: 100, maxLength: 100 })

type Made = { id: string; person: number; type: number; booked: number; quantity: number; key: number; cancelled: boolean }

/** The sale as it should be, in a few lines: what the scripts, the log, the write-back and the loads together must come to. */
class Model {
  made: Made[] = []
  spent = new Map<number, number>()
  window: Window = 'open'

  held = (person: number) => this.sum((made) => made.person === person)
  left = (type: number) => SEATS[type]! - this.sum((made) => made.type === type)

  reserve(wish: Extract<Step, { do: 'reserve' }>): string {
    const first = this.made.find(({ person, key }) => person === wish.person && key === wish.key)
    if (first) {
      return first.type === wish.type && first.booked === wish.quantity ? `reserved ${first.id}` : 'idempotency_mismatch'
    }
    const spentBy = this.spent.get(wish.pass)
    if (spentBy !== undefined) return spentBy === wish.person ? 'pass_invalid' : 'pass_in_use'
    if (this.window !== 'open') return this.window === 'before' ? 'sale_not_open' : 'sale_closed'
    if (this.held(wish.person) + wish.quantity > LIMIT) return 'limit_exceeded'
    if (this.left(wish.type) < wish.quantity) return 'sold_out'
    return 'reserved'
  }

  private sum = (wanted: (made: Made) => boolean) =>
    this.made.filter((made) => !made.cancelled && wanted(made)).reduce((sum, { quantity }) => sum + quantity, 0)
}

/** Plays steps on the real parts and on the model; throws at the first difference. */
export async function playSale(
  shop: Shop,
  plan: Step[],
  drain: (eventId: number) => Promise<unknown> = shop.writeBack.flushAll,
): Promise<void> {
  const { eventId, ticketTypeIds } = await shop.addSale({ seats: SEATS, limitPerPerson: LIMIT })
  const people = await shop.addPeople(PEOPLE)
  const keys = saleKeys(eventId)
  const all = [keys.sale, keys.held, keys.idempotency, keys.cancelled, keys.log]
  const model = new Model()
  const passes = Array.from({ length: 40 }, () => randomUUID() as string)
  let copy: (Buffer | null)[] | null = null
  await putOnSale(shop, eventId)

  for (const [number, now] of plan.entries()) {
    const at = `step ${number} ${JSON.stringify(now)}`
    switch (now.do) {
      case 'reserve': {
        const expected = model.reserve(now)
        const result = await reserve(shop, 'ko', {
          eventId,
          person: people[now.person]!.id,
          ticketTypeId: ticketTypeIds[now.type]!,
          quantity: now.quantity,
          idempotencyKey: `key-${now.key}`,
          pass: { id: passes[now.pass]!, untilMs: Date.now() + 600_000 },
        })
        const id = result.kind === 'reserved' ? result.reservation.id : ''
        const same = expected === 'reserved'
          ? result.kind === 'reserved' && !model.made.some((made) => made.id === id)
          : `${result.kind} ${id}`.trim() === expected
        if (!same) throw new Error(`${at}: expected ${expected}, got ${result.kind} ${id}`)
        if (expected === 'reserved') {
          model.made.push({
            id,
            person: now.person,
            type: now.type,
            booked: now.quantity,
            quantity: now.quantity,
            key: now.key,
            cancelled: false,
          })
          model.spent.set(now.pass, now.person)
        }
        break
      }
      case 'cancel': {
        const made = model.made[now.reservation]
        if (!made) break
        const results = await Promise.all(
          Array.from({ length: now.times }, () => cancel(shop, 'ko', people[made.person]!.id, made.id, now.keep)),
        )
        if (results.some(({ kind }) => kind !== 'cancelled')) {
          throw new Error(`${at}: expected cancelled, got ${JSON.stringify(results)}`)
        }
        if (now.keep === 0) made.cancelled = true
        else if (!made.cancelled) made.quantity = Math.min(made.quantity, now.keep)
        break
      }
      case 'drain':
        await drain(eventId)
        break
      case 'audit':
        await expectBooks(shop, eventId, at)
        break
      case 'load':
        await putOnSale(shop, eventId)
        break
      case 'lose':
        await shop.redis.del(keys[now.key])
        break
      case 'lose_all':
        // What is lost with the log before it was written cannot be known by anybody.
        await shop.writeBack.flushEvent(eventId)
        await shop.redis.del(...all)
        break
      case 'copy':
        copy = await Promise.all(all.map((key) => shop.redis.dumpBuffer(key)))
        break
      case 'restore_copy':
        if (!copy) break
        await shop.writeBack.flushEvent(eventId)
        await shop.redis.del(...all)
        for (const [i, key] of all.entries()) if (copy[i]) await shop.redis.restore(key, 0, copy[i])
        // Another server, as it is after a restart on an older file.
        if (await shop.redis.exists(keys.sale)) await shop.redis.hset(keys.sale, 'run', 'another')
        break
      case 'window':
        await moveWindow(shop, eventId, now.is)
        model.window = now.is
        break
    }
  }
  await expectEnd(shop, eventId, model)
}

async function moveWindow(shop: Shop, eventId: number, is: Window): Promise<void> {
  const hour = 3_600_000
  const opensAt = new Date(Date.now() + (is === 'before' ? hour : is === 'open' ? -hour : -2 * hour))
  const closesAt = new Date(opensAt.getTime() + (is === 'after' ? hour : 24 * hour))
  await shop.db.update(events).set({ opensAt, closesAt }).where(eq(events.id, eventId))
  // The next one who asks finds the sale missing, and loads it with the new window.
  await shop.redis.del(saleKeys(eventId).sale)
}

async function expectBooks(shop: Shop, eventId: number, at: string): Promise<void> {
  const books = await auditInventory(shop, eventId)
  if (books.kind !== 'audited') return
  const approved = await shop.redis.hget(saleKeys(eventId).sale, 'run') !== 'another'
  if (approved && books.ticketTypes.some(({ drift }) => drift !== 0)) {
    throw new Error(`${at}: drift ${JSON.stringify(books.ticketTypes)}`)
  }
}

async function expectEnd(shop: Shop, eventId: number, model: Model): Promise<void> {
  await putOnSale(shop, eventId)
  await shop.writeBack.flushEvent(eventId)
  await expectBooks(shop, eventId, 'at the end')
  const rows = await shop.db.select().from(reservations).where(eq(reservations.eventId, eventId))
  const real = rows.map(({ id, quantity, status }) => `${id} ${quantity} ${status}`).sort()
  const wanted = model.made.map(({ id, quantity, cancelled }) => `${id} ${quantity} ${cancelled ? 'cancelled' : 'confirmed'}`)
    .sort()
  if (real.join() !== wanted.join()) throw new Error(`at the end: expected rows ${wanted.join('; ')}, got ${real.join('; ')}`)
}
