import * as z from 'zod'
import { readSettings, tokenSecret, whole } from './contract/settings.ts'

const settings = z.object({
  EDGE_HOST: z.string().default('127.0.0.1'),
  EDGE_PORT: whole(0, 65535, 8080),
  ORIGIN_URL: z.url({ protocol: /^https?$/ }),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }),
  TOKEN_SECRET: tokenSecret,
  TRUSTED_PROXIES: whole(0, 10, 0),
  ROOM_PER_MINUTE: whole(1, 10_000_000, 60_000),
  ROOM_CAPACITY: whole(1, 10_000_000, 5_000),
  ROOM_TURN_SECONDS: whole(5, 3_600, 60),
  ROOM_PASS_SECONDS: whole(10, 86_400, 600),
  ROOM_LOBBY_SECONDS: whole(0, 86_400, 1_800),
  ORIGIN_IN_FLIGHT: whole(1, 100_000, 512),
})

export type Config = ReturnType<typeof readConfig>

/** Reads the edge's settings. Throws one error that names every setting that is missing or wrong. */
export function readConfig(env: Record<string, string | undefined>) {
  const found = readSettings('edge', settings, env)
  return {
    listen: { hostname: found.EDGE_HOST, port: found.EDGE_PORT },
    originUrl: found.ORIGIN_URL,
    originInFlight: found.ORIGIN_IN_FLIGHT,
    redisUrl: found.REDIS_URL,
    tokenKeys: found.TOKEN_SECRET,
    /** How many proxies in front of the edge may be believed about a visitor's address. */
    trustedProxies: found.TRUSTED_PROXIES,
    admission: {
      perMinute: found.ROOM_PER_MINUTE,
      capacity: found.ROOM_CAPACITY,
      turnMs: found.ROOM_TURN_SECONDS * 1000,
      passMs: found.ROOM_PASS_SECONDS * 1000,
      lobbyMs: found.ROOM_LOBBY_SECONDS * 1000,
      stepMs: 250,
    },
  }
}
