import type { Redis, Result } from 'ioredis'
import * as z from 'zod'
import type { Admission } from '../../../edge/waiting-room/admission.ts'
import { HOLD_MS, type RoomState, SECOND_CHANCE_TURNS, type Step } from '../../../edge/waiting-room/room-state.ts'
import { readScript } from '../client.ts'
import { roomKeys } from '../keys.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    tickRoom(...args: (string | number)[]): Result<unknown, Context>
    joinRoom(...args: (string | number)[]): Result<unknown, Context>
    claimTurns(...args: (string | number)[]): Result<unknown, Context>
    leaveRoom(...args: (string | number)[]): Result<unknown, Context>
    endVisits(...args: (string | number)[]): Result<unknown, Context>
    resetRoom(...args: (string | number)[]): Result<unknown, Context>
  }
}

/** Makes the scripts over a room's keys known to a connection. */
export function defineRoomScripts(redis: Redis): void {
  redis.defineCommand('tickRoom', { numberOfKeys: 7, lua: readScript('room/tick') })
  redis.defineCommand('joinRoom', { numberOfKeys: 2, lua: readScript('room/join') })
  redis.defineCommand('claimTurns', { numberOfKeys: 6, lua: readScript('room/claim') })
  redis.defineCommand('endVisits', { numberOfKeys: 3, lua: readScript('room/end-visits') })
  redis.defineCommand('leaveRoom', { numberOfKeys: 7, lua: readScript('room/leave') })
  redis.defineCommand('resetRoom', { numberOfKeys: 8, lua: readScript('room/reset') })
}

/** What an edge remembers of a room: a store that has lost it, or came back with older data, is told. */
export type KnownRoom =
  & Pick<
    RoomState,
    'epoch' | 'issued' | 'serving' | 'activeVisits' | 'drawn' | 'seed' | 'commitment' | 'mode' | 'perMinute' | 'capacity'
  >
  & { paused: '1' | null }

/** What an edge says when it looks at a room: how the origin answered it since it last did, and the step that it has decided. */
export type TickRequest = {
  answered: number
  slow: number
  known: KnownRoom | null
  step: Step | null
  /** Whether to make the room when there is none and nothing is known of it; so by default. */
  create?: boolean
  /** How long this edge has not reached the store, ms: passes that it renewed alone meanwhile are live still. None by default. */
  silentMs?: number
}

const figure = z.coerce.number()
const none = z.nullable(figure).default(null)
const text = z.nullable(z.string()).default(null)
const setting = z.coerce.number().int().min(1).nullable().catch(null).default(null)
const roomState = z.object({
  ...{ nowMs: figure, epoch: figure, issued: figure, steppedAtMs: figure },
  ...{ serving: figure.default(0), reached: figure.default(0), settled: figure.default(0), lapsed: figure.default(0) },
  ...{ tokens: figure.default(0), window: figure.default(0), judgedAtMs: figure.default(0) },
  ...{ visitMs: figure.default(0), exits: figure.default(0) },
  // A room is believed in until it shows otherwise.
  showRate: figure.default(1),
  ...{ drawn: none, seed: text, commitment: text },
  // What an admin wrote by hand may be anything.
  paused: z.string().optional().transform((set) => set === '1'),
  mode: z.enum(['fifo', 'draw', 'passthrough', 'closed']).nullable().catch(null).default(null),
  ...{ perMinute: setting, capacity: setting },
  ...{ restoredAtMs: figure.default(0), restoredVisits: figure.default(0) },
  ...{ answered: figure.default(0), slow: figure.default(0), ended: figure.default(0) },
  ...{ activeVisits: figure, deferred: figure, settleTo: figure, lapseTo: figure, settledShows: figure, freshShows: figure },
})

/**
 * Looks at a room, and moves it on if `step` is given and no other edge has moved it meanwhile. Null when there is none and none was to be
 * made.
 */
export async function tickRoom(redis: Redis, room: string, admission: Admission, asked: TickRequest): Promise<RoomState | null> {
  const keys = roomKeys(room)
  const reply = z.array(z.union([z.string(), z.number()])).parse(
    await redis.tickRoom(
      ...[keys.room, keys.passes, keys.visits, keys.claimed, keys.turns, keys.deferred, keys.gone],
      ...[HOLD_MS, admission.turnMs * (1 + SECOND_CHANCE_TURNS), admission.idleMs, Math.ceil(asked.silentMs ?? 0)],
      ...[asked.answered, asked.slow],
      ...[asked.known ? JSON.stringify(asked.known) : '', asked.step ? JSON.stringify(asked.step) : ''],
      asked.create ?? true ? 1 : 0,
    ),
  )
  if (reply.length === 0) return null
  return roomState.parse(Object.fromEntries(Array.from({ length: reply.length / 2 }, (_, i) => [reply[2 * i], reply[2 * i + 1]])))
}

