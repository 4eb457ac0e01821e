import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Position, Snapshot } from '../edge/contract/rooms.ts'
import { ownRedis } from './shop.ts'
import { openSite, type Site } from './site.ts'
import { until } from './until.ts'

// A Redis of the file's own: its commands are counted.
let site: Site
let redis: Awaited<ReturnType<typeof ownRedis>>
beforeAll(async () => {
  redis = await ownRedis()
  site = await openSite({ TRUSTED_PROXIES: '1', ROOM_CAPACITY: '50', ROOM_PER_MINUTE: '60000' }, redis.url)
})
afterAll(async () => {
  await site.close()
  await redis.close()
})

const room = (eventId: number) => `${site.edgeUrl}/queue/event-${eventId}`
const snapshotOf = async (eventId: number) => await (await fetch(room(eventId))).json() as Snapshot
const joinRoom = async (eventId: number) =>
  await (await fetch(`${room(eventId)}/tickets`, { method: 'POST' })).json() as Position & { ticket: string; index: number }
const claim = (eventId: number, ticket: string) =>
  fetch(`${room(eventId)}/pass`, { method: 'POST', headers: { authorization: `Bearer ${ticket}` } })

async function redisCommands(): Promise<number> {
  const stats = await site.shop.redis.info('commandstats')
  return [...stats.matchAll(/calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0)
}

describe('the line', () => {
  test('nobody is called before the opening, and everyone is after it', async () => {
    // An edge that has just begun waits for those that may know the room already.
    const { eventId } = await site.shop.addSale({ opensInMs: 6_000 })
    const tickets = await Promise.all(Array.from({ length: 5 }, () => joinRoom(eventId)))
    expect(tickets.map(({ index }) => index).sort()).toEqual([0, 1, 2, 3, 4])
    expect(tickets.every(({ phase, etaSeconds }) => phase === 'lobby' && etaSeconds! > 0)).toBe(true)
    const early = await claim(eventId, tickets[0]!.ticket)
    expect([early.status, (await early.json() as { code: string }).code]).toEqual([425, 'not_your_turn'])
    await until(async () => (await snapshotOf(eventId)).phase === 'idle')
    expect((await Promise.all(tickets.map(({ ticket }) => claim(eventId, ticket)))).map(({ status }) => status)).toEqual(
      Array(5).fill(201),
    )
  })

  test('its page is the same for a crowd that has not joined, and each ticket’s own for those who have', async () => {
    const { eventId } = await site.shop.addSale({ opensInMs: 600_000 })
    const { ticket, index } = await joinRoom(eventId)
    const open = async (cookie = '') => {
      const answer = await fetch(room(eventId), { headers: { accept: 'text/html', 'accept-encoding': 'gzip', cookie } })
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'private, no-store'])
      return JSON.parse((await answer.text()).match(/id="state">(.*?)<\/script>/)![1]!) as { position: { index: number } | null }
    }
    const own = await Promise.all([open(), open(`ticket-event-${eventId}=${ticket}`), open(), open('lang=en')])
    expect(own.map(({ position }) => position?.index ?? null)).toEqual([null, index, null, null])
  })

  test('the joins of an instant share calls to Redis', async () => {
    const { eventId } = await site.shop.addSale()
    await snapshotOf(eventId)
    const scripts = async () =>
      Number((await site.shop.redis.info('commandstats')).match(/cmdstat_evalsha:calls=(\d+)/)?.[1] ?? 0)
    const before = await scripts()
    const tickets = await Promise.all(Array.from({ length: 500 }, () => joinRoom(eventId)))
    const calls = await scripts() - before
    expect(new Set(tickets.map(({ index }) => index)).size).toBe(500)
    expect(calls).toBeLessThan(250)
  })

  test('waiting costs the store nothing: polls make no call to Redis', async () => {
    const { eventId } = await site.shop.addSale({ opensInMs: 600_000 })
    const { ticket } = await joinRoom(eventId)
    const startedAt = performance.now()
    const before = await redisCommands()
    for (let batch = 0; batch < 20; batch++) {
      await Promise.all(Array.from({ length: 100 }, () => snapshotOf(eventId)))
    }
    await claim(eventId, ticket)
    const spent = await redisCommands() - before
    // What does run meanwhile is the tick of each live room and the round of the write-back, and they follow the clock.
    const seconds = (performance.now() - startedAt) / 1000
    expect(spent).toBeLessThan(500 + 500 * seconds)
    expect(spent).toBeLessThan(2_000)
  })

  test('when the last seat is sold the line is told', async () => {
    const { eventId, ticketTypeIds: [ticketTypeId] } = await site.shop.addSale({ seats: [1] })
    const [person] = await site.shop.addPeople(1)
    expect((await snapshotOf(eventId)).phase).toBe('idle')
    const booked = await fetch(`${site.edgeUrl}/api/events/${eventId}/reservations`, {
      method: 'POST',
      headers: await site.insider(person!, eventId),
      body: JSON.stringify({ ticketTypeId, quantity: 1 }),
    })
    expect(booked.status).toBe(201)
    await until(async () => (await snapshotOf(eventId)).phase === 'sold_out')
  })

  test('a place that was given up is not called, and its ticket is worth nothing', async () => {
    const { eventId } = await site.shop.addSale()
    const { ticket } = await joinRoom(eventId)
    const left = await fetch(`${room(eventId)}/tickets`, { method: 'DELETE', headers: { authorization: `Bearer ${ticket}` } })
    expect(left.status).toBe(204)
    expect((await claim(eventId, ticket)).status).toBe(409)
  })

  test('a forged ticket joins no line, and moves nobody', async () => {
    const { eventId } = await site.shop.addSale()
    const forged = await claim(eventId, 'eyJhbGciOiJub25lIn0.e30.')
    expect([forged.status, (await forged.json() as { code: string }).code]).toEqual([401, 'ticket_invalid'])
    const other = await site.shop.addSale()
    const { ticket } = await joinRoom(other.eventId)
    expect((await claim(eventId, ticket)).status).toBe(401)
    expect((await snapshotOf(eventId)).issued).toBe(0)
  })

  test('a page that is asked for without a pass leads to the line, and the button leads straight in while nobody waits', async () => {
    const { eventId } = await site.shop.addSale()
    const html = { accept: 'text/html' }
    const refused = await fetch(`${site.edgeUrl}/events/${eventId}/booking`, { headers: html, redirect: 'manual' })
    expect([refused.status, refused.headers.get('location')]).toEqual([303, `/queue/event-${eventId}`])
    const pressed = await fetch(`${room(eventId)}/tickets`, { method: 'POST', headers: html, redirect: 'manual' })
    expect([pressed.status, pressed.headers.get('location')]).toEqual([303, `/events/${eventId}/booking`])
    expect(pressed.headers.getSetCookie().map((cookie) => cookie.split('=')[0])).toEqual([
      `ticket-event-${eventId}`,
      `pass-event-${eventId}`,
    ])
  })
})
