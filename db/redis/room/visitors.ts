import type { Redis } from 'ioredis'
import { passKey, roomKeys, SPENT_PASS_MS } from '../keys.ts'

/** The index of an account's queue ticket in an epoch of a room; null when it has none. */
export async function readAccountIndex(redis: Redis, room: string, epoch: number, account: number): Promise<number | null> {
  const index = await redis.hget(roomKeys(room).accounts, `${epoch}:u${account}`)
  return index === null ? null : Number(index)
}

/** What a room has of one visitor. */
export type VisitorMarks = {
  /** The queue ticket was given up or revoked, or the visit of its account has ended. */
  isGone: boolean
  /** The turn was claimed or given up. */
  isClaimed: boolean
  /** When the pass of an active visit ends unless it is used, epoch ms; null without one. */
  passEndsAtMs: number | null
  /** Until when the turn is kept that was claimed while the room was full, epoch ms; null for none. */
  deferredUntilMs: number | null
}

/** Reads what a room has of a visitor. */
export async function readVisitorMarks(
  redis: Redis,
  room: string,
  { visitor, index, position }: { visitor: string; index: number; position: number },
): Promise<VisitorMarks> {
  const keys = roomKeys(room)
  const [gone, claimed, pass, deferred] = await Promise.all([
    redis.getbit(keys.gone, index),
    redis.getbit(keys.claimed, position),
    redis.zscore(keys.passes, visitor),
    redis.zscore(keys.deferred, String(position)),
  ])
  return {
    isGone: gone === 1,
    isClaimed: claimed === 1,
    passEndsAtMs: pass === null ? null : Number(pass),
    deferredUntilMs: deferred === null ? null : Number(deferred),
  }
}

/** The person in the key of a pass that was revoked: no account has this id. */
export const REVOKED_PERSON = 0
/** Marks a visitor's pass as spent, so that it books nothing more (reserve.lua). A booking that it has made stays. */
export async function revokePass(redis: Redis, eventId: number, visitor: string): Promise<void> {
  await redis.set(passKey(eventId, visitor), String(REVOKED_PERSON), 'PX', SPENT_PASS_MS, 'NX')
}
