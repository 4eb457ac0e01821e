/** Upper bound: Hono on Bun with one auto-pipelined Redis GET per request, the minimum cost of a stateful response. */
import { Hono } from 'hono'
import { Redis } from 'ioredis'

const redis = new Redis(Bun.env.REDIS_URL!, { enableAutoPipelining: true })
await redis.set('bench:get', Bun.env.BODY ?? '{}', 'EX', 3600)
const app = new Hono()
  .get('/healthz', (c) => c.json({ status: 'ok' }))
  .post('*', async (c) => c.body((await redis.get('bench:get'))!, 201, { 'content-type': 'application/json' }))
Bun.serve({ hostname: '127.0.0.1', port: Number(Bun.env.PORT), fetch: app.fetch })
