import type { Redis, Result } from 'ioredis'
import * as z from 'zod'
import type { Phase } from '../../edge/contract/room.ts'
import { readScript } from './client.ts'
import { roomKeys } from './keys.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    tickRoom(...args: (string | number)[]): Result<unknown, Context>
    joinRoom(...args: (string | number)[]): Result<unknown, Context>
    claimTurn(...args: (string | number)[]): Result<unknown, Context>
    leaveRoom(...args: (string | number)[]): Result<unknown, Context>
  }
}

/** Makes the scripts over a room's keys known to a connection. */
export function defineRoomScripts(redis: Redis): void {
  redis.defineCommand('tickRoom', { numberOfKeys: 4, lua: readScript('tick') })
  redis.defineCommand('joinRoom', { numberOfKeys: 1, lua: readScript('join') })
  redis.defineCommand('claimTurn', { numberOfKeys: 3, lua: readScript('claim') })
  redis.defineCommand('leaveRoom', { numberOfKeys: 2, lua: readScript('leave') })
}

/** How fast a room lets people in. Whatever an admin has set in Redis goes before it. */
export type Admission = {
  perMinute: number
  /** People inside, or called and not yet in, at once. */
  capacity: number
  /** How long a turn may be claimed. */
  turnMs: number
  /** How long a pass is good for. */
  passMs: number
  /** People may come in this long before the opening. */
  lobbyMs: number
  /** Time between two steps of the serving number. */
  stepMs: number
}

/** When a room is open and what is left behind it; null for always, and for unknown. */
export type Opening = { opensAtMs: number | null; closesAtMs: number | null; seatsLeft: number | null }

export type Tick = { phase: Phase; epoch: number; serving: number; issued: number; perMinute: number; nowMs: number }

const number = z.number().int()
const tickReply = z.tuple([
  z.enum(['idle', 'lobby', 'open', 'paused', 'sold_out', 'closed']),
  number,
  number,
  number,
  number,
  number,
])

/** Looks at a room and moves it on when a step is due, whichever edge is first. Makes the room when there is none. */
export async function tickRoom(redis: Redis, room: string, opening: Opening, admission: Admission): Promise<Tick> {
  const keys = roomKeys(room)
  const [phase, epoch, serving, issued, perMinute, nowMs] = tickReply.parse(
    await redis.tickRoom(
      ...[keys.room, keys.passes, keys.claimed, keys.turns],
      ...[opening.opensAtMs ?? 0, opening.closesAtMs ?? 0, admission.lobbyMs, admission.perMinute, admission.capacity],
      ...[admission.turnMs, admission.stepMs, opening.seatsLeft ?? -1],
    ),
  )
  return { phase, epoch, serving, issued, perMinute, nowMs }
}

const joinReply = z.union([z.tuple([z.literal('joined'), number, number]), z.tuple([z.literal('no_room')])])

/** Takes `count` tickets in one call; null when the room has not been made yet. */
export async function joinRoom(redis: Redis, room: string, count: number): Promise<{ epoch: number; firstIndex: number } | null> {
  const reply = joinReply.parse(await redis.joinRoom(roomKeys(room).room, count))
  return reply[0] === 'joined' ? { epoch: reply[1], firstIndex: reply[2] } : null
}

export type ClaimReply =
  | { kind: 'claimed'; expiresAtMs: number }
  | { kind: 'waiting'; serving: number }
  | { kind: 'void' }
  | { kind: 'used' }
  | { kind: 'missed' }

const claimReply = z.union([z.tuple([z.enum(['claimed', 'waiting']), number]), z.tuple([z.enum(['void', 'used', 'missed'])])])

/** Exchanges the turn of a place for a pass, once. */
export async function claimTurn(
  redis: Redis,
  room: string,
  turn: { epoch: number; place: number; passId: string; passMs: number },
): Promise<ClaimReply> {
  const keys = roomKeys(room)
  const reply = claimReply.parse(
    await redis.claimTurn(keys.room, keys.passes, keys.claimed, turn.epoch, turn.place, turn.passId, turn.passMs),
  )
  if (reply[0] === 'claimed') return { kind: 'claimed', expiresAtMs: reply[1] }
  if (reply[0] === 'waiting') return { kind: 'waiting', serving: reply[1] }
  return { kind: reply[0] }
}

/** Gives a place up; nobody waits for its turn. */
export async function leaveRoom(redis: Redis, room: string, place: { epoch: number; place: number }): Promise<void> {
  const keys = roomKeys(room)
  await redis.leaveRoom(keys.room, keys.claimed, place.epoch, place.place)
}

/** Ends a pass: its share goes to the next in line. */
export async function endPass(redis: Redis, room: string, passId: string): Promise<void> {
  await redis.zrem(roomKeys(room).passes, passId)
}
