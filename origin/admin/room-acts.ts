import type { Redis } from 'ioredis'
import type { Database } from '../../db/mysql.ts'
import { readRoomHead } from '../../db/redis/room/operate.ts'
import { resetRoom, undoResetRoom } from '../../db/redis/room/room.ts'
import type { Log } from '../../runtime/log.ts'
import { type Operator, recordAct } from '../audit-log.ts'

type Parts = { db: Database; redis: Redis; log: Log; now(): Date }
export type RoomAct = { room: string; reason: string; actor: Operator }

/**
 * Resets a room: its queue tickets and passes become void, and positions start from 0. The settings stay. Can be undone for five minutes. The
 * act is recorded first, so that none is without a record: if Redis fails, neither is kept. Throws StoreUnavailable.
 */
export async function resetByOperator(
  parts: Parts,
  { room, reason, actor }: RoomAct,
): Promise<{ kind: 'reset'; epoch: number } | { kind: 'unknown' }> {
  const { db, redis, log, now } = parts
  const before = await readRoomHead(redis, room)
  if (!before) return { kind: 'unknown' }
  return await db.transaction(async (tx) => {
    const detail = { before: { epoch: before.epoch, waiting: before.waiting } }
    await recordAct(tx, { at: now(), actor, action: 'room.reset', subject: `room:${room}`, reason, detail })
    const result = await resetRoom(redis, room)
    log('room_reset', { room, actor: actor.id, ...result })
    return result
  })
}

/** Undoes the last reset of a room: the former queue continues. Throws StoreUnavailable. */
export async function undoReset(
  parts: Parts,
  { room, reason, actor }: RoomAct,
): Promise<{ kind: 'undone'; epoch: number } | { kind: 'too_late' | 'moved' | 'unknown' }> {
  const { db, redis, log, now } = parts
  const before = await readRoomHead(redis, room)
  if (!before) return { kind: 'unknown' }
  return await db.transaction(async (tx) => {
    const detail = { before: { epoch: before.epoch, waiting: before.waiting } }
    await recordAct(tx, { at: now(), actor, action: 'room.undo-reset', subject: `room:${room}`, reason, detail })
    const result = await undoResetRoom(redis, room, before.epoch)
    if (result.kind !== 'undone') throw new NotUndone(result.kind)
    log('room_reset_undone', { room, actor: actor.id, ...result })
    return result
  }).catch((error: unknown) => {
    if (error instanceof NotUndone) return { kind: error.kind }
    throw error
  })
}

/** Rolls the record back. */
class NotUndone extends Error {
  constructor(readonly kind: 'too_late' | 'moved') {
    super(kind)
  }
}
