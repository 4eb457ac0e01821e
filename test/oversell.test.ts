import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readLeft } from '../db/redis/sale/sale.ts'
import { reservations, ticketTypes } from '../db/schema.ts'
import { openSite, type Site } from './site.ts'

let site: Site
beforeAll(async () => void (site = await openSite({ TRUSTED_PROXIES: '1' })))
afterAll(() => site.close())

test('1,000 people who come through the line at once get 100 seats: 100 × 201, the rest sold_out, and the books agree', async () => {
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
    // Nobody is called for seats that are no more.
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
  await written(eventId, 100)
  const rows = await shop.db.select().from(reservations).where(eq(reservations.eventId, eventId))
  expect(rows.map(({ id }) => id).sort()).toEqual(outcomes.flatMap(({ id }) => id ?? []).sort())
  expect((await readLeft(shop.redis, eventId))?.get(ticketTypeId!)).toBe(0)
  const [type] = await shop.db.select().from(ticketTypes).where(eq(ticketTypes.id, ticketTypeId!))
  expect(type).toMatchObject({ seats: 100, sold: 100 })
})

test('a reservation answered with 201 survives the kill -9 of the origin, once', async () => {
  const { shop, edgeUrl } = site
  const { eventId, ticketTypeIds: [ticketTypeId] } = await shop.addSale({ seats: [100] })
  const people = await shop.addPeople(20)
  const requests = await Promise.all(people.map(async (person) => ({
    method: 'POST',
    headers: await site.insider(person, eventId),
    body: JSON.stringify({ ticketTypeId, quantity: 2 }),
  })))
  const url = `${edgeUrl}/api/events/${eventId}/reservations`
  const answers = await Promise.all(
    requests.map(async (request) => await (await fetch(url, request)).json() as { reservation: { id: string } }),
  )
  await site.killOrigin()
  await site.startOrigin()

  const retried = await Promise.all(
    requests.map(async (request) => await (await fetch(url, request)).json() as { reservation: { id: string } }),
  )
  expect(retried).toEqual(answers)
  await written(eventId, 20)
  const rows = await shop.db.select().from(reservations).where(eq(reservations.eventId, eventId))
  expect(rows.map(({ id }) => id).sort()).toEqual(answers.map(({ reservation }) => reservation.id).sort())
  expect((await readLeft(shop.redis, eventId))?.get(ticketTypeId!)).toBe(60)
})

/** Claims a turn as a waiting page does: asks again when the edge says so. */
async function claimWhenCalled(url: string, headers: Record<string, string>): Promise<string> {
  for (let attempt = 0; attempt < 60; attempt++) {
    const response = await fetch(url, { method: 'POST', headers })
    const body = await response.json() as { pass?: string; pollAfterMs?: number; retryAfterSeconds?: number; code?: string }
    if (body.pass) return body.pass
    if (body.code === 'sold_out') return 'sold_out'
    const waitMs = body.pollAfterMs ?? (body.retryAfterSeconds ?? 1) * 1000
    await new Promise((resolve) => setTimeout(resolve, Math.max(100, waitMs)))
  }
  throw new Error('The turn never came')
}

/** Waits until the origin has written so many reservations of an event. */
async function written(eventId: number, count: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const rows = await site.shop.db.select({ id: reservations.id }).from(reservations).where(eq(reservations.eventId, eventId))
    if (rows.length >= count) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
