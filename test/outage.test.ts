import { afterAll, beforeAll, expect, test } from 'vitest'
import { defineRoomScripts, joinRoom } from '../db/redis/room/room.ts'
import { openRedis } from '../db/redis/client.ts'
import type { Position, Snapshot } from '../edge/contract/rooms.ts'
import { send } from './http.ts'
import { ownRedis } from './shop.ts'
import { openSite, type Site } from './site.ts'
import { until } from './until.ts'

const AWAY_MS = 60_000
const WAITING = 50_000

let site: Site
let redis: Awaited<ReturnType<typeof ownRedis>>
beforeAll(async () => {
  redis = await ownRedis()
  site = await openSite({ TRUSTED_PROXIES: '1', ROOM_MODE: 'fifo', ROOM_CAPACITY: '30', ROOM_IDLE_SECONDS: '600' }, redis.url, 2)
})
afterAll(async () => {
  await site.close()
  await redis.close()
})

type Ticket = Position & { index: number; ticket: string }

test(
  'Redis is away for a minute with 50,000 waiting: polls go on, passes work, places stay, joins are told when, and all goes on by itself',
  async () => {
    const { eventId } = await site.shop.addSale({ seats: [1_000] })
    const [person] = await site.shop.addPeople(1)
    const room = (edge: number) => `${site.edgeUrls[edge]}/queue/event-${eventId}`
    const look = async (edge = 0) =>
      await (await fetch(room(edge), { headers: { accept: 'application/json' } })).json() as Snapshot
    const join = (edge = 0, headers: Record<string, string> = {}) => fetch(`${room(edge)}/tickets`, { method: 'POST', headers })
    const claim = (ticket: string) => fetch(`${room(0)}/pass`, { method: 'POST', headers: { authorization: `Bearer ${ticket}` } })
    await Promise.all([look(0), look(1)])
    const inside = await (await join()).json() as Ticket
    const pass = await (await claim(inside.ticket)).json() as { pass: string }

    const store = openRedis(site.shop.redisUrl)
    defineRoomScripts(store)
    await until(async () => await store.ping().catch(() => null) === 'PONG')
    await joinRoom(store, `event-${eventId}`, Array<null>(WAITING).fill(null))
    store.disconnect()
    const before = await Promise.all(Array.from({ length: 20 }, async (_, i) => await (await join(i % 2)).json() as Ticket))
    await until(async () => (await look(1)).issued > WAITING)
    const calm = await look(0)

    const [redisServer] = [redis.server]
    await redisServer.running.stop()
    const awayUntil = Date.now() + AWAY_MS
    const [polls, refusedPolls, waits]: [number, number[], Set<string>] = await pollUntil(awayUntil)
    expect(polls).toBeGreaterThan(1_000)
    expect(refusedPolls).toEqual([])
    expect(waits).toContain('paused store')

    // Joining is answered with a time to come back, at once and by both edges.
    for (const edge of [0, 1]) {
      const refused = await join(edge)
      const problem = await refused.json() as { code: string; retryAfterSeconds: number }
      expect([refused.status, problem.code, refused.headers.get('retry-after')]).toEqual([503, 'store_unavailable', '3'])
    }
    // A ticket is known by its signature, and its place by the last that was known of the room.
    const again = await join(0, { authorization: `Bearer ${before[3]!.ticket}` })
    expect(again.status).toBe(200)
    expect(await again.json()).toMatchObject({ index: before[3]!.index, position: before[3]!.position })
    // A pass opens the gate: the form for a booking is the origin's.
    const booking = async (token: string) =>
      await send(`${site.edgeUrl}/events/${eventId}/booking`, {
        headers: { ...await site.insider(person!, eventId), accept: 'text/html', 'x-queue-pass': token },
      })
    const behind = await booking(pass.pass)
    expect([behind.status, behind.text]).toEqual([200, expect.stringContaining('name="idempotencyKey"')])
    expect(await booking(inside.ticket)).toMatchObject({ status: 303, location: `/queue/event-${eventId}` })

    redisServer.running = await redisServer.start()
    await until(async () => (await look(0)).phase !== 'paused' && (await look(1)).phase !== 'paused')
    const after = await look(0)
    expect([after.epoch, after.serving >= calm.serving]).toEqual([calm.epoch, true])
    for (const ticket of before) {
      const kept = await join(1, { authorization: `Bearer ${ticket.ticket}` })
      expect(await kept.json()).toMatchObject({ index: ticket.index, position: ticket.position })
    }
    const newcomer = await join()
    expect(newcomer.status).toBe(201)
    expect((await newcomer.json() as Ticket).index).toBeGreaterThan(Math.max(...before.map(({ index }) => index)))
    // The line moves again.
    const released = await fetch(`${room(0)}/tickets`, { method: 'DELETE', headers: { 'x-queue-pass': pass.pass } })
    expect(released.status).toBe(204)
    await until(async () => (await look(0)).serving > calm.serving)

    await site.restartEdge()
    const restarted = await join(0, { authorization: `Bearer ${before[7]!.ticket}` })
    expect(await restarted.json()).toMatchObject({ index: before[7]!.index, position: before[7]!.position })

    async function pollUntil(endMs: number): Promise<[number, number[], Set<string>]> {
      const [failed, said]: [number[], Set<string>] = [[], new Set()]
      let asked = 0
      await Promise.all(Array.from({ length: 10 }, async (_, i) => {
        while (Date.now() < endMs) {
          const response = await fetch(room(i % 2), { headers: { accept: 'application/json' } })
          const snapshot = await response.json() as Snapshot
          asked++
          if (response.status !== 200) failed.push(response.status)
          said.add(`${snapshot.phase} ${snapshot.heldBy}`)
          await new Promise((resolve) => setTimeout(resolve, 100))
        }
      }))
      return [asked, failed, said]
    }
  },
  150_000,
)
