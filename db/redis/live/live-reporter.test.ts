import type { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signalGroup } from '../../../dev/processes.ts'
import { ownRedis } from '../../../test/shop.ts'
import { until } from '../../../test/until.ts'
import { openRedis, untilReady } from '../client.ts'
import { readCounts, readLiveEvents } from './live-counts.ts'
import { type LiveReporter, openLiveReporter } from './live-reporter.ts'
import { readProcesses } from './processes.ts'

let server: Awaited<ReturnType<typeof ownRedis>>
let redis: Redis
let reporter: LiveReporter
beforeAll(async () => {
  server = await ownRedis()
  redis = openRedis(server.url)
  await untilReady(redis)
  reporter = openLiveReporter({
    redis,
    process: { id: 'one', kind: 'origin', version: 'test' },
    health: () => ({ isHealthy: true, lagMs: 5 }),
    rooms: () => [],
    now: Date.now,
    log: () => {},
  })
})
afterAll(async () => {
  signalGroup(server.server.running.pid, 'SIGCONT')
  await reporter.close()
  redis.disconnect()
  await server.close()
})

/** The sum of a counter of an event over the last minute. */
async function total(eventId: number, name: string): Promise<number> {
  const second = Math.floor(Date.now() / 1000)
  const counts = await Promise.all(Array.from({ length: 60 }, (_, i) => readCounts(redis, eventId, second - i)))
  return counts.reduce((sum, each) => sum + Number(each[name] ?? 0), 0)
}

test('counts reach Redis, and the process reports that it lives', async () => {
  reporter.add(7, 'bookings')
  reporter.add(7, 'seats', 3)
  await until(async () => await total(7, 'seats') === 3)
  expect(await total(7, 'bookings')).toBe(1)
  expect(await readLiveEvents(redis, Math.floor(Date.now() / 1000) - 60, 10)).toEqual([7])
  expect(await readProcesses(redis, Date.now())).toMatchObject([{ id: 'one', version: 'test', isHealthy: true, lagMs: 5 }])
  // A process that has been silent for half a minute is forgotten.
  expect(await readProcesses(redis, Date.now() + 31_000)).toEqual([])
})

test('while Redis does not answer, counting goes on, reports are dropped, and later counts arrive', async () => {
  const before = reporter.dropped()
  signalGroup(server.server.running.pid, 'SIGSTOP')
  await until(() => {
    reporter.add(8, 'bookings')
    return reporter.dropped() >= before + 2
  })
  signalGroup(server.server.running.pid, 'SIGCONT')
  await untilReady(redis, 60_000)
  await until(async () => {
    reporter.add(8, 'joins')
    return await total(8, 'joins').catch(() => 0) > 0
  })
})

test('a flood of event ids takes bounded memory and does not displace the busiest event', async () => {
  for (let i = 0; i < 100; i++) reporter.add(9, 'bookings')
  for (let id = 1_000; id < 50_000; id++) reporter.add(id, 'refused:pass_required')
  await until(async () => await total(9, 'bookings').catch(() => 0) === 100)
  expect((await readLiveEvents(redis, 0, 10_000)).length).toBeLessThan(1_000)
})
