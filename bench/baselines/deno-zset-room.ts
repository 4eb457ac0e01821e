/**
 * A common design: a waiting room that keeps every visitor in a sorted set and reads the rank from Redis at each poll. Joining adds a
 * member; the ticket is its random name, unsigned.
 */
import { Hono } from 'hono'
import { Redis } from 'ioredis'

const redis = new Redis(Deno.env.get('REDIS_URL')!, { enableAutoPipelining: true })
const app = new Hono()
  .get('/healthz', (c) => c.json({ status: 'ok' }))
  .post('/queue/:room/tickets', async (c) => {
    const key = `bench:zset:${c.req.param('room')}`
    const ticket = crypto.randomUUID()
    await redis.zadd(key, Date.now(), ticket)
    return c.json({ ticket, position: await redis.zrank(key, ticket) }, 201)
  })
  .get('/queue/:room', async (c) => {
    const rank = await redis.zrank(`bench:zset:${c.req.param('room')}`, c.req.query('ticket') ?? '')
    return rank === null ? c.json({ code: 'not_found' }, 404) : c.json({ serving: 0, ahead: rank, pollAfterMs: 2_000 })
  })
Deno.serve({ hostname: '127.0.0.1', port: Number(Deno.env.get('PORT')), onListen() {} }, app.fetch)
