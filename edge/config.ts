import * as z from 'zod'
import { integerSetting, readSettings, releaseSetting } from '../runtime/settings.ts'
import { tokenSecret } from './contract/tokens.ts'
import { IDENTITIES, PROOF_OF_WORK_RULES } from './waiting-room/room-plan.ts'
import { INITIAL_SETTINGS } from './waiting-room/room-settings.ts'

const yesOrNo = z.enum(['yes', 'no']).default('no').transform((value) => value === 'yes')

const settings = z.object({
  EDGE_HOST: z.string().default('127.0.0.1'),
  EDGE_PORT: integerSetting(0, 65535, 8080),
  EDGE_METRICS_PORT: integerSetting(0, 65535, 9464),
  ORIGIN_URL: z.url({ protocol: /^https?$/ }),
  ORIGIN_CA_FILE: z.string().optional(),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }),
  TOKEN_SECRET: tokenSecret,
  TRUSTED_PROXIES: integerSetting(0, 10, 0),
  TRUST_FORWARDED_HOST: yesOrNo,
  EDGE_ROOMS: z.string().optional(),
  ROOM_MODE: z.enum(['fifo', 'draw', 'passthrough']).default(INITIAL_SETTINGS.mode),
  ROOM_PER_MINUTE: integerSetting(1, 10_000_000, INITIAL_SETTINGS.perMinute),
  ROOM_CAPACITY: integerSetting(1, 10_000_000, INITIAL_SETTINGS.capacity),
  ROOM_TURN_SECONDS: integerSetting(5, 3_600, INITIAL_SETTINGS.turnSeconds),
  ROOM_PASS_SECONDS: integerSetting(10, 86_400, INITIAL_SETTINGS.passSeconds),
  ROOM_IDLE_SECONDS: integerSetting(10, 86_400, INITIAL_SETTINGS.idleSeconds),
  ROOM_LOBBY_SECONDS: integerSetting(0, 86_400, INITIAL_SETTINGS.lobbySeconds),
  ROOM_MAX_WAITING: integerSetting(1, 1_000_000_000, 10_000_000),
  ROOM_IDENTITY: z.enum(IDENTITIES).default(INITIAL_SETTINGS.identity),
  ROOM_PROOF_OF_WORK: z.enum(PROOF_OF_WORK_RULES).default(INITIAL_SETTINGS.work),
  ROOM_JOINS_WITHOUT_WORK: integerSetting(0, 1_000_000, 30),
  ROOM_ANONYMOUS_JOINS: integerSetting(1, 1_000_000, 300),
  ROOM_ANONYMOUS_JOINS_PER_MINUTE: integerSetting(1, 1_000_000, 60),
  ORIGIN_IN_FLIGHT: integerSetting(1, 100_000, 512),
  ORIGIN_SLOW_MS: integerSetting(1, 10_000, 300),
  DRAIN_MS: integerSetting(0, 600_000, 0),
  RELEASE: releaseSetting,
})

export type Config = ReturnType<typeof readConfig>

/** Reads the edge's settings from the environment. Throws one Error that names every missing or invalid setting. */
export function readConfig(env: Record<string, string | undefined>) {
  const parsed = readSettings('edge', settings, env)
  return {
    listen: { hostname: parsed.EDGE_HOST, port: parsed.EDGE_PORT },
    /** The address of the metrics, on the loopback interface; null disables them. */
    listenForMetrics: parsed.EDGE_METRICS_PORT === 0 ? null : { hostname: '127.0.0.1', port: parsed.EDGE_METRICS_PORT },
    originUrl: parsed.ORIGIN_URL,
    /** The path of a file with certificate authorities in PEM to trust besides the public ones. */
    originCaFile: parsed.ORIGIN_CA_FILE ?? null,
    originInFlight: parsed.ORIGIN_IN_FLIGHT,
    originSlowMs: parsed.ORIGIN_SLOW_MS,
    redisUrl: parsed.REDIS_URL,
    /** How long the edge continues to serve after the stop signal, until the load balancer has removed it. */
    drainMs: parsed.DRAIN_MS,
    tokenKeys: parsed.TOKEN_SECRET,
    /** The name of the release, as the live board shows it. */
    release: parsed.RELEASE,
    /** The number of trusted proxies in front of the edge. They append a visitor's address to X-Forwarded-For. */
    trustedProxies: parsed.TRUSTED_PROXIES,
    /** Whether the proxy in front sets X-Forwarded-Host. Many proxies forward the visitor's own value instead. */
    trustForwardedHost: parsed.TRUST_FORWARDED_HOST,
    /** The path of the rooms file, for an edge in front of a site that is not a NETicket shop. */
    roomsFile: parsed.EDGE_ROOMS ?? null,
    admission: {
      mode: parsed.ROOM_MODE,
      perMinute: parsed.ROOM_PER_MINUTE,
      capacity: parsed.ROOM_CAPACITY,
      turnMs: parsed.ROOM_TURN_SECONDS * 1000,
      passMs: parsed.ROOM_PASS_SECONDS * 1000,
      idleMs: parsed.ROOM_IDLE_SECONDS * 1000,
      lobbyMs: parsed.ROOM_LOBBY_SECONDS * 1000,
      stepMs: 250,
    },
    rules: {
      identity: parsed.ROOM_IDENTITY,
      proofOfWork: parsed.ROOM_PROOF_OF_WORK,
      maxWaiting: parsed.ROOM_MAX_WAITING,
    },
    /** Recent joins from one address above which the proof of work `adaptive` starts. */
    joinsWithoutWork: parsed.ROOM_JOINS_WITHOUT_WORK,
    /** The limit on joins from one address, over all rooms that anyone may join. */
    anonymousJoins: { burst: parsed.ROOM_ANONYMOUS_JOINS, perSecond: parsed.ROOM_ANONYMOUS_JOINS_PER_MINUTE / 60 },
  }
}
