import { sql } from 'drizzle-orm'
import { Hono } from 'hono'
import type { Deps } from '../deps.ts'
import type { Env } from '../http.tsx'
import { describeInventory } from './seats.ts'

type Parts = Pick<Deps, 'db' | 'redis' | 'catalogue' | 'metrics' | 'inventoryWatch'>

/** Metrics, inventory and health, for operators and load balancers. The edge does not forward these paths. */
export const operations = (parts: Parts) => {
  const checkReadiness = createReadiness(parts)
  return new Hono<Env>()
    .get('/metrics', async (c) => c.body(await parts.metrics.text(), 200, { 'content-type': 'text/plain; version=0.0.4' }))
    .get('/inventory', (c) => {
      c.header('cache-control', 'no-store')
      return c.json({ sales: parts.inventoryWatch.last().map(describeInventory) })
    })
    .get('/healthz', (c) => c.json({ status: 'ok' }))
    .get('/readyz', async (c) => {
      c.header('cache-control', 'no-store')
      const readiness = await checkReadiness()
      return c.json(readiness, readiness.ready ? 200 : 503)
    })
}

/** Once ready, an origin stays ready: it sells without MySQL, and a store outage must not remove all origins from the load balancer. */
function createReadiness({ db, redis, catalogue }: Parts) {
  let wasReady = false
  return async () => {
    if (wasReady) return { ready: true }
    const [ping, query] = await Promise.allSettled([redis.ping(), db.execute(sql`select 1`)])
    const stores = {
      redis: ping.status === 'fulfilled',
      mysql: query.status === 'fulfilled',
      catalogue: catalogue.isLoaded(),
    }
    wasReady = Object.values(stores).every(Boolean)
    return { ready: wasReady, ...stores }
  }
}
