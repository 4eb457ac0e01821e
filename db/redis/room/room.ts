import type { Redis, Result } from 'ioredis'
import * as z from 'zod'
import type { Admission } from '../../../edge/waiting-room/room-plan.ts'
import { MAX_HOLD_MS, type RoomState, SECOND_CHANCE_TURNS, type Step } from '../../../edge/waiting-room/room-state.ts'
import { readScript } from '../client.ts'
import { keptRoomKeys, roomKeys } from '../keys.ts'
import { defineExtensionScript } from './extension.ts'
import { readRoomState } from './tick-reply.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    tickRoom(...args: (string | number)[]): Result<unknown, Context>
    joinRoom(...args: (string | number)[]): Result<unknown, Context>
    claimTurns(...args: (string | number)[]): Result<unknown, Context>
    leaveRoom(...args: (string | number)[]): Result<unknown, Context>
    endVisits(...args: (string | number)[]): Result<unknown, Context>
    resetRoom(...args: (string | number)[]): Result<unknown, Context>
    undoResetRoom(...args: (string | number)[]): Result<unknown, Context>
  }
}

/** Registers the scripts of a room on a connection. */
export function defineRoomScripts(redis: Redis): void {
  redis.defineCommand('tickRoom', { numberOfKeys: 9, lua: readScript('room/tick') })
  redis.defineCommand('joinRoom', { numberOfKeys: 3, lua: readScript('room/join') })
  redis.defineCommand('claimTurns', { numberOfKeys: 8, lua: readScript('room/claim') })
  defineExtensionScript(redis)
  redis.defineCommand('endVisits', { numberOfKeys: 4, lua: readScript('room/end-visits') })
  redis.defineCommand('leaveRoom', { numberOfKeys: 7, lua: readScript('room/leave') })
  const { length } = keptRoomKeys('')
  redis.defineCommand('resetRoom', { numberOfKeys: 2 * length, lua: readScript('room/reset') })
  redis.defineCommand('undoResetRoom', { numberOfKeys: 2 * length, lua: readScript('room/undo-reset') })
}

/** What an edge remembers of a room. A store that has lost the room, or has older data, is restored from it. */
export type KnownRoom =
  & Pick<
    RoomState,
    | 'epoch'
    | 'issued'
    | 'serving'
    | 'activeVisits'
    | 'drawn'
    | 'seed'
    | 'commitment'
    | 'mode'
    | 'perMinute'
    | 'capacity'
    | 'revision'
  >
  & { paused: '1' | null; settings: string | null }

/** The input of a tick. */
export type TickRequest = {
  /** Upstream responses at this edge since its last tick. */
  answered: number
  /** How many of those were slow or failed. */
  slow: number
  known: KnownRoom | null
  /** The step that this edge has decided from an earlier state. */
  step: Step | null
  /** Whether to create the room if neither the store nor this edge knows it. Default: true. */
  create?: boolean
  /** JSON of RoomSettings: those of this edge's environment, if the room has others. Default: no change. */
  plan?: string | null
  /** How long this edge could not reach the store, ms. Passes that it renewed alone meanwhile stay valid. Default: 0. */
  silentMs?: number
}

/**
 * Reads a room, and applies `request.step` if no other edge has stepped since the state from which it was decided. Returns null when the
 * room does not exist and was not to be created.
 */
export async function tickRoom(
  redis: Redis,
  room: string,
  admission: Admission,
  request: TickRequest,
): Promise<RoomState | null> {
  const keys = roomKeys(room)
  const reply = await redis.tickRoom(
    keys.room,
    keys.passes,
    keys.visits,
    keys.claimed,
    keys.turns,
    keys.deferred,
    keys.gone,
    keys.left,
    keys.history,
    MAX_HOLD_MS,
    admission.turnMs * (1 + SECOND_CHANCE_TURNS),
    admission.idleMs,
    Math.ceil(request.silentMs ?? 0),
    request.answered,
    request.slow,
    request.known ? JSON.stringify(request.known) : '',
    request.step ? JSON.stringify(request.step) : '',
    request.create ?? true ? 1 : 0,
    request.plan ?? '',
  )
  return readRoomState(reply)
}

