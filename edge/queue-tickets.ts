import type { Redis } from 'ioredis'
import { LRUCache } from 'lru-cache'
import { extendVisit } from '../db/redis/room/extension.ts'
import { type ClaimReply, endVisits, leaveRoom } from '../db/redis/room/room.ts'
import type { Position, Snapshot } from './contract/rooms.ts'
import { type Pass, type QueueTicket, signPass, signQueueTicket, type TokenKeys, visitorOf } from './contract/tokens.ts'
import type { Room } from './rooms/live-room.ts'
import { createRoomBatchers, type RoomBatchers } from './rooms/room-batchers.ts'
import { describePosition } from './waiting-room/positions.ts'

type Parts = {
  redis: Redis
  tokenKeys: TokenKeys
  random(): number
  newId(): string
  /** Called for each pass that a claim returns. */
  onAdmitted(room: string): void
}

/** When to claim again after the room was found full, and when seats may have come back. */
const ROOM_FULL_RETRY_MS = 2_000
const SOLD_OUT_RETRY_MS = 10_000
const MAX_GIVEN_UP = 100_000

/** An account's name in Redis. */
const accountName = (account: number) => `u${account}`

/** Issues queue tickets and passes. Calls to Redis are batched per room. All methods throw StoreUnavailable. */
export function createQueueTickets(parts: Parts) {
  const batchers = new WeakMap<Room, RoomBatchers>()
  const givenUp = new LRUCache<string, true>({ max: MAX_GIVEN_UP })

  function batchersOf(room: Room): RoomBatchers {
    const known = batchers.get(room) ?? createRoomBatchers(parts.redis, room)
    batchers.set(room, known)
    return known
  }

  return {
    /** Issues a queue ticket to a new visitor, or one for the position that the account has already. */
    async join(room: Room, account: number | null, isVerified = false): Promise<JoinResult> {
      const { joinAnonymously, joinAsAccount } = batchersOf(room)
      const issued = await (account === null ? joinAnonymously(null) : joinAsAccount(accountName(account)))
      if (typeof issued === 'string') return { kind: issued }
      // All devices of an account are one visitor.
      const visitor = account === null ? parts.newId() : visitorOf(account, issued)
      const ticket: QueueTicket = { room: room.name, epoch: issued.epoch, index: issued.index, visitor, isVerified }
      return { kind: 'joined', ticket, token: signQueueTicket(ticket, parts.tokenKeys) }
    },

    /**
     * Exchanges a queue ticket for a pass, once. A repeated claim with the same `key` gets the same pass while the visit lasts, so that a
     * lost response costs nothing. A claim before the visitor's turn is answered from the snapshot, without Redis.
     */
    async claim(room: Room, ticket: QueueTicket, key?: string): Promise<ClaimResult> {
      const { snapshot } = room
      const { epoch, index, visitor } = ticket
      if (ticket.room !== room.name || epoch !== snapshot.epoch) return { kind: 'ticket_invalid' }
      if (snapshot.phase === 'sold_out') return { kind: 'sold_out', retryAfterMs: SOLD_OUT_RETRY_MS }
      const position = room.positionOf(index)
      const isOpen = snapshot.phase === 'idle' || snapshot.phase === 'open'
      if (!isOpen || position >= snapshot.serving) return notYourTurn(position, snapshot, parts.random())
      const turn = { epoch, visitor, index, position }
      const reply = await batchersOf(room).claim(key === undefined ? turn : { ...turn, key })
      return await resultOf(parts, room, { ticket, position, snapshot }, reply)
    },

    /** Extends a pass in use; null when its visit has ended. */
    async renew(room: Room, pass: Pass): Promise<Claimed | null> {
      const reply = await batchersOf(room).claim({ epoch: pass.epoch, visitor: pass.id, untilMs: pass.untilMs })
      return reply.kind === 'claimed' ? issuePass(parts, room, pass, reply) : null
    },

    /** Extends the visit of a pass in use, once. */
    async extend(room: Room, pass: Pass): Promise<ExtendResult> {
      const reply = await extendVisit(parts.redis, room.name, { epoch: pass.epoch, visitor: pass.id }, room.plan.admission)
      switch (reply.kind) {
        case 'extended':
          return issuePass(parts, room, pass, Object.assign(reply, { isExtended: true }))
        case 'void':
        case 'ended':
          return { kind: 'ended' }
        case 'already':
        case 'early':
          return reply
        default:
          return reply satisfies never
      }
    },

    /** Extends a pass in use while the store is down, by its signature alone. A later tick reports it to the store (`tick.lua`). */
    extendOffline(room: Room, pass: Pass): Claimed {
      const idleAtMs = Date.parse(room.snapshot.serverTime) + room.plan.admission.idleMs
      const { untilMs, isExtended = false } = pass
      return issuePass(parts, room, pass, { expiresAtMs: Math.min(idleAtMs, untilMs), untilMs, isExtended })
    },

    /**
     * Whether the visitor gave the pass up at this edge: its signature stays valid until it expires. Other edges accept it for at most the
     * idle time, as it cannot be renewed.
     */
    isGivenUp: (pass: Pass): boolean => givenUp.get(pass.id) !== undefined,

    /** Ends the visit and releases the position, at the visitor's request. */
    async leave(room: Room, ticket: QueueTicket | null, pass: Pass | null): Promise<void> {
      // A pass has the visitor id of its ticket.
      if (ticket) givenUp.set(ticket.visitor, true)
      if (pass) {
        givenUp.set(pass.id, true)
        await endVisits(parts.redis, room.name, pass.epoch, [pass.id])
      }
      if (ticket) await releasePosition(parts.redis, room, ticket, false)
    },

    /** Ends a visit. The pass is not marked as given up: a retry of the last booking needs it to read its result. */
    endVisit: (room: Room, pass: Pass): Promise<void> => batchersOf(room).endVisit(pass),
  }
}

