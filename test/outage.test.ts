import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defineRoomScripts, joinRoom } from '../db/redis/room/room.ts'
import { openRedis } from '../db/redis/client.ts'
import type { Position, Snapshot } from '../edge/contract/rooms.ts'
import { send } from './http.ts'
import { ownRedis } from './shop.ts'
import { openSite, type Site } from './site.ts'
import { until } from './until.ts'

const OUTAGE_MS = 60_000
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
  'Redis is down for a minute with 50,000 waiting: polls and passes work, positions stay, joins get a retry time, and the room recovers by itself',
  async () => {
    const { eventId } = await site.shop.addSale({ seats: [1_000] })
    const [person] = await site.shop.addPeople(1)
    const room = (edge: number) => `${site.edgeUrls[edge]}/queue/event-${eventId}`
    const poll = async (edge = 0) =>
      await (await fetch(room(edge), { headers: { accept: 'application/json' } })).json() as Snapshot
    const join = (edge = 0, headers: Record<string, string> = {}) => fetch(`${room(edge)}/tickets`, { method: 'POST', headers })
    const claim = (ticket: string) => fetch(`${room(0)}/pass`, { method: 'POST', headers: { authorization: `Bearer ${ticket}` } })
    await Promise.all([poll(0), poll(1)])
    const visitor = await (await join()).json() as Ticket
    const pass = await (await claim(visitor.ticket)).json() as { pass: string }

    const store = openRedis(site.shop.redisUrl)
    defineRoomScripts(store)
    await until(async () => await store.ping().catch(() => null) === 'PONG')
    await joinRoom(store, `event-${eventId}`, Array<null>(WAITING).fill(null))
    store.disconnect()
    const tickets = await Promise.all(Array.from({ length: 20 }, async (_, i) => await (await join(i % 2)).json() as Ticket))
    await until(async () => (await poll(1)).issued > WAITING)
    const before = await poll(0)

    await redis.server.running.stop()
    const { count, failures, phases } = await pollFor(OUTAGE_MS)
    expect(count).toBeGreaterThan(300)
    expect(failures).toEqual([])
    expect(phases).toContain('paused store')

    // Both edges reject a join at once, with a time to retry.
    for (const edge of [0, 1]) {
      const rejected = await join(edge)
      const problem = await rejected.json() as { code: string; retryAfterSeconds: number }
      expect([rejected.status, problem.code, rejected.headers.get('retry-after')]).toEqual([503, 'store_unavailable', '3'])
    }
    // The signature identifies the ticket; the position is computed from the last snapshot of the room.
    const rejoined = await join(0, { authorization: `Bearer ${tickets[3]!.ticket}` })
    expect(rejoined.status).toBe(200)
    expect(await rejoined.json()).toMatchObject({ index: tickets[3]!.index, position: tickets[3]!.position })
    // A pass is enough for the booking page, which the origin renders.
    const booking = async (token: string) =>
      await send(`${site.edgeUrl}/events/${eventId}/booking`, {
        headers: { ...await site.insider(person!, eventId), accept: 'text/html', 'x-queue-pass': token },
      })
    const admitted = await booking(pass.pass)
    expect([admitted.status, admitted.text]).toEqual([200, expect.stringContaining('name="idempotencyKey"')])
    expect(await booking(visitor.ticket)).toMatchObject({ status: 303, location: `/queue/event-${eventId}` })

    redis.server.running = await redis.server.start()
    await until(async () => (await poll(0)).phase !== 'paused' && (await poll(1)).phase !== 'paused')
    const after = await poll(0)
    expect([after.epoch, after.serving >= before.serving]).toEqual([before.epoch, true])
    for (const ticket of tickets) {
      const kept = await join(1, { authorization: `Bearer ${ticket.ticket}` })
      expect(await kept.json()).toMatchObject({ index: ticket.index, position: ticket.position })
    }
    const newcomer = await join()
    expect(newcomer.status).toBe(201)
    expect((await newcomer.json() as Ticket).index).toBeGreaterThan(Math.max(...tickets.map(({ index }) => index)))
    // The queue moves again.
    const released = await fetch(`${room(0)}/tickets`, { method: 'DELETE', headers: { 'x-queue-pass': pass.pass } })
    expect(released.status).toBe(204)
    await until(async () => (await poll(0)).serving > before.serving)

    await site.restartEdge()
    const restarted = await join(0, { authorization: `Bearer ${tickets[7]!.ticket}` })
    expect(await restarted.json()).toMatchObject({ index: tickets[7]!.index, position: tickets[7]!.position })

    /** Polls both edges with ten clients. Counts polls, and collects failed statuses and the phases with their reasons. */
    async function pollFor(durationMs: number): Promise<{ count: number; failures: number[]; phases: Set<string> }> {
      const result = { count: 0, failures: [] as number[], phases: new Set<string>() }
      const endsAt = performance.now() + durationMs
      await Promise.all(Array.from({ length: 10 }, async (_, i) => {
        while (performance.now() < endsAt) {
          const response = await fetch(room(i % 2), { headers: { accept: 'application/json' } })
          const snapshot = await response.json() as Snapshot
          result.count++
          if (response.status !== 200) result.failures.push(response.status)
          result.phases.add(`${snapshot.phase} ${snapshot.heldBy}`)
          await sleep(100)
        }
      }))
      return result
    }
  },
  300_000,
)