const index = z.number().int()
const joinReply = z.union([
  z.tuple([z.literal('joined'), index, index, index]),
  z.tuple([z.literal('placed'), index], index.nullable()),
  z.tuple([z.literal('no_room')]),
])

/**
 * Issues queue tickets in one call, one for each element of `accounts`. An account gets one queue ticket in a room, and the same one again;
 * null is an anonymous visitor. Either all elements are null or none is. Returns the index of each, or null instead when `maxWaiting`
 * queue tickets have been issued and not called yet. Returns null when the room does not exist yet.
 */
export async function joinRoom(
  redis: Redis,
  room: string,
  accounts: readonly (string | null)[],
  known: Pick<KnownRoom, 'epoch' | 'issued'> | null = null,
  maxWaiting = Number.MAX_SAFE_INTEGER,
): Promise<{ epoch: number; indexes: (number | null)[] } | null> {
  const keys = roomKeys(room)
  const reply = joinReply.parse(
    await redis.joinRoom(
      keys.room,
      keys.accounts,
      keys.gone,
      accounts.length,
      known?.epoch ?? 0,
      known?.issued ?? 0,
      maxWaiting,
      ...accounts.filter((account) => account !== null),
    ),
  )
  switch (reply[0]) {
    case 'joined': {
      const [, epoch, first, issued] = reply
      return { epoch, indexes: accounts.map((_, i) => i < issued ? first + i : null) }
    }
    case 'placed': {
      const [, epoch, ...indexes] = reply
      return { epoch, indexes }
    }
    case 'no_room':
      return null
    default:
      return reply satisfies never
  }
}

/**
 * The outcomes of `claim.lua`; its head comment describes each. `untilMs`: the latest time to which the pass can be renewed, epoch ms.
 * `isExtended`: the visit cannot be extended once more.
 */
export type ClaimReply =
  | { kind: 'claimed'; expiresAtMs: number; untilMs: number; isExtended: boolean }
  | { kind: 'waiting'; serving: number }
  | { kind: 'deferred' }
  | { kind: 'void' }
  | { kind: 'used' }
  | { kind: 'missed' }

const claimReplies = z.array(z.union([
  z.tuple([z.literal('claimed'), index, index, index]),
  z.tuple([z.literal('waiting'), index]),
  z.tuple([z.enum(['deferred', 'void', 'used', 'missed'])]),
]))

/** A claim of a position's turn, or, with `untilMs`, the renewal of a pass that ends at that time at the latest (epoch ms). */
export type Claim = { epoch: number; visitor: string } & ({ index: number; position: number; key?: string } | { untilMs: number })

/**
 * Exchanges turns for passes, each turn once, in order. A claim with the same `key` as the first returns the same pass again, so that a lost
 * response does no harm. A renewal moves the end of a pass to one idle time from now, but not past `untilMs`.
 */
export async function claimTurns(
  redis: Redis,
  room: string,
  claims: readonly Claim[],
  { passMs, idleMs, turnMs }: Pick<Admission, 'passMs' | 'idleMs' | 'turnMs'>,
): Promise<ClaimReply[]> {
  const keys = roomKeys(room)
  const replies = claimReplies.parse(
    await redis.claimTurns(
      keys.room,
      keys.passes,
      keys.visits,
      keys.claimed,
      keys.deferred,
      keys.gone,
      keys.turns,
      keys.accounts,
      passMs,
      idleMs,
      turnMs,
      MAX_HOLD_MS,
      ...claims.flatMap((claim) =>
        'position' in claim
          ? [claim.epoch, claim.visitor, claim.position, claim.index, '', claim.key ?? '']
          : [claim.epoch, claim.visitor, '', '', claim.untilMs, '']
      ),
    ),
  )
  return replies.map((reply) => {
    switch (reply[0]) {
      case 'claimed':
        return { kind: 'claimed', expiresAtMs: reply[1], untilMs: reply[2] + passMs, isExtended: reply[3] === 1 }
      case 'waiting':
        return { kind: 'waiting', serving: reply[1] }
      case 'deferred':
      case 'void':
      case 'used':
      case 'missed':
        return { kind: reply[0] }
      default:
        return reply satisfies never
    }
  })
}

