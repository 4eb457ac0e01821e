import type { Redis } from 'ioredis'
import { openRedis } from '../db/redis/client.ts'
import { defineRoomScripts } from '../db/redis/room/room.ts'
import type { Config } from './config.ts'
import type { TokenKeys } from './contract/tokens.ts'
import { createEventClient } from './upstream/event-client.ts'
import { createLimits, type Limits } from './limits.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { createMicroCache, type MicroCache } from './micro-cache.ts'
import { createPassRenewals, type PassRenewals } from './pass-renewals.ts'
import { createProofOfWork, type ProofOfWork } from './proof-of-work.ts'
import { createQueueTickets, type QueueTickets } from './queue-tickets.ts'
import { createEventRooms, type RoomDirectory } from './rooms/room-directory.ts'
import { createRooms, type Rooms } from './rooms/rooms.ts'
import { readRoomsFile } from './rooms/rooms-file.ts'
import { createUpstream, type Upstream } from './upstream/upstream.ts'
import { createWaitingPageCache, type WaitingPageCache } from './waiting-page-cache.ts'

/** Writes a line of JSON. `facts` must not contain tokens, cookies or bodies. */
export type Log = (event: string, facts?: object) => void

/** The parts of a running edge. A function takes only the parts that it uses. */
export type Deps = {
  redis: Redis
  directory: RoomDirectory
  rooms: Rooms
  proofOfWork: ProofOfWork
  queueTickets: QueueTickets
  passRenewals: PassRenewals
  upstream: Upstream
  cache: MicroCache
  waitingPages: WaitingPageCache
  limits: Limits
  metrics: Metrics
  tokenKeys: TokenKeys
  trustedProxies: number
  trustForwardedHost: boolean
  /** The time, in milliseconds since the epoch. */
  now(): number
  random(): number
  log: Log
}

/** Creates the parts of an edge. The rooms file defines its rooms; without one, each event of a NETicket shop has a room. */
export function openDeps(config: Config, roomsFile: string | null, log: Log): Deps & { close(): void } {
  const { tokenKeys, admission, rules } = config
  const now = Date.now
  const random = Math.random
  const metrics = createMetrics()
  const redis = openRedis(config.redisUrl, (state, cause) => log(`redis_${state}`, cause && { error: cause.message }))
  defineRoomScripts(redis)
  const upstream = createUpstream({
    originUrl: config.originUrl,
    inFlight: config.originInFlight,
    slowMs: config.originSlowMs,
    now,
    onForwarded: metrics.forwarded,
  })
  const directory = roomsFile === null
    ? createEventRooms(createEventClient({ upstream, now }), admission, rules)
    : readRoomsFile(roomsFile, admission, rules)
  const rooms = createRooms({ redis, directory, tokenKeys, responseCounts: upstream.responseCounts, now, log })
  metrics.watch(rooms, upstream)
  const newId = () => crypto.randomUUID()
  const queueTickets = createQueueTickets({ redis, tokenKeys, random, newId, onAdmitted: metrics.admitted })
  return {
    redis,
    directory,
    rooms,
    proofOfWork: createProofOfWork({ secret: tokenKeys.secrets[0], now }),
    queueTickets,
    passRenewals: createPassRenewals(queueTickets),
    upstream,
    cache: createMicroCache(now),
    waitingPages: createWaitingPageCache(),
    limits: createLimits(now),
    metrics,
    tokenKeys,
    trustedProxies: config.trustedProxies,
    trustForwardedHost: config.trustForwardedHost,
    now,
    random,
    log,
    close() {
      rooms.close()
      redis.disconnect()
    },
  }
}
