/**
 * Takes every sale out of Redis, after MySQL was restored to an older moment: what Redis knows is then of another past. No origin may run
 * meanwhile, since it would put them back from where it looks (docs/operations.md).
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
