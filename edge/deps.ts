import { openRedis } from '../db/redis/client.ts'
import { defineRoomScripts } from '../db/redis/rooms.ts'
import type { Config } from './config.ts'
import { eventOfRoom } from './contract/room.ts'
import type { TokenKeys } from './contract/tokens.ts'
import { type Limits, openLimits } from './limits.ts'
import { type MicroCache, openMicroCache } from './micro-cache.ts'
import { openOrigin, type Origin } from './origin.ts'
import { openRooms, type Rooms } from './rooms.ts'
import { openTickets, type Tickets } from './tickets.ts'
import type { Redis } from 'ioredis'

/** Writes one line of JSON. Tokens, cookies and bodies are never among the facts. */
export type Log = (event: string, facts?: object) => void

/** What an edge owns while it runs. Functions take the part that they use. */
export type Deps = {
  redis: Redis
  rooms: Rooms
  tickets: Tickets
  origin: Origin
  cache: MicroCache
  limits: Limits
  tokenKeys: TokenKeys
  trustedProxies: number
  /** Epoch ms. */
  now(): number
  random(): number
  log: Log
}

/** Opens the connections of an edge in front of a NETicket origin, whose events have a room each. */
export function openDeps(config: Config, log: Log): Deps & { close(): void } {
  const redis = openRedis(config.redisUrl, (state, cause) => log(`redis_${state}`, cause && { error: cause.message }))
  defineRoomScripts(redis)
  const origin = openOrigin(config.originUrl, config.originInFlight, Date.now)
  const findRoom = async (room: string) => {
    const eventId = eventOfRoom(room)
    return eventId === null ? null : await origin.findEvent(eventId, 'ko')
  }
  const rooms = openRooms({ redis, findRoom, admission: config.admission, now: Date.now, log })
  const newId = () => crypto.randomUUID()
  return {
    redis,
    rooms,
    origin,
    tickets: openTickets({ redis, tokenKeys: config.tokenKeys, passMs: config.admission.passMs, random: Math.random, newId }),
    cache: openMicroCache(Date.now),
    limits: openLimits(Date.now),
    tokenKeys: config.tokenKeys,
    trustedProxies: config.trustedProxies,
    now: Date.now,
    random: Math.random,
    log,
    close() {
      rooms.close()
      redis.disconnect()
    },
  }
}
