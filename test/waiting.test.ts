import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Position, Snapshot } from '../edge/contract/rooms.ts'
import { ownRedis } from './shop.ts'
import { openSite, type Site } from './site.ts'
import { until } from './until.ts'

// This file counts the commands of its Redis.
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

describe('the waiting room', () => {
  test('calls no position before the opening, and all of them after it', async () => {
    const { eventId } = await site.shop.addSale({ opensInMs: 600_000 })
    const tickets = await Promise.all(Array.from({ length: 5 }, () => joinRoom(eventId)))
    expect(tickets.map(({ index }) => index).sort()).toEqual([0, 1, 2, 3, 4])
    expect(tickets.every(({ phase, etaSeconds }) => phase === 'lobby' && etaSeconds! > 0)).toBe(true)
    const early = await claim(eventId, tickets[0]!.ticket)
    expect([early.status, (await early.json() as { code: string }).code]).toEqual([425, 'not_your_turn'])
    await site.shop.openSale(eventId)
    await until(async () => (await snapshotOf(eventId)).phase === 'idle')
    expect((await Promise.all(tickets.map(({ ticket }) => claim(eventId, ticket)))).map(({ status }) => status)).toEqual(
      Array(5).fill(201),
    )
  })

  test('the waiting page is the same for all who have not joined, and shows the position of a visitor who has', async () => {
    const { eventId } = await site.shop.addSale({ opensInMs: 600_000 })
    const { ticket, index } = await joinRoom(eventId)
    const open = async (cookie = '') => {
      const page = await fetch(room(eventId), { headers: { accept: 'text/html', 'accept-encoding': 'gzip', cookie } })
      expect([page.status, page.headers.get('cache-control')]).toEqual([200, 'private, no-store'])
      return JSON.parse((await page.text()).match(/id="state">(.*?)<\/script>/)![1]!) as { position: { index: number } | null }
    }
    const pages = await Promise.all([open(), open(`ticket-event-${eventId}=${ticket}`), open(), open('lang=en')])
    expect(pages.map(({ position }) => position?.index ?? null)).toEqual([null, index, null, null])
  })

  test('returns its time in a response that no cache keeps', async () => {
    const { eventId } = await site.shop.addSale()
    const snapshotMs = Date.parse((await snapshotOf(eventId)).serverTime)
    const response = await fetch(`${room(eventId)}/time`)
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'private, no-store'])
    const { serverTime } = await response.json() as { serverTime: string }
    expect(Math.abs(Date.parse(serverTime) - snapshotMs)).toBeLessThan(600_000)
  })

  test('concurrent joins share calls to Redis', async () => {
    const { eventId } = await site.shop.addSale()
    await snapshotOf(eventId)
    const scriptCalls = async () =>
      Number((await site.shop.redis.info('commandstats')).match(/cmdstat_evalsha:calls=(\d+)/)?.[1] ?? 0)
    const before = await scriptCalls()
    const tickets = await Promise.all(Array.from({ length: 500 }, () => joinRoom(eventId)))
    const calls = await scriptCalls() - before
    expect(new Set(tickets.map(({ index }) => index)).size).toBe(500)
    expect(calls).toBeLessThan(250)
  })

  test('polls make no call to Redis', async () => {
    const { eventId } = await site.shop.addSale({ opensInMs: 600_000 })
    const { ticket } = await joinRoom(eventId)
    const startedAt = performance.now()
    const before = await redisCommands()
    for (let batch = 0; batch < 20; batch++) {
      await Promise.all(Array.from({ length: 100 }, () => snapshotOf(eventId)))
    }
    await claim(eventId, ticket)
    const calls = await redisCommands() - before
    // The ticks of the live rooms and the write-back make calls meanwhile: as many as in the same time without the 2,000 polls.
    const idleBefore = await redisCommands()
    await new Promise((resolve) => setTimeout(resolve, performance.now() - startedAt))
    const idleCalls = await redisCommands() - idleBefore
    expect(calls - idleCalls).toBeLessThan(1_000)
  })

  test('reports `sold_out` when the last seat is sold', async () => {
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

  test('rejects the ticket of a position that was given up', async () => {
    const { eventId } = await site.shop.addSale()
    const { ticket } = await joinRoom(eventId)
    const left = await fetch(`${room(eventId)}/tickets`, { method: 'DELETE', headers: { authorization: `Bearer ${ticket}` } })
    expect(left.status).toBe(204)
    expect((await claim(eventId, ticket)).status).toBe(409)
  })

  test('rejects a forged ticket and a ticket of another room, and issues no index for them', async () => {
    const { eventId } = await site.shop.addSale()
    const forged = await claim(eventId, 'eyJhbGciOiJub25lIn0.e30.')
    expect([forged.status, (await forged.json() as { code: string }).code]).toEqual([401, 'ticket_invalid'])
    const other = await site.shop.addSale()
    const { ticket } = await joinRoom(other.eventId)
    expect((await claim(eventId, ticket)).status).toBe(401)
    expect((await snapshotOf(eventId)).issued).toBe(0)
  })

  test('redirects a page without a pass to the waiting page, and the join button straight to the booking while the queue is empty', async () => {
    const { eventId } = await site.shop.addSale()
    const html = { accept: 'text/html' }
    const redirected = await fetch(`${site.edgeUrl}/events/${eventId}/booking`, { headers: html, redirect: 'manual' })
    expect([redirected.status, redirected.headers.get('location')]).toEqual([303, `/queue/event-${eventId}`])
    const joined = await fetch(`${room(eventId)}/tickets`, { method: 'POST', headers: html, redirect: 'manual' })
    expect([joined.status, joined.headers.get('location')]).toEqual([303, `/events/${eventId}/booking`])
    expect(joined.headers.getSetCookie().map((cookie) => cookie.split('=')[0])).toEqual([
      `ticket-event-${eventId}`,
      `pass-event-${eventId}`,
    ])
  })
})
