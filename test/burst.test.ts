import autocannon from 'autocannon'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Position, Snapshot } from '../edge/contract/rooms.ts'
import { tau } from './kendall.ts'
import { ownRedis } from './shop.ts'
import { openSite, type Site } from './site.ts'
import { until } from './until.ts'

const PEOPLE = 50_000
const POLLS = 100_000
/** The number of concurrent requests. One process simulates all visitors. */
const CONCURRENCY = 300

// This file counts the commands of its Redis.
let site: Site
let redis: Awaited<ReturnType<typeof ownRedis>>
beforeAll(async () => {
  redis = await ownRedis()
  const admission = { ROOM_MODE: 'fifo', ROOM_CAPACITY: '100000', ROOM_PER_MINUTE: '600000' }
  site = await openSite({ TRUSTED_PROXIES: '1', ...admission }, redis.url, 3)
})
afterAll(async () => {
  await site.close()
  await redis.close()
})

test(
  'three edges and one Redis: 50,000 visitors join in a burst, poll 100,000 times, and are admitted in order of arrival',
  async () => {
    const { eventId } = await site.shop.addSale({ seats: [100_000], opensInMs: 600_000 })
    const room = `/queue/event-${eventId}`
    await Promise.all(site.edgeUrls.map((url) => fetch(url + room).then((response) => response.json())))

    // In the order of sending. `index` is the order of arrival.
    const tickets: { index: number; ticket: string; status: number }[] = Array(PEOPLE)
    const beforeJoins = await scriptCalls()
    await forEachConcurrently(PEOPLE, async (i) => {
      const headers = { 'x-forwarded-for': `10.${i >> 16}.${i >> 8 & 255}.${i & 255}` }
      const response = await fetch(`${site.edgeUrls[i % 3]}${room}/tickets`, { method: 'POST', headers })
      const { index, ticket } = await response.json() as Position & { index: number; ticket: string }
      tickets[i] = { index, ticket, status: response.status }
    })
    const joinCalls = await scriptCalls() - beforeJoins
    expect(tickets.every(({ status }) => status === 201)).toBe(true)
    const indexes = tickets.map(({ index }) => index)
    expect(new Set(indexes).size).toBe(PEOPLE)
    expect([Math.min(...indexes.slice(0, 1_000)), Math.max(...indexes.slice(-1_000))]).toEqual([0, PEOPLE - 1])
    expect(joinCalls / PEOPLE).toBeLessThanOrEqual(0.1)

    const beforePolls = await scriptCalls()
    const startedAt = performance.now()
    let visitors = 0
    const polled = await autocannon({
      url: site.edgeUrl + room,
      amount: POLLS,
      connections: 50,
      setupClient: (client) => client.setHeaders({ accept: 'application/json', 'x-forwarded-for': `10.100.0.${visitors++}` }),
    })
    const seconds = (performance.now() - startedAt) / 1000
    const pollCalls = await scriptCalls() - beforePolls
    expect([polled['2xx'], polled.non2xx, polled.errors]).toEqual([POLLS, 0, 0])
    // Each of the three edges makes up to ten calls a second (ticks and steps). Polls must not add to them.
    expect(pollCalls).toBeLessThanOrEqual(3 * 2 * 5 * (seconds + 1))

    await site.shop.openSale(eventId)
    await until(async () => (await snapshot(site.edgeUrl + room)).phase === 'open')
    // The number of the step that called each position. Positions of the same step have no order among each other.
    const calledAt = new Int32Array(PEOPLE).fill(-1)
    const watched = tickets.filter((_, i) => i % 25 === 0)
    let [step, serving, admitted] = [0, 0, 0]
    while (serving < PEOPLE) {
      const now = await snapshot(site.edgeUrl + room)
      if (now.serving > serving) calledAt.fill(step++, serving, now.serving)
      const called = watched.filter(({ index }) => index >= serving && index < now.serving)
      serving = now.serving
      await Promise.all(called.map(async ({ ticket }, i) => {
        const headers = { authorization: `Bearer ${ticket}`, 'x-forwarded-for': `10.200.${i >> 8}.${i & 255}` }
        // Another edge may be a tick behind the one that was polled.
        for (let attempt = 0; attempt < 100; attempt++) {
          const claimed = await fetch(`${site.edgeUrls[i % 3]}${room}/pass`, { method: 'POST', headers })
          await claimed.body?.cancel()
          if (claimed.status === 201) return void admitted++
          await sleep(300)
        }
      }))
      await sleep(50)
    }
    expect(admitted).toBe(watched.length)

    const fairness = tau(indexes.map((index) => calledAt[index]!))
    process.stdout.write(
      `three edges: ${(joinCalls / PEOPLE).toFixed(4)} script calls per join; ${pollCalls} in ${
        seconds.toFixed(1)
      } s with ${POLLS} polls; ` +
        `tau of arrival and admission ${fairness.toFixed(6)} in ${step} steps\n`,
    )
    expect(step).toBeGreaterThan(5)
    expect(fairness).toBeGreaterThanOrEqual(0.999)
  },
  300_000,
)

const snapshot = async (url: string) => await (await fetch(url, { headers: { accept: 'application/json' } })).json() as Snapshot

/** The number of scripts that Redis has run. Edges send no other commands. */
async function scriptCalls(): Promise<number> {
  const stats = await site.shop.redis.info('commandstats')
  return [...stats.matchAll(/cmdstat_(?:evalsha|eval):calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0)
}

async function forEachConcurrently(count: number, action: (i: number) => Promise<void>): Promise<void> {
  let next = 0
  await Promise.all(Array.from({ length: CONCURRENCY }, async () => {
    while (next < count) await action(next++)
  }))
}
