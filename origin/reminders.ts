import { and, count, eq, gt } from 'drizzle-orm'
import * as z from 'zod'
import type { Database, Queryable } from '../db/mysql.ts'
import { events, openingReminders, users } from '../db/schema.ts'
import type { Language } from '../edge/contract/language.ts'
import { canRemind, MAX_REMINDERS } from '../edge/contract/opening-reminders.ts'
import type { TokenKeys } from '../edge/contract/tokens.ts'

type Parts = { db: Database; now(): Date }

/**
 * A person's reminder of an opening by mail. `off`: it can be set. `late`: the opening is too near, or past. `full`: they have as many as a person
 * can have.
 */
export type ReminderState =
  | { kind: 'off' | 'on'; email: string }
  | { kind: 'unverified' | 'late' | 'full' }

/** The state of a reminder; null if there is no such event that is published and not cancelled. */
export async function readReminder({ db, now }: Parts, eventId: number, userId: number): Promise<ReminderState | null> {
  return await stateOf(db, now(), eventId, userId)
}

/** Sets the reminder if that is possible. Returns whether the event exists. */
export async function setReminder(
  { db, now }: Parts,
  { eventId, userId, language }: { eventId: number; userId: number; language: Language },
): Promise<boolean> {
  return await db.transaction(async (tx) => {
    // Requests at the same time cannot exceed the limit.
    await tx.select({ id: users.id }).from(users).where(eq(users.id, userId)).for('update')
    const state = await stateOf(tx, now(), eventId, userId)
    if (state?.kind === 'off') await tx.insert(openingReminders).values({ eventId, userId, language, createdAt: now() })
    return state !== null
  })
}

export async function cancelReminder({ db }: Pick<Parts, 'db'>, eventId: number, userId: number): Promise<void> {
  await db.delete(openingReminders).where(and(eq(openingReminders.eventId, eventId), eq(openingReminders.userId, userId)))
}

/** Cancels all reminders of a person. */
export async function cancelAllReminders({ db }: Pick<Parts, 'db'>, userId: number): Promise<void> {
  await db.delete(openingReminders).where(eq(openingReminders.userId, userId))
}

async function stateOf(db: Queryable, now: Date, eventId: number, userId: number): Promise<ReminderState | null> {
  const [event] = await db.select().from(events).where(eq(events.id, eventId))
  const [user] = await db.select().from(users).where(eq(users.id, userId))
  if (!event?.published || event.cancelledAt !== null || !user || user.deletedAt !== null) return null
  if (user.emailVerifiedAt === null) return { kind: 'unverified' }
  const isOwn = and(eq(openingReminders.eventId, eventId), eq(openingReminders.userId, userId))
  const [row] = await db.select({ id: openingReminders.userId }).from(openingReminders).where(isOwn)
  if (event.opensAt <= now) return { kind: 'late' }
  if (row) return { kind: 'on', email: user.email }
  if (!canRemind(event.opensAt.getTime(), now.getTime())) return { kind: 'late' }
  const [ahead] = await db.select({ set: count() }).from(openingReminders)
    .innerJoin(events, eq(events.id, openingReminders.eventId))
    .where(and(eq(openingReminders.userId, userId), gt(events.opensAt, now)))
  return (ahead?.set ?? 0) >= MAX_REMINDERS ? { kind: 'full' } : { kind: 'off', email: user.email }
}

const STOP_TYPE = 'reminder-stop'
const stopClaims = z.object({ sub: z.int().positive() })

/** The token of the link that cancels a person's reminders. It does not expire: it can do nothing else, and old mails keep a working link. */
export const signReminderStop = ({ tokenKeys }: { tokenKeys: TokenKeys }, userId: number): string =>
  tokenKeys.hs256.sign(STOP_TYPE, { sub: userId })

/** The person of such a token; null if it is invalid. */
export function verifyReminderStop({ tokenKeys }: { tokenKeys: TokenKeys }, token: string | undefined): number | null {
  const result = tokenKeys.hs256.verify(STOP_TYPE, token)
  const claims = result.kind === 'verified' ? stopClaims.safeParse(result.payload) : null
  return claims?.success ? claims.data.sub : null
}
