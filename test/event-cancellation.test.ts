import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { reservations } from '../db/schema.ts'
import { auditInventory, hasDrift } from '../origin/inventory-audit.ts'
import { reserve } from '../origin/reservations.ts'
import { bookingRequest, readSeats } from './booking.ts'
import { send } from './http.ts'
import { buyerHeaders } from './shop.ts'
import { openSite, type Site } from './site.ts'
import { until } from './until.ts'

let site: Site
beforeAll(async () => void (site = await openSite({}, undefined, 2)))
afterAll(() => site.close())

const BUYERS = 1_500

test('an origin that is killed while it cancels an event loses no seat and no reservation, and the next one finishes', async () => {
  const { shop, edgeUrls } = site
  const { eventId, ticketTypeIds: [ticketTypeId] } = await shop.addSale({ seats: [2_000] })
  const [admin, ...buyers] = await shop.addPeople(BUYERS + 1)
  for (let start = 0; start < BUYERS; start += 250) {
    const group = buyers.slice(start, start + 250)
    const booked = await Promise.all(group.map((buyer) => reserve(shop, 'ko', bookingRequest(buyer, eventId, ticketTypeId!))))
    expect(booked.every(({ kind }) => kind === 'reserved')).toBe(true)
  }
  const { authorization, 'content-type': type } = await buyerHeaders({ ...admin!, role: 'owner' }, eventId)
  const cancelled = await send(`${edgeUrls[0]}/api/admin/events/${eventId}/cancel`, {
    method: 'POST',
    headers: { authorization, 'content-type': type },
    body: JSON.stringify({ reason: '우천', message: '비로 취소되었습니다' }),
  })
  expect(cancelled).toMatchObject({ status: 200, body: { status: 'cancelled' } })
  const countConfirmed = async () => {
    const rows = await shop.db.select({ status: reservations.status }).from(reservations).where(eq(reservations.eventId, eventId))
    return rows.filter(({ status }) => status === 'confirmed').length
  }
  await until(async () => await countConfirmed() < BUYERS)
  await site.killOrigin()
  await site.startOrigin()

  await until(async () => await countConfirmed() === 0)
  const { rows, confirmed, left, sold, seats } = await readSeats(shop, eventId)
  expect([rows.length, confirmed, left, sold]).toEqual([BUYERS, 0, seats, 0])
  const inventory = await auditInventory(shop, eventId)
  expect(inventory.kind === 'audited' && hasDrift(inventory)).toBe(false)
  for (const edgeUrl of edgeUrls) {
    await until(async () => {
      const event = await send(`${edgeUrl}/api/events/${eventId}`, {})
      const room = await send(`${edgeUrl}/queue/event-${eventId}/snapshot`, {})
      return event.body.status === 'cancelled' && room.body.phase === 'closed'
    })
  }
})
