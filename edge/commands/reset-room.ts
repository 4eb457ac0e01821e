/**
 * Resets the rooms named on the command line: their queue tickets and passes become void, indexes start from 0, and a draw that has not been
 * held gets a new commitment. All edges follow within two seconds (docs/edge.md).
 */
import * as z from 'zod'
import { openRedis, untilReady } from '../../db/redis/client.ts'
import { defineRoomScripts, resetRoom } from '../../db/redis/room/room.ts'

const env = z.object({ REDIS_URL: z.url({ protocol: /^rediss?$/ }) }).parse(process.env)
const rooms = z.array(z.string()).min(1, 'usage: npm run reset-room -- <room> ...').parse(process.argv.slice(2))
const redis = openRedis(env.REDIS_URL)
defineRoomScripts(redis)
try {
  await untilReady(redis)
  for (const room of rooms) {
    const { kind, ...facts } = await resetRoom(redis, room)
    process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), event: `room_${kind}`, room, ...facts })}\n`)
    if (kind === 'unknown') process.exitCode = 1
  }
} finally {
  redis.disconnect()
}
