import { eq } from 'drizzle-orm'
import type { Redis } from 'ioredis'
import type { Database } from '../../db/mysql.ts'
import { leaveRoom } from '../../db/redis/room/room.ts'
import { readAccountIndex, readVisitorMarks, revokePass, type VisitorMarks } from '../../db/redis/room/visitors.ts'
import { readLeft } from '../../db/redis/sale/sale.ts'
import { events, users } from '../../db/schema.ts'
import type { VisitorState } from '../../edge/contract/admin-rooms.ts'
import { prepareDraw } from '../../edge/contract/draw.ts'
import { eventOfRoom } from '../../edge/contract/rooms.ts'
import { accountOf, type TokenKeys, verifyQueueTicket, visitorOf } from '../../edge/contract/tokens.ts'
import { isDrawPending } from '../../edge/waiting-room/phase.ts'
import { describePosition } from '../../edge/waiting-room/positions.ts'
import { INITIAL_SETTINGS, parseRoomSettings, settingsOver } from '../../edge/waiting-room/room-settings.ts'
import type { RoomState } from '../../edge/waiting-room/room-state.ts'
import { createSnapshot } from '../../edge/waiting-room/snapshot.ts'
import type { Log } from '../../runtime/log.ts'
import { type Operator, recordAct } from '../audit-log.ts'
import { planOf, readRoomState } from './room-figures.ts'

type Parts = { db: Database; redis: Redis; tokenKeys: TokenKeys; log: Log; now(): Date }

/** A visitor of a room. `account` is null for one who joined without. */
export type FoundVisitor = {
  kind: 'found'
  visitor: string
  account: { id: number; email: string; nickname: string } | null
  epoch: number
  index: number
  position: number
  ahead: number
  etaSeconds: number | null
  state: VisitorState
  /** When the pass ends unless it is used; null without an active visit. */
  passEndsAt: Date | null
}

export type VisitorLookup =
  | FoundVisitor
  /** `no_room`: no visitor has opened it. `no_account`, `not_joined`: the account is unknown, or has no queue ticket in this room. */
  | { kind: 'no_room' | 'no_account' | 'not_joined' | 'invalid_ticket' | 'other_epoch' }
  | { kind: 'other_room'; room: string }

/** A queue ticket has three parts in base64url, separated by points. */
const isTicket = (query: string) => /^[\w-]+\.[\w-]+\.[\w-]+$/.test(query)

/** Finds a visitor by their queue ticket, or by the e-mail address of their account. Throws StoreUnavailable. */
export async function findVisitor(parts: Parts, room: string, query: string): Promise<VisitorLookup> {
  const { db, redis } = parts
  const state = await readRoomState(redis, room)
  if (!state) return { kind: 'no_room' }
  const ticket = isTicket(query)
    ? readTicket(parts, room, state, query)
    : await findAccountTicket(parts, room, state.epoch, query)
  if ('kind' in ticket) return ticket
  const position = await positionOf(state, ticket.index)
  const marks = await readVisitorMarks(redis, room, { visitor: ticket.visitor, index: ticket.index, position })
  const accountId = accountOf(ticket.visitor)
  const [account] = accountId === null
    ? []
    : await db.select({ id: users.id, email: users.email, nickname: users.nickname }).from(users).where(eq(users.id, accountId))
  const { ahead, etaSeconds } = await describeWait(parts, room, state, position)
  const { passEndsAtMs } = marks
  return {
    kind: 'found',
    visitor: ticket.visitor,
    account: account ?? null,
    epoch: state.epoch,
    index: ticket.index,
    position,
    ahead,
    etaSeconds,
    state: stateOf(state, position, marks),
    passEndsAt: passEndsAtMs !== null && passEndsAtMs > state.nowMs ? new Date(passEndsAtMs) : null,
  }
}

type Ticket = { visitor: string; index: number }

function readTicket({ tokenKeys }: Parts, room: string, state: RoomState, token: string): Ticket | VisitorLookup {
  const ticket = verifyQueueTicket(token, tokenKeys)
  if (ticket.kind !== 'ticket') return { kind: 'invalid_ticket' }
  if (ticket.room !== room) return { kind: 'other_room', room: ticket.room }
  return ticket.epoch === state.epoch ? { visitor: ticket.visitor, index: ticket.index } : { kind: 'other_epoch' }
}

async function findAccountTicket(
  { db, redis }: Parts,
  room: string,
  epoch: number,
  email: string,
): Promise<Ticket | VisitorLookup> {
  const [account] = await db.select({ id: users.id }).from(users).where(eq(users.email, email))
  if (!account) return { kind: 'no_account' }
  const index = await readAccountIndex(redis, room, epoch, account.id)
  return index === null ? { kind: 'not_joined' } : { visitor: visitorOf(account.id, { epoch, index }), index }
}

const positionOf = async ({ seed, drawn }: RoomState, index: number): Promise<number> =>
  seed && drawn ? (await prepareDraw(seed, drawn)).positionOf(index) : index

async function describeWait({ db, redis }: Parts, room: string, state: RoomState, position: number) {
  const eventId = eventOfRoom(room)!
  const [event] = await db.select().from(events).where(eq(events.id, eventId))
  if (!event) return { ahead: 0, etaSeconds: null }
  const left = await readLeft(redis, eventId)
  const seatsLeft = left && [...left.values()].reduce((sum, seats) => sum + seats, 0)
  const environment = settingsOver(parseRoomSettings(state.plan), INITIAL_SETTINGS)
  return describePosition(position, createSnapshot(room, planOf(event, seatsLeft, environment, state), state), 0.5)
}

function stateOf(
  state: RoomState,
  position: number,
  { isGone, isClaimed, passEndsAtMs, deferredUntilMs }: VisitorMarks,
): VisitorState {
  if (passEndsAtMs !== null && passEndsAtMs > state.nowMs) return 'visiting'
  if (isGone) return 'gone'
  if (isDrawPending(state)) return 'in_draw'
  if (isClaimed) return 'ended'
  if (deferredUntilMs !== null && deferredUntilMs > state.nowMs) return 'deferred'
  if (position >= state.serving) return 'waiting'
  return position < state.lapsed ? 'missed' : 'called'
}

export type Revocation = { room: string; query: string; reason: string; actor: Operator }

/**
 * Revokes a visitor's position: it becomes void as if they had left, an active visit ends, and their pass books nothing more. Their account may
 * join again, at the end of the queue. A reservation that they have made stays. The act is recorded first: if Redis fails, neither is kept.
 * Throws StoreUnavailable.
 */
export async function revokeVisitor(parts: Parts, { room, query, reason, actor }: Revocation): Promise<VisitorLookup> {
  const found = await findVisitor(parts, room, query)
  if (found.kind !== 'found') return found
  const { db, redis, log, now } = parts
  const { visitor, epoch, index, position, state } = found
  await db.transaction(async (tx) => {
    const detail = { before: { state, position, index, epoch }, account: found.account?.id ?? null }
    await recordAct(tx, { at: now(), actor, action: 'visitor.revoke', subject: `room:${room}`, reason, detail })
    const current = await readRoomState(redis, room)
    // First the pass, so that the visitor cannot book between the two.
    await revokePass(redis, eventOfRoom(room)!, visitor)
    // The draw may have happened while this waited for the audit log.
    const at = current ? await positionOf(current, index) : position
    await leaveRoom(redis, room, { epoch, visitor }, { index, position: at, drawn: current?.drawn ?? null })
  })
  log('visitor_revoked', { room, actor: actor.id, index, account: found.account?.id ?? null })
  return await findVisitor(parts, room, query)
}