/** The result of a claim from the store's reply. `position` and `snapshot` are those of the time of the claim. */
async function resultOf(
  parts: Parts,
  room: Room,
  { ticket, position, snapshot }: { ticket: QueueTicket; position: number; snapshot: Snapshot },
  reply: ClaimReply,
): Promise<ClaimResult> {
  switch (reply.kind) {
    case 'claimed':
      parts.onAdmitted(room.name)
      return issuePass(parts, room, { id: ticket.visitor, epoch: ticket.epoch }, reply)
    case 'waiting':
      return notYourTurn(position, { ...snapshot, serving: reply.serving }, parts.random())
    case 'deferred':
      return roomFull(position, snapshot)
    case 'missed':
      await releasePosition(parts.redis, room, ticket, true)
      return { kind: 'turn_missed' }
    case 'used':
      await releasePosition(parts.redis, room, ticket, true)
      return { kind: 'ticket_used' }
    case 'void':
      return { kind: 'ticket_invalid' }
    default:
      return reply satisfies never
  }
}

/** Invalidates a ticket, so that its account may join again. `onlyIfGone`: only after its visit has ended. */
async function releasePosition(redis: Redis, room: Room, ticket: QueueTicket, onlyIfGone: boolean): Promise<void> {
  const { epoch, visitor, index } = ticket
  await leaveRoom(redis, room.name, { epoch, visitor, onlyIfGone }, {
    index,
    position: room.positionOf(index),
    drawn: room.snapshot.drawn,
  })
}

/** Issues a pass for the epoch of the claim: the room may have been reset since. */
function issuePass(
  { tokenKeys }: Parts,
  room: Room,
  { id, epoch }: Pick<Pass, 'id' | 'epoch'>,
  { expiresAtMs, untilMs, isExtended }: Pick<Pass, 'expiresAtMs' | 'untilMs'> & { isExtended: boolean },
): Claimed {
  const pass: Pass = { id, room: room.name, epoch, expiresAtMs, untilMs, isExtended }
  return { kind: 'claimed', pass, token: signPass(pass, tokenKeys) }
}

const notYourTurn = (position: number, snapshot: Snapshot, random: number): ClaimResult => ({
  kind: 'not_your_turn',
  position: describePosition(position, snapshot, random),
  isRoomFull: false,
})

const roomFull = (position: number, { phase }: Snapshot): ClaimResult => ({
  kind: 'not_your_turn',
  position: { position, ahead: 0, phase, etaSeconds: ROOM_FULL_RETRY_MS / 1000, pollAfterMs: ROOM_FULL_RETRY_MS },
  isRoomFull: true,
})

export type QueueTickets = ReturnType<typeof createQueueTickets>

export type JoinResult =
  | { kind: 'joined'; ticket: QueueTicket; token: string }
  /** The greatest allowed number of visitors waits. */
  | { kind: 'full' }
  /** The store does not have the room yet. */
  | { kind: 'no_room' }

export type ExtendResult =
  | Claimed
  /** The visit was extended before. */
  | { kind: 'already' }
  /** The visit is too young: it can be extended after this time. */
  | { kind: 'early'; waitMs: number }
  | { kind: 'ended' }

export type Claimed = { kind: 'claimed'; pass: Pass; token: string }
export type ClaimResult =
  | Claimed
  /** `isRoomFull`: the turn has come, but the room has no free capacity at the moment. */
  | { kind: 'not_your_turn'; position: Position; isRoomFull: boolean }
  /** No seats are left. The visitor keeps the position. */
  | { kind: 'sold_out'; retryAfterMs: number }
  | { kind: 'turn_missed' }
  | { kind: 'ticket_used' }
  | { kind: 'ticket_invalid' }
