import { sql } from 'drizzle-orm'
import { Hono } from 'hono'
import type { Deps } from '../deps.ts'
import { type Env, requireInternalToken } from '../http.tsx'
import { withTimeout } from '../../runtime/timeout.ts'
import { describeInventory } from '../describe-inventory.ts'

type Parts = Pick<Deps, 'db' | 'redis' | 'catalogue' | 'log' | 'metrics' | 'inventoryWatch' | 'tokenKeys'>

/** Metrics and inventory, for operators with the internal token; health, for load balancers. */
export const operations = (parts: Parts) => {
  const checkReadiness = createReadiness(parts)
  const internal = requireInternalToken(parts)
  return new Hono<Env>()
    .get(
      '/metrics',
      internal,
      async (c) => c.body(await parts.metrics.text(), 200, { 'content-type': 'text/plain; version=0.0.4' }),
    )
    .get('/inventory', internal, (c) => {
      c.header('cache-control', 'no-store')
      return c.json({ sales: parts.inventoryWatch.last().map(describeInventory) })
    })
    .get('/healthz', (c) => {
      c.header('cache-control', 'no-store')
      return c.json({ status: 'ok' })
    })
    .get('/readyz', async (c) => {
      c.header('cache-control', 'no-store')
      const readiness = await checkReadiness()
      return c.json(readiness, readiness.ready ? 200 : 503)
    })
}

/** Below the usual timeout of a load balancer. */
const READY_TIMEOUT_MS = 1_000

/** Once ready, an origin stays ready: it sells without MySQL, and a store outage must not remove all origins from the load balancer. */
function createReadiness({ db, redis, catalogue, log }: Parts) {
  let wasReady = false
  let lastMissing: string | null = null
  return async () => {
    if (wasReady) return { ready: true }
    const query = withTimeout(db.execute(sql`select 1`), READY_TIMEOUT_MS, () => Promise.reject(new Error('too slow')))
    const [ping, answer] = await Promise.allSettled([redis.ping(), query])
    const stores = {
      redis: ping.status === 'fulfilled',
      mysql: answer.status === 'fulfilled',
      catalogue: catalogue.isLoaded(),
    }
    const isReady = Object.values(stores).every(Boolean)
    // Once, and when it changes: load balancers ask several times a second.
    const missing = Object.keys(stores).filter((name) => !stores[name as keyof typeof stores]).join(' ')
    if (missing !== lastMissing) log(isReady ? 'origin_ready' : 'origin_not_ready', { missing })
    lastMissing = missing
    wasReady = isReady
    return { ready: wasReady, ...stores }
  }
}
