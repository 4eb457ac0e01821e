import { eq, sql } from 'drizzle-orm'
import { SignJWT } from 'jose'
import { readSale } from '../db/redis/sale/sale.ts'
import { ledgers, reservations, ticketTypes, users } from '../db/schema.ts'
import { addEvent } from '../dev/demo/load.ts'
import { paths } from '../edge/contract/paths.ts'
import { eventRoom } from '../edge/contract/rooms.ts'
import { signPass } from '../edge/contract/tokens.ts'
import type { Buyer } from './buyers.ts'
import { addressOf, type Ask } from './load.ts'
import type { Bench } from './scenario.ts'
import type { Stage } from './stage.ts'

const HOUR_MS = 3_600_000
const ACCESS_SECONDS = 3_600

export type EventOnSale = { eventId: number; room: string; ticketTypeIds: number[]; seats: number[] }

/** Adds an event that is on sale now. */
export async function addSale({ db }: Pick<Stage, 'db'>, seats: number[], limitPerPerson = 4): Promise<EventOnSale> {
  const now = new Date()
  const at = (hours: number) => new Date(now.getTime() + hours * HOUR_MS)
  const eventId = await addEvent(db, {
    ...{ title: '측정 공연', titleEn: 'A measured concert', venue: '측정 홀', venueEn: 'Bench Hall' },
    ...{ startsAt: at(240), opensAt: at(-1), closesAt: at(24), limitPerPerson },
    ticketTypes: seats.map((count, i) => ({ name: `${i + 1}등석`, nameEn: `Grade ${i + 1}`, price: 10_000, seats: count })),
  }, { now })
  const types = await db.select({ id: ticketTypes.id }).from(ticketTypes).where(eq(ticketTypes.eventId, eventId))
    .orderBy(ticketTypes.sortOrder)
  return { eventId, room: eventRoom(eventId), ticketTypeIds: types.map(({ id }) => id), seats }
}

/** Adds people; their ids follow one another. Returns the ids. */
export async function addPeople({ db }: Pick<Stage, 'db'>, count: number): Promise<number[]> {
  const ids: number[] = []
  for (let start = 0; start < count; start += 5_000) {
    const some = Array.from({ length: Math.min(5_000, count - start) }, (_, i) => (start + i).toString(36))
    const [{ insertId }] = await db.insert(users).values(
      some.map((name) => ({ email: `${name}@bench.example`, passwordHash: '-', nickname: name, createdAt: new Date() })),
    )
    some.forEach((_, i) => ids.push(insertId + i))
  }
  return ids
}

const accesses = new Map<string, Promise<string>>()
/** An access token as the shop's login gives it. */
export function accessOf({ tokenKeys }: Pick<Stage, 'tokenKeys'>, person: number): Promise<string> {
  const key = `${tokenKeys.secrets[0]} ${person}`
  const known = accesses.get(key)
  if (known) return known
  const exp = Math.floor(Date.now() / 1000) + ACCESS_SECONDS
  const made = new SignJWT({ sub: String(person), nickname: 'bench', role: 'user', exp })
    .setProtectedHeader({ alg: 'HS256', typ: 'access' }).sign(tokenKeys.secrets[0])
  accesses.set(key, made)
  return made
}

/** One booking of one seat for each person, with a pass of its own. */
export function bookingAsks(stage: Pick<Stage, 'tokenKeys'>, sale: EventOnSale, people: number[], epoch = 1): Promise<Ask[]> {
  const untilMs = Date.now() + HOUR_MS
  const path = paths.api.reservations(sale.eventId)
  return Promise.all(people.map(async (person, i) => {
    const pass = { id: `v-${sale.eventId}-${i}`, room: sale.room, epoch, expiresAtMs: untilMs, untilMs }
    return {
      method: 'POST' as const,
      path,
      headers: {
        'x-forwarded-for': addressOf(i),
        accept: 'application/json',
        'content-type': 'application/json',
        authorization: `Bearer ${await accessOf(stage, person)}`,
        'x-queue-pass': signPass(pass, stage.tokenKeys),
        'idempotency-key': `k-${sale.eventId}-${i}`,
      },
      body: JSON.stringify({ ticketTypeId: sale.ticketTypeIds[0], quantity: 1 }),
    }
  }))
}

