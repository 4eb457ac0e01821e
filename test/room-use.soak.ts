import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openRedis, untilReady } from '../db/redis/client.ts'
import { roomKeys } from '../db/redis/keys.ts'
import { nextPollMs } from '../edge/contract/polling.ts'
import type { Snapshot } from '../edge/contract/rooms.ts'
import { estimateWaitMs } from '../edge/contract/wait-estimate.ts'
import { createBrowsers } from './edge-alone/browser.ts'
import { openEdgeAlone } from './edge-alone/setup.ts'

/** The shares of visitors who join and never claim, as in the simulation (`utilisation.test.ts`). */
const NO_SHOWS = 0.3
const WARM_UP_MS = 30_000
const MEASURED_MS = 90_000
const SAMPLE_MS = 250
/** Snapshots are streamed at this interval; each visitor claims within as much time again. */
const STREAM_MS = 250

type Case = { capacity: number; visitMs: number; clients: 'polling' | 'streaming' }
type Run = Case & { random: () => number; ends: AbortController; latest: () => Snapshot }
type Browser = ReturnType<ReturnType<typeof createBrowsers>>

/**
 * How full small rooms are, with a real edge, a real Redis and visitors who follow the rules of the waiting page. Prints the mean use of the
 * capacity after the warm-up, which `npm run soak -- room-use` measures on a quiet machine: 98, 96 and 94 % in the simulation.
 */
test.each<Case>([
  { capacity: 100, visitMs: 20_000, clients: 'polling' },
  { capacity: 50, visitMs: 10_000, clients: 'streaming' },
  { capacity: 50, visitMs: 10_000, clients: 'polling' },
])('a room of $capacity with visits of $visitMs ms, $clients', async (room) => {
  const alone = await openEdgeAlone([{ name: 'small', paths: ['/small'], capacity: room.capacity, perMinute: 120_000 }])
  const redis = openRedis(alone.edges.redisUrl)
  await untilReady(redis)
  const ends = new AbortController()
  let latest: Snapshot = await alone.openBrowser().snapshot('small')
  const run: Run = { ...room, random: Math.random, ends, latest: () => latest }
  const outflow = room.capacity * 1_000 / room.visitMs
  const people = Math.ceil(1.3 * (room.capacity + outflow * (WARM_UP_MS + MEASURED_MS) / 1_000) / (1 - NO_SHOWS)) + 50
  const watching = watch(ends.signal, async () => void (latest = await alone.openBrowser().snapshot('small')))
  const visitors = Array.from({ length: people }, async () => {
    const browser = alone.openBrowser()
    const { position } = await browser.join('small')
    if (run.random() < NO_SHOWS) return
    await waitForTurn(run, browser, position)
    await visit(run, browser)
  })
  await delay(WARM_UP_MS)
  const samples: number[] = []
  await watch(AbortSignal.timeout(MEASURED_MS), async () => {
    samples.push(await redis.hlen(roomKeys('small').visits))
  })
  const use = samples.reduce((sum, visits) => sum + visits, 0) / samples.length / room.capacity
  process.stdout.write(
    `${room.capacity} places, ${room.visitMs} ms, ${room.clients}: ${(100 * use).toFixed(1)} % in use, at most ${
      Math.max(...samples)
    }\n`,
  )
  expect(Math.max(...samples)).toBeLessThanOrEqual(room.capacity)
  expect(latest.serving, 'somebody waits to the end').toBeLessThan(latest.issued)
  ends.abort()
  await Promise.allSettled([watching, ...visitors])
  redis.disconnect()
  await alone.close()
})

/** Does something at an interval until a signal. */
async function watch(signal: AbortSignal, look: () => Promise<unknown>): Promise<void> {
  while (!signal.aborted) await Promise.all([look(), delay(SAMPLE_MS)])
}

/** Polls or receives each snapshot, and claims when the position is called. Rejects at the end of the run. */
async function waitForTurn(run: Run, browser: Browser, position: number): Promise<void> {
  for (let isFirst = true;; isFirst = false) {
    const snapshot = run.clients === 'polling' ? await browser.snapshot('small') : run.latest()
    if (position < snapshot.serving && (await browser.claim('small')).status === 201) return
    const pollMs = nextPollMs(snapshot, position, estimateWaitMs(snapshot, position), run.random(), isFirst)
    await delay(run.clients === 'polling' ? pollMs : STREAM_MS * run.random(), undefined, { signal: run.ends.signal })
  }
}

/** Five requests with exponential pauses, then the end of the visit. */
async function visit({ visitMs, random, ends }: Run, browser: Browser): Promise<void> {
  for (let request = 0; request < 5; request++) {
    await delay(-Math.log(1 - random()) * visitMs / 5, undefined, { signal: ends.signal })
    await browser.get('/small')
  }
  await browser.leave('small')
}
