import * as z from 'zod'
import { integerSetting, readSettings } from '../runtime/settings.ts'
import { tokenSecret } from './contract/tokens.ts'

const yesOrNo = z.enum(['yes', 'no']).default('no').transform((answer) => answer === 'yes')

const settings = z.object({
  EDGE_HOST: z.string().default('127.0.0.1'),
  EDGE_PORT: integerSetting(0, 65535, 8080),
  EDGE_METRICS_PORT: integerSetting(0, 65535, 9464),
  ORIGIN_URL: z.url({ protocol: /^https?$/ }),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }),
  TOKEN_SECRET: tokenSecret,
  TRUSTED_PROXIES: integerSetting(0, 10, 0),
  TRUST_FORWARDED_HOST: yesOrNo,
  EDGE_ROOMS: z.string().optional(),
  ROOM_MODE: z.enum(['fifo', 'draw', 'passthrough']).default('draw'),
  ROOM_PER_MINUTE: integerSetting(1, 10_000_000, 60_000),
  ROOM_CAPACITY: integerSetting(1, 10_000_000, 5_000),
  ROOM_TURN_SECONDS: integerSetting(5, 3_600, 60),
  ROOM_PASS_SECONDS: integerSetting(10, 86_400, 600),
  ROOM_IDLE_SECONDS: integerSetting(10, 86_400, 180),
  ROOM_LOBBY_SECONDS: integerSetting(0, 86_400, 1_800),
  ROOM_MAX_WAITING: integerSetting(1, 1_000_000_000, 10_000_000),
  ROOM_REQUIRES_LOGIN: yesOrNo,
  ROOM_PROOF_OF_WORK: yesOrNo,
  ORIGIN_IN_FLIGHT: integerSetting(1, 100_000, 512),
  ORIGIN_SLOW_MS: integerSetting(1, 10_000, 300),
  DRAIN_MS: integerSetting(0, 600_000, 0),
})

export type Config = ReturnType<typeof readConfig>

/** Reads the edge's settings. Throws one error that names every setting that is missing or wrong. */
export function readConfig(env: Record<string, string | undefined>) {
  const found = readSettings('edge', settings, env)
  return {
    listen: { hostname: found.EDGE_HOST, port: found.EDGE_PORT },
    /** Where the metrics are read, from this machine alone; null for nowhere. */
    listenToOperators: found.EDGE_METRICS_PORT === 0 ? null : { hostname: '127.0.0.1', port: found.EDGE_METRICS_PORT },
    originUrl: found.ORIGIN_URL,
    originInFlight: found.ORIGIN_IN_FLIGHT,
    originSlowMs: found.ORIGIN_SLOW_MS,
    redisUrl: found.REDIS_URL,
    /** How long it goes on serving after it was asked to stop, so that its balancer has noticed. */
    drainMs: found.DRAIN_MS,
    tokenKeys: found.TOKEN_SECRET,
    /** How many proxies in front of the edge may be believed about a visitor's address. */
    trustedProxies: found.TRUSTED_PROXIES,
    /** Whether the proxy in front sets X-Forwarded-Host. Many hand on what the visitor wrote there. */
    trustForwardedHost: found.TRUST_FORWARDED_HOST,
    /** A file of rooms, for an edge in front of another site than a NETicket shop. */
    roomsFile: found.EDGE_ROOMS ?? null,
    admission: {
      mode: found.ROOM_MODE,
      perMinute: found.ROOM_PER_MINUTE,
      capacity: found.ROOM_CAPACITY,
      turnMs: found.ROOM_TURN_SECONDS * 1000,
      passMs: found.ROOM_PASS_SECONDS * 1000,
      idleMs: found.ROOM_IDLE_SECONDS * 1000,
      lobbyMs: found.ROOM_LOBBY_SECONDS * 1000,
      stepMs: 250,
    },
    rules: {
      requiresLogin: found.ROOM_REQUIRES_LOGIN,
      proofOfWork: found.ROOM_PROOF_OF_WORK,
      maxWaiting: found.ROOM_MAX_WAITING,
    },
  }
}