/** Ends visits, which frees capacity for the next visitors; their accounts may join again. Visits of another epoch than the room's are ignored. */
export async function endVisits(redis: Redis, room: string, epoch: number, visitors: readonly string[]): Promise<void> {
  const keys = roomKeys(room)
  await redis.endVisits(keys.room, keys.passes, keys.visits, keys.gone, epoch, ...visitors)
}

/**
 * Gives up a position: its turn reserves no capacity, its account may join again, and its visit ends. With `onlyIfGone`, nothing
 * changes while the visitor has an active visit. `drawn` is the draw that the caller has seen: before it, a position belongs to another queue
 * ticket.
 */
export async function leaveRoom(
  redis: Redis,
  room: string,
  { epoch, visitor, onlyIfGone = false }: { epoch: number; visitor: string; onlyIfGone?: boolean },
  ticket: { index: number; position: number; drawn: number | null },
): Promise<void> {
  const keys = roomKeys(room)
  await redis.leaveRoom(
    keys.room,
    keys.passes,
    keys.visits,
    keys.claimed,
    keys.deferred,
    keys.gone,
    keys.left,
    epoch,
    visitor,
    ticket.index,
    ticket.position,
    ticket.drawn ?? '',
    onlyIfGone ? 1 : 0,
  )
}

const resetReply = z.union([z.tuple([z.literal('reset'), index]), z.tuple([z.literal('unknown')])])
const undoReply = z.union([z.tuple([z.literal('undone'), index]), z.tuple([z.enum(['too_late', 'moved'])])])

/** How long a reset can be undone. */
export const UNDO_MS = 300_000

/**
 * Empties a room and starts a greater epoch: positions from 0, no active visits, no draw. The operator's settings stay; a paused room stays
 * paused. `undoResetRoom` can undo it for five minutes. `unknown`: the room does not exist.
 */
export async function resetRoom(redis: Redis, room: string): Promise<{ kind: 'reset'; epoch: number } | { kind: 'unknown' }> {
  const reply = resetReply.parse(await redis.resetRoom(...Object.values(roomKeys(room)), ...keptRoomKeys(room), UNDO_MS, ''))
  return reply[0] === 'reset' ? { kind: reply[0], epoch: reply[1] } : { kind: reply[0] }
}

/**
 * Starts a greater epoch, in which the draw is held again, if the room still has this one. Nothing is kept of the former epoch. For a second
 * no one can join, so that the commitment is published first.
 */
export async function restartDraw(redis: Redis, room: string, epoch: number): Promise<void> {
  resetReply.parse(await redis.resetRoom(...Object.values(roomKeys(room)), ...keptRoomKeys(room), 0, epoch))
}

/**
 * Undoes the reset that started `resetEpoch`: the former epoch continues with its queue tickets and passes, and those of the reset's epoch
 * become void. `too_late`: five minutes have passed. `moved`: the room has another epoch.
 */
export async function undoResetRoom(
  redis: Redis,
  room: string,
  resetEpoch: number,
): Promise<{ kind: 'undone'; epoch: number } | { kind: 'too_late' | 'moved' }> {
  const keys = [...Object.values(roomKeys(room)), ...keptRoomKeys(room)]
  const reply = undoReply.parse(await redis.undoResetRoom(...keys, resetEpoch))
  return reply[0] === 'undone' ? { kind: reply[0], epoch: reply[1] } : { kind: reply[0] }
}
