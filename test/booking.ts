import { eq } from 'drizzle-orm'
import { randomUUID } from 'node:crypto'
import { readLeft } from '../db/redis/sale/sale.ts'
import { reservations, ticketTypes } from '../db/schema.ts'
import type { BookingRequest } from '../origin/reservations.ts'
import type { Shop } from './shop.ts'

/** A request for one seat, with a new pass and a new idempotency key. `changes` replace parts of it. */
export function bookingRequest(
  person: { id: number },
  eventId: number,
  ticketTypeId: number,
  changes: Partial<BookingRequest> = {},
): BookingRequest {
  return {
    eventId,
    person: person.id,
    ticketTypeId,
    quantity: 1,
    idempotencyKey: randomUUID(),
    pass: { id: randomUUID(), untilMs: Date.now() + 600_000 },
    ...changes,
  }
}

/** An event on sale with one ticket type unless `sale` has more, and people who may book. */
export async function openSale(shop: Shop, sale: Parameters<Shop['addSale']>[0] = {}, people = 1) {
  const { eventId, ticketTypeIds } = await shop.addSale(sale)
  return { eventId, ticketTypeId: ticketTypeIds[0]!, people: await shop.addPeople(people) }
}

/** What both stores hold of an event with one ticket type, after the write-back. */
export async function readSeats(shop: Shop, eventId: number) {
  await shop.writeBack.flushAll()
  const rows = await shop.db.select().from(reservations).where(eq(reservations.eventId, eventId))
  const [type] = await shop.db.select().from(ticketTypes).where(eq(ticketTypes.eventId, eventId))
  const confirmed = rows.filter(({ status }) => status === 'confirmed').reduce((sum, { quantity }) => sum + quantity, 0)
  const left = (await readLeft(shop.redis, eventId))?.get(type!.id) ?? 0
  return { rows, confirmed, left, sold: type!.sold, seats: type!.seats }
}
