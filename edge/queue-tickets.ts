import type { Redis } from 'ioredis'
import { type Claim, type ClaimReply, claimTurns, endVisits, joinRoom, leaveRoom } from '../db/redis/room/room.ts'
import { type Position, type Snapshot } from './contract/rooms.ts'
import { describePosition } from './waiting-room/positions.ts'
import {
  accountOf,
  type Pass,
  type QueueTicket,
  signPass,
  signQueueTicket,
  type TokenKeys,
  visitorOf,
} from './contract/tokens.ts'
import { createMicroBatcher } from '../runtime/micro-batcher.ts'
import { LRUCache } from 'lru-cache'
import type { Room } from './rooms.ts'

type Parts = { redis: Redis; tokenKeys: TokenKeys; random(): number; newId(): string; onAdmitted(): void }

/** Whoever was called and found the room full asks again after this. */
const DOOR_MS = 2_000
/** Seats may come back: asking again after this is soon enough. */
const SOLD_OUT_MS = 10_000
/** One call at a time, and not too long: no call may hold the store for long. */
const JOINING = { maxSize: 1_000, maxWaitMs: 5, concurrency: 1 }
const CLAIMING = { maxSize: 100, maxWaitMs: 5, concurrency: 8 }
const GIVEN_UP_KEPT = 100_000

/** An account as Redis knows it. */
const nameOf = (account: number) => `u${account}`

type Given = { epoch: number; index: number }
/** Gives out tickets: all who join a room while a call to Redis is under way share the next one. */
export function createQueueTickets(parts: Parts) {
  const calls = new WeakMap<Room, Calls>()
  const givenUp = new LRUCache<string, true>({ max: GIVEN_UP_KEPT })

  function callsOf(room: Room): Calls {
    const known = calls.get(room) ?? openCalls(parts.redis, room)
    calls.set(room, known)
    return known
  }

  return {
    /**
     * Takes the next place in a room for a new visitor, or the place that the account has already. Throws when Redis does not answer.
     */
    async join(room: Room, account: number | null): Promise<JoinResult> {
      const { joinAnyone, joinAccount } = callsOf(room)
      const given = await (account === null ? joinAnyone(null) : joinAccount(nameOf(account)))
      if (typeof given === 'string') return { kind: given }
      // All devices of an account are one visitor.
      const visitor = account === null ? parts.newId() : visitorOf(account, given)
      const ticket: QueueTicket = { room: room.name, ...given, visitor }
      return { kind: 'joined', ticket, token: signQueueTicket(ticket, parts.tokenKeys) }
    },

    /**
     * Exchanges a ticket for a pass, once. Who names the attempt by a `key` hears the same again while the visit lasts, so that an answer
     * that was lost costs nothing. Whoever is not yet called is told from the snapshot, without a call to Redis.
     */
    async claim(room: Room, ticket: QueueTicket, key?: string): Promise<ClaimResult> {
      const { snapshot } = room
      if (ticket.room !== room.name || ticket.epoch !== snapshot.epoch) return { kind: 'ticket_invalid' }
      const place = room.positionOf(ticket.index)
      const isOpen = snapshot.phase === 'idle' || snapshot.phase === 'open'
      if (snapshot.phase === 'sold_out') return { kind: 'sold_out', retryAfterMs: SOLD_OUT_MS }
      if (!isOpen || place >= snapshot.serving) return notYet(place, snapshot)
      const { epoch, visitor, index } = ticket
      const turn = { epoch, visitor, index, position: place, ...(key !== undefined && { key }) }
      const reply = await callsOf(room).claim(turn)
      switch (reply.kind) {
        case 'claimed':
          parts.onAdmitted()
          return givePass(room, { id: visitor, epoch }, reply)
        case 'waiting':
          return notYet(place, { ...snapshot, serving: reply.serving })
        case 'deferred': {
          const position = { position: place, ahead: 0, phase: snapshot.phase, etaSeconds: DOOR_MS / 1000, pollAfterMs: DOOR_MS }
          return { kind: 'not_your_turn', position, isRoomFull: true }
        }
        case 'missed':
          await giveUp(room, ticket, true)
          return { kind: 'turn_missed' }
        case 'used':
          await giveUp(room, ticket, true)
          return { kind: 'ticket_used' }
        case 'void':
          return { kind: 'ticket_invalid' }
      }
    },

    /** Moves the end of a pass that is used; null when the visit has ended. Throws when Redis does not answer. */
    async renew(room: Room, pass: Pass): Promise<Claimed | null> {
      const who = { epoch: pass.epoch, visitor: pass.id, untilMs: pass.untilMs }
      const reply = await callsOf(room).claim(who)
      return reply.kind === 'claimed' ? givePass(room, pass, reply) : null
    },

    /** Moves the end of a pass that is used while the store is silent, by the signature alone. The store is told of it later (tick.lua). */
    prolong(room: Room, pass: Pass): Claimed {
      const idleAtMs = Date.parse(room.snapshot.serverTime) + room.plan.admission.idleMs
      return givePass(room, pass, { expiresAtMs: Math.min(idleAtMs, pass.untilMs), untilMs: pass.untilMs })
    },

    /**
     * Whether a pass was given up at this edge: its signature is good until it expires, and its place has been freed. Another edge takes it
     * for its idle time at the longest, as it cannot be renewed.
     */
    isGivenUp: (pass: Pass): boolean => givenUp.get(pass.id) !== undefined,

    /** The visitor ends the visit and gives the place up. */
    async leave(room: Room, ticket: QueueTicket | null, pass: Pass | null): Promise<void> {
      // A pass has the name of the ticket that it was given for.
      if (ticket) givenUp.set(ticket.visitor, true)
      if (pass) {
        givenUp.set(pass.id, true)
        await endVisits(parts.redis, room.name, pass.epoch, [pass.id])
      }
      if (ticket) await giveUp(room, ticket, false)
    },

    /** The visit has reached its end, and the same request may still be repeated: a booking's retry must hear its answer. */
    endVisit: (room: Room, pass: Pass): Promise<void> => callsOf(room).end(pass),
  }

  /** A ticket is spent, and its account may take another. */
  async function giveUp(room: Room, ticket: QueueTicket, onlyIfGone: boolean): Promise<void> {
    const { epoch, visitor, index } = ticket
    const account = accountOf(visitor)
    await leaveRoom(parts.redis, room.name, { epoch, visitor, onlyIfGone }, {
      index,
      position: room.positionOf(index),
      drawn: room.snapshot.drawn,
      account: account === null ? null : nameOf(account),
    })
  }

  function notYet(place: number, snapshot: Snapshot): ClaimResult {
    return { kind: 'not_your_turn', position: describePosition(place, snapshot, parts.random()), isRoomFull: false }
  }

  /** For the epoch that was asked for: the room may have been begun anew since. */
  function givePass(room: Room, { id, epoch }: Pick<Pass, 'id' | 'epoch'>, ends: Pick<Pass, 'expiresAtMs' | 'untilMs'>): Claimed {
    const { expiresAtMs, untilMs } = ends
    const pass: Pass = { id, room: room.name, epoch, expiresAtMs, untilMs }
    return { kind: 'claimed', pass, token: signPass(pass, parts.tokenKeys) }
  }
}

