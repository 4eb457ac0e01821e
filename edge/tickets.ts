import type { Redis } from 'ioredis'
import { claimTurn, joinRoom } from '../db/redis/rooms.ts'
import type { Position, Snapshot } from './contract/room.ts'
import { type Pass, signPass, signTicket, type Ticket, type TokenKeys } from './contract/tokens.ts'
import type { Room } from './rooms.ts'

type Parts = { redis: Redis; tokenKeys: TokenKeys; passMs: number; random(): number; newId(): string }

/**
 * A ticket's place in its line. Without a draw whoever came first stands first; a draw will place those who were there before the
 * opening (see `drawn` and `seed` of the snapshot).
 */
export const placeOf = (ticket: Pick<Ticket, 'index'>): number => ticket.index

const POLL_MIN_MS = 2_000
const POLL_MAX_MS = 30_000
/** Somebody asks about eight times while they wait. */
const POLLS_IN_A_WAIT = 8
const POLL_JITTER = 0.2

/** Where a place stands in its room: computed from the snapshot, so that asking costs the store nothing. */
export function positionOf(place: number, snapshot: Snapshot, random: () => number): Position {
  const { phase, serving, perMinute } = snapshot
  const called = place < serving && (phase === 'open' || phase === 'idle')
  if (called) return { place, ahead: 0, phase, etaSeconds: 0, pollAfterMs: 0 }
  const ahead = Math.max(0, place - serving)
  const untilOpenMs = phase === 'lobby' && snapshot.opensAt ? Date.parse(snapshot.opensAt) - Date.parse(snapshot.serverTime) : 0
  const waitMs = untilOpenMs + (ahead + 1) * 60_000 / perMinute
  const moving = phase === 'open' || phase === 'idle' || phase === 'lobby'
  const spread = 1 + POLL_JITTER * (2 * random() - 1)
  const pollMs = Math.min(POLL_MAX_MS, Math.max(POLL_MIN_MS, (moving ? waitMs : 0) / POLLS_IN_A_WAIT))
  return { place, ahead, phase, etaSeconds: moving ? Math.ceil(waitMs / 1000) : null, pollAfterMs: Math.round(spread * pollMs) }
}

export type JoinResult = { kind: 'joined'; ticket: Ticket; token: string } | { kind: 'no_room' }

/** Gives out tickets: all who join a room while a call to Redis is under way share the next one. */
export function openTickets(parts: Parts) {
  const waiting = new Map<string, ((reply: { epoch: number; index: number } | null | Error) => void)[]>()
  const asking = new Set<string>()

  async function ask(room: string): Promise<void> {
    if (asking.has(room)) return
    asking.add(room)
    // Whoever arrives in the same turn of the event loop comes along.
    await new Promise((resolve) => setTimeout(resolve, 0))
    for (let batch = waiting.get(room); batch; batch = waiting.get(room)) {
      waiting.delete(room)
      try {
        const block = await joinRoom(parts.redis, room, batch.length)
        batch.forEach((give, i) => give(block && { epoch: block.epoch, index: block.firstIndex + i }))
      } catch (error) {
        for (const give of batch) give(error instanceof Error ? error : new Error(String(error)))
      }
    }
    asking.delete(room)
  }

  return {
    /** Takes the next place in a room for a new visitor. Throws when Redis does not answer. */
    async join(room: Room): Promise<JoinResult> {
      const reply = await new Promise<{ epoch: number; index: number } | null>((resolve, reject) => {
        const give = (given: { epoch: number; index: number } | null | Error) =>
          given instanceof Error ? reject(given) : resolve(given)
        const batch = waiting.get(room.name)
        if (batch) batch.push(give)
        else waiting.set(room.name, [give])
        void ask(room.name)
      })
      if (!reply) return { kind: 'no_room' }
      const ticket: Ticket = { room: room.name, ...reply, visitor: parts.newId() }
      return { kind: 'joined', ticket, token: await signTicket(ticket, parts.tokenKeys) }
    },

    /**
     * Exchanges a ticket for a pass, once. Whoever is not yet called is told from the snapshot, without a call to Redis.
     * If the edge dies after Redis has noted the claim, the visitor has lost the turn and joins again.
     */
    async claim(room: Room, ticket: Ticket): Promise<ClaimResult> {
      const { snapshot } = room
      if (ticket.room !== room.name || ticket.epoch !== snapshot.epoch) return { kind: 'ticket_invalid' }
      const place = placeOf(ticket)
      const open = snapshot.phase === 'idle' || snapshot.phase === 'open' || snapshot.phase === 'sold_out'
      if (!open || place >= snapshot.serving) {
        return { kind: 'not_your_turn', position: positionOf(place, snapshot, parts.random) }
      }
      const passId = parts.newId()
      const reply = await claimTurn(parts.redis, room.name, { epoch: ticket.epoch, place, passId, passMs: parts.passMs })
      switch (reply.kind) {
        case 'claimed': {
          const pass: Pass = {
            id: passId,
            room: room.name,
            epoch: ticket.epoch,
            visitor: ticket.visitor,
            expiresAtMs: reply.expiresAtMs,
          }
          return { kind: 'claimed', pass, token: await signPass(pass, parts.tokenKeys) }
        }
        case 'waiting':
          return { kind: 'not_your_turn', position: positionOf(place, { ...snapshot, serving: reply.serving }, parts.random) }
        case 'missed':
          return { kind: 'turn_missed' }
        case 'used':
          return { kind: 'ticket_used' }
        case 'void':
          return { kind: 'ticket_invalid' }
      }
    },
  }
}

export type Tickets = ReturnType<typeof openTickets>

export type ClaimResult =
  | { kind: 'claimed'; pass: Pass; token: string }
  | { kind: 'not_your_turn'; position: Position }
  | { kind: 'turn_missed' }
  | { kind: 'ticket_used' }
  | { kind: 'ticket_invalid' }
