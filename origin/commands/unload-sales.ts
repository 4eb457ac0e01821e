/**
 * Removes every sale from Redis. Run it after MySQL was restored to an earlier point in time, which Redis does not match. Stop all origins
 * first: a running one would load the sales again (docs/operations.md).
 */
import * as z from 'zod'
import { openRedis, untilReady } from '../../db/redis/client.ts'
import { findSales, unloadSale } from '../../db/redis/sale/sale.ts'

const env = z.object({ REDIS_URL: z.url({ protocol: /^rediss?$/ }) }).parse(process.env)
const redis = openRedis(env.REDIS_URL)
try {
  await untilReady(redis)
  const eventIds = await findSales(redis)
  for (const eventId of eventIds) await unloadSale(redis, eventId)
  process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), event: 'sales_unloaded', eventIds })}\n`)
} finally {
  redis.disconnect()
}