const index = z.number().int()
const joinReply = z.union([
  z.tuple([z.literal('joined'), index, index, index]),
  z.tuple([z.literal('placed'), index], index.nullable()),
  z.tuple([z.literal('no_room')]),
])

/**
 * Takes tickets in one call: as many as there are `accounts`, each account having one place in the room and getting it again; a null
 * account is anybody. All or none are null. Gives the index of each, null for whom the line is full: `maxWaiting` may have a ticket and
 * not be called yet. Null when the room has not been made yet.
 */
export async function joinRoom(
  redis: Redis,
  room: string,
  accounts: readonly (string | null)[],
  known: Pick<KnownRoom, 'epoch' | 'issued'> | null = null,
  maxWaiting = Number.MAX_SAFE_INTEGER,
): Promise<{ epoch: number; indexes: (number | null)[] } | null> {
  const keys = roomKeys(room)
  const named = accounts.filter((account) => account !== null)
  const reply = joinReply.parse(
    await redis.joinRoom(
      ...[keys.room, keys.accounts, accounts.length],
      ...[known?.epoch ?? 0, known?.issued ?? 0, maxWaiting, ...named],
    ),
  )
  switch (reply[0]) {
    case 'joined':
      return { epoch: reply[1], indexes: accounts.map((_, i) => i < reply[3] ? reply[2] + i : null) }
    case 'placed':
      return { epoch: reply[1], indexes: reply.slice(2) as (number | null)[] }
    case 'no_room':
      return null
  }
}

export type ClaimReply =
  | { kind: 'claimed'; expiresAtMs: number; untilMs: number }
  | { kind: 'waiting'; serving: number }
  | { kind: 'deferred' }
  | { kind: 'void' }
  | { kind: 'used' }
  | { kind: 'missed' }

const claimReplies = z.array(z.union([
  z.tuple([z.literal('claimed'), index, index]),
  z.tuple([z.literal('waiting'), index]),
  z.tuple([z.enum(['deferred', 'void', 'used', 'missed'])]),
]))

/** Who asks for a pass: by a ticket's turn, or by a pass in use, whose longest end is `untilMs`. */
export type Claim = { epoch: number; visitor: string } & ({ index: number; position: number; key?: string } | { untilMs: number })

/**
 * Exchanges the turns of places for passes, each once, in their order; with a `key`, the same key hears the same again, so that an answer
 * that was lost costs nothing. With `untilMs` it renews a pass in use: its end moves on by the idle time, never past that.
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
      ...[keys.room, keys.passes, keys.visits, keys.claimed, keys.deferred, keys.gone],
      ...[passMs, idleMs, turnMs],
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
        return { kind: 'claimed', expiresAtMs: reply[1], untilMs: reply[2] + passMs }
      case 'waiting':
        return { kind: 'waiting', serving: reply[1] }
      default:
        return { kind: reply[0] }
    }
  })
}

/** Ends the visits of an epoch: their share goes to the next in line. */
export async function endVisits(redis: Redis, room: string, epoch: number, visitors: readonly string[]): Promise<void> {
  const keys = roomKeys(room)
  await redis.endVisits(keys.room, keys.passes, keys.visits, epoch, ...visitors)
}

/**
 * Gives up a place: nobody waits for its turn, its account may take another, and its visit ends; with `onlyIfGone` nothing happens while the
 * visitor is inside. `drawn` is what the caller knows of the room's draw, since a place is another's before it.
 */
export async function leaveRoom(
  redis: Redis,
  room: string,
  who: { epoch: number; visitor: string; onlyIfGone?: boolean },
  ticket: { index: number; position: number; drawn: number | null; account: string | null },
): Promise<void> {
  const keys = roomKeys(room)
  await redis.leaveRoom(
    ...[keys.room, keys.passes, keys.visits, keys.claimed, keys.deferred, keys.gone, keys.accounts],
    ...[who.epoch, who.visitor, ticket.index, ticket.position, ticket.drawn ?? '', ticket.account ?? '', who.onlyIfGone ? 1 : 0],
  )
}

const resetReply = z.union([z.tuple([z.literal('reset'), index]), z.tuple([z.literal('unknown')])])

/**
 * Begins a room anew: a greater epoch, places from 0, nobody inside, no draw. What an operator has set stays: a room that is paused is paused
 * still. `unknown` when the store has no such room.
 */
export async function resetRoom(redis: Redis, room: string): Promise<{ kind: 'reset'; epoch: number } | { kind: 'unknown' }> {
  const { room: first, ...others } = roomKeys(room)
  const reply = resetReply.parse(await redis.resetRoom(first, ...Object.values(others)))
  return reply[0] === 'reset' ? { kind: reply[0], epoch: reply[1] } : { kind: reply[0] }
}
