import { SignJWT } from 'jose'
import { addEventOnSale, addUsers, readStoredSale, type StoredSale } from '../dev/sale-fixtures.ts'
import { paths } from '../edge/contract/paths.ts'
import { eventRoom } from '../edge/contract/rooms.ts'
import { signPass } from '../edge/contract/tokens.ts'
import type { Buyer } from './buyers.ts'
import { addressOf, type LoadRequest } from './load.ts'
import type { Bench } from './scenario.ts'
import type { Stage } from './stage.ts'

const HOUR_MS = 3_600_000
const ACCESS_SECONDS = 3_600

export type EventOnSale = { eventId: number; room: string; ticketTypeIds: number[]; seats: number[] }

/** Adds an event that is on sale now. */
export async function addSale({ db }: Pick<Stage, 'db'>, seats: number[], limitPerPerson = 4): Promise<EventOnSale> {
  const event = await addEventOnSale(db, seats, limitPerPerson, new Date())
  return { ...event, room: eventRoom(event.eventId), seats }
}

/** Adds people; returns their consecutive ids. */
export const addPeople = ({ db }: Pick<Stage, 'db'>, count: number): Promise<number[]> => addUsers(db, count, new Date())

/** An access token, as a login of the shop returns it. */
export const accessOf = ({ tokenKeys }: Pick<Stage, 'tokenKeys'>, person: number): Promise<string> =>
  new SignJWT({ sub: String(person), nickname: 'bench', role: 'user', exp: Math.floor(Date.now() / 1000) + ACCESS_SECONDS })
    .setProtectedHeader({ alg: 'HS256', typ: 'access' }).sign(tokenKeys.secrets[0])

/** One booking of one seat for each person, each with a new pass. */
export function bookingRequests(
  stage: Pick<Stage, 'tokenKeys'>,
  sale: EventOnSale,
  people: number[],
  epoch = 1,
): Promise<LoadRequest[]> {
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

/** Buyers for exactly the seats of a sale: `quantities[i]` seats of the ticket type `typeOf(i)` each. */
export async function buyersOf(
  stage: Pick<Stage, 'tokenKeys'>,
  people: number[],
  quantities: number[],
  typeOf: (i: number) => number,
) {
  return await Promise.all(people.map(async (person, i): Promise<Buyer> => ({
    address: addressOf(i),
    access: await accessOf(stage, person),
    key: `buyer-${i}`,
    ticketTypeId: typeOf(i),
    quantity: quantities[i]!,
  })))
}

/** Waits until MySQL has all bookings of Redis; resolves with the time of the last commit, epoch ms. Throws after `timeoutMs`. */
export async function untilWrittenBack(
  stage: Pick<Stage, 'db' | 'redis'>,
  eventId: number,
  timeoutMs = 60_000,
): Promise<number> {
  const deadline = performance.now() + timeoutMs
  while (performance.now() < deadline) {
    const { isWrittenBack, writtenBackAtMs } = await readStoredSale(stage, eventId)
    if (isWrittenBack && writtenBackAtMs !== null) return writtenBackAtMs
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`Event ${eventId} was not written back within ${timeoutMs} ms`)
}

/**
 * Waits for the write-back, then compares the stores with the responses: `booked` responses of 201, for `seats` seats. Reports each
 * difference as a fault. Returns the time of the last commit, epoch ms.
 */
export async function checkSale(bench: Bench, eventId: number, booked: number, seats: number): Promise<number> {
  const writtenBackAtMs = await untilWrittenBack(bench, eventId)
  for (const fault of faultsOf(await readStoredSale(bench, eventId), booked, seats)) bench.fault(`event ${eventId}: ${fault}`)
  return writtenBackAtMs
}

/** The differences between the stored sale and `booked` responses of 201 for `seats` seats; empty when there are none. */
export function faultsOf(stored: StoredSale, booked: number, seats: number): string[] {
  const faultUnless = (holds: boolean, fault: string) => holds ? [] : [fault]
  return [
    ...faultUnless(stored.isWrittenBack, 'the write-back has not reached the end of the booking log'),
    ...faultUnless(
      stored.sold + stored.left === stored.total,
      `sold ${stored.sold} + left ${stored.left} is not the total ${stored.total}`,
    ),
    ...faultUnless(stored.rows === booked, `${booked} bookings were confirmed and ${stored.rows} rows are in MySQL`),
    ...faultUnless(
      stored.seatsInRows === seats && stored.sold === seats,
      `${seats} seats were confirmed, ${stored.seatsInRows} are in rows`,
    ),
    ...faultUnless(stored.duplicates === 0, `${stored.duplicates} rows are duplicates`),
  ]
}
