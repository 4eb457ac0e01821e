import { openRedis } from '../db/redis/client.ts'
import { defineRoomScripts } from '../db/redis/room/room.ts'
import type { Config } from './config.ts'
import type { TokenKeys } from './contract/tokens.ts'
import { type Limits, openLimits } from './limits.ts'
import { type Metrics, openMetrics } from './metrics.ts'
import { type MicroCache, openMicroCache } from './micro-cache.ts'
import { createUpstream, type Upstream } from './upstream.ts'
import { createRooms, type Rooms } from './rooms.ts'
import { readRoomsFile } from './rooms-file.ts'
import { createEventRooms, type RoomDirectory } from './room-directory.ts'
import { createQueueTickets, type QueueTickets } from './queue-tickets.ts'
import { createProofOfWork, type ProofOfWork } from './proof-of-work.ts'
import type { Redis } from 'ioredis'

/** Writes one line of JSON. Tokens, cookies and bodies are never among the facts. */
export type Log = (event: string, facts?: object) => void

/** What an edge owns while it runs. Functions take the part that they use. */
export type Deps = {
  redis: Redis
  directory: RoomDirectory
  rooms: Rooms
  proofOfWork: ProofOfWork
  queueTickets: QueueTickets
  upstream: Upstream
  cache: MicroCache
  limits: Limits
  metrics: Metrics
  tokenKeys: TokenKeys
  trustedProxies: number
  trustForwardedHost: boolean
  /** Epoch ms. */
  now(): number
  random(): number
  log: Log
}

/** Opens the connections of an edge in front of a NETicket shop, or in front of the site that a file of rooms describes. */
export function openDeps(config: Config, roomsFile: string | null, log: Log): Deps & { close(): void } {
  const { tokenKeys, admission, rules } = config
  const now = Date.now
  const metrics = openMetrics()
  const redis = openRedis(config.redisUrl, (state, cause) => log(`redis_${state}`, cause && { error: cause.message }))
  defineRoomScripts(redis)
  const { originUrl, originInFlight: inFlight, originSlowMs: slowMs } = config
  const origin = createUpstream({ originUrl, inFlight, slowMs, now, onForwarded: metrics.forwarded })
  const site = roomsFile === null ? createEventRooms(origin, admission, rules) : readRoomsFile(roomsFile, admission, rules)
  const rooms = createRooms({ redis, site, tokenKeys, answers: origin.answers, now, log })
  metrics.watch(rooms, origin)
  return {
    ...{ redis, upstream: origin, directory: site, rooms, tokenKeys, metrics, now, log },
    queueTickets: createQueueTickets({
      ...{ redis, tokenKeys, random: Math.random, onAdmitted: metrics.admitted },
      newId: () => crypto.randomUUID(),
    }),
    cache: openMicroCache(now),
    limits: openLimits(now),
    proofOfWork: createProofOfWork({ secret: tokenKeys.secrets[0], now }),
    trustedProxies: config.trustedProxies,
    trustForwardedHost: config.trustForwardedHost,
    random: Math.random,
    close() {
      rooms.close()
      redis.disconnect()
    },
  }
}
