import { afterAll, beforeAll, expect, test } from 'vitest'
import { createEventClient } from './event-client.ts'
import { createUpstream } from './upstream.ts'

let shop: ReturnType<typeof Bun.serve>
let left = 10
let status = 'on_sale'
beforeAll(() => {
  shop = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: () =>
      Response.json(
        {
          title: 'A concert',
          opensAt: '2026-11-28T09:00:00Z',
          closesAt: '2026-11-29T09:00:00Z',
          status,
          ticketTypes: [{ left }],
        },
        { headers: { 'cache-control': 'public, max-age=60, stale-while-revalidate=60' } },
      ),
  })
})
afterAll(() => shop.stop(true))

test('findEvent() bypasses the cache that findTitle() uses', async () => {
  const now = Date.now
  const upstream = createUpstream({
    originUrl: shop.url.href,
    internalToken: 'unused',
    inFlight: 10,
    slowMs: 300,
    now,
    onForwarded() {},
  })
  const events = createEventClient({ upstream, internalToken: 'unused', now })
  expect([await events.findTitle(1, 'ko'), (await events.findEvent(1))?.seatsLeft]).toEqual(['A concert', 10])
  left = 0
  status = 'stopped'
  expect(await events.findEvent(1)).toMatchObject({ seatsLeft: 0, isStopped: true })
  status = 'cancelled'
  expect(await events.findEvent(1)).toMatchObject({ closesAtMs: 0, isStopped: false })
})
