import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readLeft } from '../db/redis/sale/sale.ts'
import { reservations, ticketTypes } from '../db/schema.ts'
import { openSite, type Site } from './site.ts'

let site: Site
beforeAll(async () => void (site = await openSite({ TRUSTED_PROXIES: '1' })))
afterAll(() => site.close())

test('1,000 buyers who queue at once for 100 seats get 100 × 201 and 900 × sold_out, and both stores agree', async () => {
  const { shop, edgeUrl } = site
  const { eventId, ticketTypeIds: [ticketTypeId] } = await shop.addSale({ seats: [100] })
  const people = await shop.addPeople(1_000)

  const outcomes = await Promise.all(people.map(async (person, i) => {
    const address = { 'x-forwarded-for': `10.${i >> 8}.${i & 255}.1` }
    const joined = await fetch(`${edgeUrl}/queue/event-${eventId}/tickets`, { method: 'POST', headers: address })
    const { ticket } = await joined.json() as { ticket: string }
    const pass = await claimWhenCalled(`${edgeUrl}/queue/event-${eventId}/pass`, {
      ...address,
      authorization: `Bearer ${ticket}`,
    })
    // The room calls no more positions once the seats are gone.
    if (pass === 'sold_out') return { status: 409, code: 'sold_out' }
    const booked = await fetch(`${edgeUrl}/api/events/${eventId}/reservations`, {
      method: 'POST',
      headers: { ...await site.insider(person, eventId), ...address, 'x-queue-pass': pass },
      body: JSON.stringify({ ticketTypeId, quantity: 1 }),
    })
    const body = await booked.json() as { code?: string; reservation?: { id: string } }
    return { status: booked.status, code: body.code, id: body.reservation?.id }
  }))

  expect(outcomes.filter(({ status }) => status === 201)).toHaveLength(100)
  expect(outcomes.filter(({ status, code }) => status === 409 && code === 'sold_out')).toHaveLength(900)
  await untilWritten(eventId, 100)
  const rows = await shop.db.select().from(reservations).where(eq(reservations.eventId, eventId))
  expect(rows.map(({ id }) => id).sort()).toEqual(outcomes.flatMap(({ id }) => id ?? []).sort())
  expect((await readLeft(shop.redis, eventId))?.get(ticketTypeId!)).toBe(0)
  const [type] = await shop.db.select().from(ticketTypes).where(eq(ticketTypes.id, ticketTypeId!))
  expect(type).toMatchObject({ seats: 100, sold: 100 })
})

test('every reservation confirmed with 201 is in MySQL exactly once after a kill -9 of the origin', async () => {
  const { shop, edgeUrl } = site
  const { eventId, ticketTypeIds: [ticketTypeId] } = await shop.addSale({ seats: [100] })
  const people = await shop.addPeople(20)
  const requests = await Promise.all(people.map(async (person) => ({
    method: 'POST',
    headers: await site.insider(person, eventId),
    body: JSON.stringify({ ticketTypeId, quantity: 2 }),
  })))
  const url = `${edgeUrl}/api/events/${eventId}/reservations`
  const confirmed = await Promise.all(
    requests.map(async (request) => await (await fetch(url, request)).json() as { reservation: { id: string } }),
  )
  await site.killOrigin()
  await site.startOrigin()

  const retried = await Promise.all(
    requests.map(async (request) => await (await fetch(url, request)).json() as { reservation: { id: string } }),
  )
  expect(retried).toEqual(confirmed)
  await untilWritten(eventId, 20)
  const rows = await shop.db.select().from(reservations).where(eq(reservations.eventId, eventId))
  expect(rows.map(({ id }) => id).sort()).toEqual(confirmed.map(({ reservation }) => reservation.id).sort())
  expect((await readLeft(shop.redis, eventId))?.get(ticketTypeId!)).toBe(60)
})

/** Claims a turn as the waiting page does: repeats the request at the times that the edge returns. */
async function claimWhenCalled(url: string, headers: Record<string, string>): Promise<string> {
  for (let attempt = 0; attempt < 60; attempt++) {
    const response = await fetch(url, { method: 'POST', headers })
    const body = await response.json() as { pass?: string; pollAfterMs?: number; retryAfterSeconds?: number; code?: string }
    if (body.pass) return body.pass
    if (body.code === 'sold_out') return 'sold_out'
    const waitMs = body.pollAfterMs ?? (body.retryAfterSeconds ?? 1) * 1000
    await new Promise((resolve) => setTimeout(resolve, Math.max(100, waitMs)))
  }
  throw new Error('The position was not called in time')
}

/** Waits until MySQL has at least `count` reservations of an event. */
async function untilWritten(eventId: number, count: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const rows = await site.shop.db.select({ id: reservations.id }).from(reservations).where(eq(reservations.eventId, eventId))
    if (rows.length >= count) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
