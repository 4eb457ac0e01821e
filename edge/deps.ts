import type { Redis } from 'ioredis'
import { openRedis } from '../db/redis/client.ts'
import { type LiveReporter, openLiveReporter } from '../db/redis/live/live-reporter.ts'
import { originReached } from '../db/redis/origin-reached.ts'
import { openRevokedSessions, type RevokedSessions } from '../db/redis/revoked-sessions.ts'
import { defineRoomScripts } from '../db/redis/room/room.ts'
import type { Config } from './config.ts'
import { internalToken } from './contract/internal-access.ts'
import type { TokenKeys } from './contract/tokens.ts'
import { createEventClient } from './upstream/event-client.ts'
import { countPass, NO_REPORTER, roomsOfEvents } from './live-figures.ts'
import { createLimits, type Limits } from './limits.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { createMicroCache, type MicroCache } from './micro-cache.ts'
import { createPassRenewals, type PassRenewals } from './pass-renewals.ts'
import { createProofOfWork, type ProofOfWork } from './proof-of-work.ts'
import { createQueueTickets, type QueueTickets } from './queue-tickets.ts'
import { createEventRooms, type RoomDirectory } from './rooms/room-directory.ts'
import { createRooms, type Rooms } from './rooms/rooms.ts'
import { type BodyReader, createBodyReader } from './request-body.ts'
import { createSessionRenewal, type SessionRenewal } from './session-renewal.ts'
import { readRoomsFile } from './rooms/rooms-file.ts'
import type { OpenHttpClient } from './upstream/http-client.ts'
import { createOriginReach, type OriginReach } from './upstream/origin-reach.ts'
import { createUpstream, type Upstream } from './upstream/upstream.ts'
import { createStaleMarker, type MarkStale } from './shop-caching.ts'
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
  originReach: OriginReach
  renewSession: SessionRenewal
  cache: MicroCache
  markStale: MarkStale
  waitingPages: WaitingPageCache
  limits: Limits
  bodies: BodyReader
  metrics: Metrics
  /** What the live boards of events count. */
  live: LiveReporter
  tokenKeys: TokenKeys
  revokedSessions: RevokedSessions
  trustedProxies: number
  trustForwardedHost: boolean
  /** The time, in milliseconds since the epoch. */
  now(): number
  random(): number
  log: Log
}

/**
 * Creates the parts of an edge. The rooms file defines its rooms; without one, each event of a NETicket shop has a room. `openClient` opens
 * connections to the origin; without it they are those of the runtime.
 */
export function openDeps(
  config: Config,
  roomsFile: string | null,
  log: Log,
  openClient?: OpenHttpClient,
): Deps & { close(): void } {
  const { tokenKeys, admission, rules } = config
  const now = Date.now
  const random = Math.random
  const metrics = createMetrics()
  const redis = openRedis(config.redisUrl, (state, cause) => log(`redis_${state}`, cause && { error: cause.message }))
  defineRoomScripts(redis)
  const originReach = createOriginReach({
    now,
    probe: () => upstream.isReady(),
    reports: originReached(redis),
    log,
  })
  const upstream: Upstream = createUpstream({
    originUrl: config.originUrl,
    internalToken: internalToken(tokenKeys),
    inFlight: config.originInFlight,
    slowMs: config.originSlowMs,
    now,
    onForwarded: metrics.forwarded,
    onResponse: originReach.onResponse,
    onReplaced: () => log('origin_connections_replaced'),
    ...(openClient && { openClient }),
  })
  const directory = roomsFile === null
    ? createEventRooms(createEventClient({ upstream, internalToken: internalToken(tokenKeys), now }), admission, rules)
    : readRoomsFile(roomsFile, admission, rules)
  const rooms = createRooms({ redis, directory, tokenKeys, responseCounts: upstream.responseCounts, now, log })
  metrics.watch(rooms, upstream, originReach)
  const revokedSessions = openRevokedSessions({ redis, log, now })
  const newId = () => crypto.randomUUID()
  const live = directory.isShop
    ? openLiveReporter({
      redis,
      process: { id: newId(), kind: 'edge', version: config.release },
      health: () => ({ isHealthy: originReach.state() === 'reachable', lagMs: null }),
      rooms: () => roomsOfEvents(rooms.statuses()),
      now,
      log,
    })
    : NO_REPORTER
  const onAdmitted = (room: string) => {
    metrics.admitted()
    countPass(live.add, room)
  }
  const queueTickets = createQueueTickets({ redis, tokenKeys, random, newId, onAdmitted })
  return {
    redis,
    directory,
    rooms,
    proofOfWork: createProofOfWork({ secret: tokenKeys.secrets[0], joinsWithoutWork: config.joinsWithoutWork, now }),
    queueTickets,
    passRenewals: createPassRenewals(queueTickets),
    upstream,
    originReach,
    renewSession: createSessionRenewal({ upstream, tokenKeys, now }),
    cache: createMicroCache(now),
    markStale: createStaleMarker(),
    waitingPages: createWaitingPageCache(),
    limits: createLimits(now, { anonymousJoin: config.anonymousJoins }),
    bodies: createBodyReader(now),
    metrics,
    live,
    tokenKeys,
    revokedSessions,
    trustedProxies: config.trustedProxies,
    trustForwardedHost: config.trustForwardedHost,
    now,
    random,
    log,
    close() {
      originReach.close()
      rooms.close()
      upstream.close()
      void revokedSessions.close()
      void live.close()
      redis.disconnect()
    },
  }
}