/** Buyers who together want exactly the seats: one or two each, of one grade after the other. */
export async function buyersOf(
  stage: Pick<Stage, 'tokenKeys'>,
  people: number[],
  wishes: number[],
  typeOf: (i: number) => number,
) {
  return await Promise.all(people.map(async (person, i): Promise<Buyer> => ({
    address: addressOf(i),
    access: await accessOf(stage, person),
    key: `buyer-${i}`,
    ticketTypeId: typeOf(i),
    quantity: wishes[i]!,
  })))
}

/** What both stores hold of an event. */
export type Books = {
  rows: number
  soldInRows: number
  sold: number
  left: number
  total: number
  isWritten: boolean
  doubled: number
}

/** Reads an event's books. `isWritten`: MySQL has followed Redis to the end of the log, so that nothing is in flight. */
export async function readBooks({ db, redis }: Pick<Stage, 'db' | 'redis'>, eventId: number): Promise<Books> {
  const state = await readSale(redis, eventId)
  const [ledger] = await db.select().from(ledgers).where(eq(ledgers.eventId, eventId))
  const [types] = await db.select({ sold: sum(ticketTypes.sold), total: sum(ticketTypes.seats) }).from(ticketTypes)
    .where(eq(ticketTypes.eventId, eventId))
  const [rows] = await db.select({
    rows: sql<number>`count(*)`.mapWith(Number),
    keys: sql<number>`count(distinct ${reservations.userId}, ${reservations.idempotencyKey})`.mapWith(Number),
    seats: sql<number>`coalesce(sum(if(${reservations.status} = 'confirmed', ${reservations.quantity}, 0)), 0)`.mapWith(Number),
  }).from(reservations).where(eq(reservations.eventId, eventId))
  const left = [...state?.left.values() ?? []].reduce((all, one) => all + one, 0)
  return {
    ...{ rows: rows!.rows, doubled: rows!.rows - rows!.keys, soldInRows: rows!.seats },
    ...{ sold: types!.sold, total: types!.total, left },
    isWritten: state !== null && ledger?.epoch === state.last.epoch && ledger.seq >= state.last.seq,
  }
}

const sum = (column: typeof ticketTypes.sold | typeof ticketTypes.seats) =>
  sql<number>`coalesce(sum(${column}), 0)`.mapWith(Number)

/** Waits until all that Redis has sold is in MySQL; resolves with the moment of the last commit (epoch ms). Throws when it is not so in time. */
export async function untilWritten(stage: Pick<Stage, 'db' | 'redis'>, eventId: number, deadlineMs = 60_000): Promise<number> {
  const giveUpAt = performance.now() + deadlineMs
  while (performance.now() < giveUpAt) {
    const state = await readSale(stage.redis, eventId)
    const [ledger] = await stage.db.select().from(ledgers).where(eq(ledgers.eventId, eventId))
    if (state && ledger?.epoch === state.last.epoch && ledger.seq >= state.last.seq) return ledger.writtenBackAt!.getTime()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`Event ${eventId} was not written to MySQL within ${deadlineMs} ms`)
}

/** Waits for the rows, then holds the books against what was answered: `booked` times 201, for `seats` seats. Returns the last commit's epoch ms. */
export async function checkSale(bench: Bench, eventId: number, booked: number, seats: number): Promise<number> {
  const writtenAt = await untilWritten(bench, eventId)
  for (const fault of faultsOf(await readBooks(bench, eventId), booked, seats)) bench.fault(`event ${eventId}: ${fault}`)
  return writtenAt
}

/** What is wrong with an event's books after `booked` bookings of `seats` seats were answered with 201; empty when nothing is. */
export function faultsOf(books: Books, booked: number, seats: number): string[] {
  const must = (holds: boolean, fault: string) => holds ? [] : [fault]
  return [
    ...must(books.isWritten, 'MySQL has not followed Redis to the end of the log'),
    ...must(books.sold + books.left === books.total, `sold ${books.sold} + left ${books.left} is not the total ${books.total}`),
    ...must(books.rows === booked, `${booked} bookings were answered and ${books.rows} rows are in MySQL`),
    ...must(books.soldInRows === seats && books.sold === seats, `${seats} seats were answered, ${books.soldInRows} are in rows`),
    ...must(books.doubled === 0, `${books.doubled} rows are doubled`),
  ]
}
