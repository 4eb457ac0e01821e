import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../dev/processes.ts'
import { readSeats } from './booking.ts'
import { type Front, startFront } from './front.ts'
import { send } from './http.ts'
import { openSite, type Site } from './site.ts'

const BUYERS = 300
const MAX_FAULTS = 8
/** Buyers at a time. */
const CLIENTS = 30

let front: Front
let site: Site
beforeAll(async () => {
  const originPort = await freePort()
  front = await startFront(originPort)
  site = await openSite(Object.assign(front.settings(), { ORIGIN_PORT: String(originPort), TRUSTED_PROXIES: '1' }))
})
afterAll(async () => {
  await site.close()
  await front.close()
})

test(
  'bookings through a TLS and HTTP/2 front whose connections keep going silent are confirmed, and in MySQL exactly once',
  async () => {
    const { eventId, ticketTypeIds: [ticketTypeId] } = await site.shop.addSale({ seats: [BUYERS] })
    const waiting = await site.shop.addPeople(BUYERS)
    const relay = front.relays[0]!
    const reservations: string[] = []

    /** Books, and again with the same idempotency key while the response is 503: a second fault may hit the second attempt of the edge. */
    async function book(person: typeof waiting[number]): Promise<void> {
      const headers = Object.assign(await site.insider(person, eventId), {
        'x-forwarded-for': `10.0.${person.id >> 8 & 255}.${person.id & 255}`,
      })
      const body = JSON.stringify({ ticketTypeId, quantity: 1 })
      for (let isBooked = false; !isBooked;) {
        const answer = await send(`${site.edgeUrl}/api/events/${eventId}/reservations`, { method: 'POST', headers, body })
        expect([201, 503]).toContain(answer.status)
        isBooked = answer.status === 201
        if (isBooked) reservations.push(answer.body.reservation.id)
      }
    }

    // Requests and responses go silent at other moments in each round.
    let [isOver, rounds] = [false, 0]
    const faults = (async () => {
      for (; !isOver && rounds < MAX_FAULTS; rounds++) {
        const booked = reservations.length
        while (!isOver && reservations.length < booked + CLIENTS) await sleep(5)
        if (rounds % 2 === 0) relay.silence()
        else relay.dropResponses()
      }
    })()
    await Promise.all(Array.from({ length: CLIENTS }, async () => {
      for (let person = waiting.pop(); person; person = waiting.pop()) await book(person)
    }))
    isOver = true
    await faults

    expect(rounds).toBeGreaterThan(3)
    const { rows, confirmed, left, sold } = await readSeats(site.shop, eventId)
    expect(rows.map(({ id }) => id).sort()).toEqual(reservations.sort())
    expect([confirmed, left, sold]).toEqual([BUYERS, 0, BUYERS])
  },
  240_000,
)