type Calls = ReturnType<typeof openCalls>

/** The calls of a room to Redis: those who join, claim or leave within a moment share one. */
function openCalls(redis: Redis, room: Room) {
  const join = () =>
    createMicroBatcher<string | null, Given | 'full' | 'no_room'>(async (accounts) => {
      const known = { epoch: room.snapshot.epoch, issued: room.issuedSeen }
      const given = await joinRoom(redis, room.name, accounts, known, room.plan.rules.maxWaiting)
      if (!given) return accounts.map(() => 'no_room')
      const { epoch, indexes } = given
      const issued = indexes.flatMap((index) => index === null ? [] : [index + 1])
      if (epoch === room.snapshot.epoch) room.issuedSeen = Math.max(room.issuedSeen, ...issued)
      return indexes.map((index) => index === null ? 'full' : { epoch, index })
    }, JOINING)
  return {
    joinAnyone: join(),
    joinAccount: join(),
    claim: createMicroBatcher<Claim, ClaimReply>((claims) => claimTurns(redis, room.name, claims, room.plan.admission), CLAIMING),
    end: createMicroBatcher<Pass, void>(async (passes) => {
      for (const epoch of new Set(passes.map((pass) => pass.epoch))) {
        await endVisits(redis, room.name, epoch, passes.filter((pass) => pass.epoch === epoch).map(({ id }) => id))
      }
      return passes.map(() => undefined)
    }, CLAIMING),
  }
}

export type QueueTickets = ReturnType<typeof createQueueTickets>

export type JoinResult =
  | { kind: 'joined'; ticket: QueueTicket; token: string }
  /** As many wait as may. */
  | { kind: 'full' }
  /** The store does not have the room yet. */
  | { kind: 'no_room' }

type Claimed = { kind: 'claimed'; pass: Pass; token: string }
export type ClaimResult =
  | Claimed
  /** `isRoomFull`: the turn has come, and the room is full this second. */
  | { kind: 'not_your_turn'; position: Position; isRoomFull: boolean }
  /** Nothing is left to call anybody for; the place is kept. */
  | { kind: 'sold_out'; retryAfterMs: number }
  | { kind: 'turn_missed' }
  | { kind: 'ticket_used' }
  | { kind: 'ticket_invalid' }
