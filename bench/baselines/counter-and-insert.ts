/**
 * A common design, also of the replaced system: a counter in Redis holds the seats left, and each booking is inserted into MySQL before the
 * response, one statement each. A crash between the two loses seats. It skips authentication, which favours it.
 */
import { Hono } from 'hono'
import { Redis } from 'ioredis'
import { createPool } from 'mysql2/promise'

const redis = new Redis(Bun.env.REDIS_URL!, { enableAutoPipelining: true })
const pool = createPool({ uri: Bun.env.MYSQL_URL!, connectionLimit: 32, timezone: 'Z' })

const app = new Hono()
  .get('/healthz', (c) => c.json({ status: 'ok' }))
  .put('/seats/:type/:seats', async (c) => {
    await redis.set(`bench:left:${c.req.param('type')}`, c.req.param('seats'), 'EX', 3600)
    return c.body(null, 204)
  })
  .post('/api/events/:id/reservations', async (c) => {
    const { ticketTypeId, quantity } = await c.req.json()
    const left = await redis.decrby(`bench:left:${ticketTypeId}`, quantity)
    if (left < 0) {
      await redis.incrby(`bench:left:${ticketTypeId}`, quantity)
      return c.json({ code: 'sold_out' }, 409)
    }
    const id = Bun.randomUUIDv7('buffer')
    await pool.query(
      'insert into reservations (id, event_id, ticket_type_id, user_id, quantity, booked, unit_price, idempotency_key, created_at)' +
        ' values (?, ?, ?, ?, ?, ?, 10000, ?, now(3))',
      [id, c.req.param('id'), ticketTypeId, c.req.header('x-person'), quantity, quantity, c.req.header('idempotency-key')],
    )
    return c.json({ reservation: { id: id.toString('hex') }, left }, 201)
  })
Bun.serve({ hostname: '127.0.0.1', port: Number(Bun.env.PORT), fetch: app.fetch })
