/**
 * Mails that remind people of an opening.
 *
 *   a person sets a reminder (origin/reminders.ts) ──▶ this job, from 40 until 10 minutes before the opening: mail queued and the opening
 *     noted in the row, in one transaction ──▶ mailer.ts
 *
 * So each opening causes one mail per reminder, whichever process dies. The times are those of the event when the job runs: a moved opening
 * moves the mail, also after one was sent, and events that are cancelled, stopped or not published cause none. Like mails about reservations, few
 * of them are in the outbox at a time.
 */
import { and, eq, gt, inArray, isNull, lte, ne, or } from 'drizzle-orm'
import type { Database, Queryable } from '../../db/mysql.ts'
import { events, openingReminders, users } from '../../db/schema.ts'
import { REMINDER } from '../../edge/contract/opening-reminders.ts'
import type { TokenKeys } from '../../edge/contract/tokens.ts'
import { signReminderStop } from '../reminders.ts'
import { hasRoom, queueMail } from './outbox.ts'

type Parts = { db: Database; tokenKeys: TokenKeys; now(): Date }
type EventRow = typeof events.$inferSelect

const MINUTE_MS = 60_000
/** Rows are deleted so long after the opening, and so many at a time. */
const KEPT_MS = 86_400_000
const PURGE_BATCH = 5_000

/** Queues the next reminders, at most `limit`, and none while enough mails are due already. Returns how many reminders are done. */
export async function queueReminders(parts: Parts, limit: number): Promise<number> {
  const { db } = parts
  for (const event of await openingSoon(parts)) {
    const [first] = await db.select({ id: openingReminders.userId }).from(openingReminders).where(isDue(event)).limit(1)
    if (!first) continue
    if (!await hasRoom(parts)) return 0
    const done = await db.transaction((tx) => queueSome(tx, parts, event, limit))
    if (done > 0) return done
  }
  return 0
}

async function openingSoon({ db, now }: Parts): Promise<EventRow[]> {
  const inMinutes = (minutes: number) => new Date(now().getTime() + minutes * MINUTE_MS)
  return await db.select().from(events).where(and(
    gt(events.opensAt, inMinutes(REMINDER.lastMinutes)),
    lte(events.opensAt, inMinutes(REMINDER.firstMinutes)),
    eq(events.published, true),
    eq(events.saleState, 'on_sale'),
    isNull(events.cancelledAt),
  ))
}

const isDue = ({ id, opensAt }: Pick<EventRow, 'id' | 'opensAt'>) =>
  and(eq(openingReminders.eventId, id), or(isNull(openingReminders.remindedOf), ne(openingReminders.remindedOf, opensAt)))

/** If an operator moves the opening meanwhile, the rows note the one that their mails have, and are due again. */
async function queueSome(tx: Queryable, parts: Parts, event: EventRow, limit: number): Promise<number> {
  const { id } = event
  // Each reminder goes to one of the origins.
  const due = await tx.select().from(openingReminders).where(isDue(event)).limit(limit).for('update', { skipLocked: true })
  if (due.length === 0) return 0
  const people = await tx.select().from(users).where(inArray(users.id, due.map(({ userId }) => userId)))
  const byId = new Map(people.map((user) => [user.id, user]))
  for (const { userId, language } of due) {
    const user = byId.get(userId)
    // Who has a reminder had verified an address; since then they may have changed it or deleted the account.
    if (!user || user.deletedAt !== null || user.emailVerifiedAt === null) continue
    const inKorean = language === 'ko'
    await queueMail(tx, parts, {
      key: `reminder-${id}-${userId}-${event.opensAt.getTime()}`,
      to: user.email,
      userId,
      language,
      message: {
        kind: 'opening_reminder',
        nickname: user.nickname,
        eventId: id,
        event: inKorean ? event.title : event.titleEn,
        venue: inKorean ? event.venue : event.venueEn,
        startsAt: event.startsAt.toISOString(),
        zone: event.zone,
        opensAt: event.opensAt.toISOString(),
        stopToken: signReminderStop(parts, userId),
      },
      expiresAt: new Date(event.opensAt.getTime() - REMINDER.lastMinutes * MINUTE_MS),
    })
  }
  const done = and(eq(openingReminders.eventId, id), inArray(openingReminders.userId, due.map(({ userId }) => userId)))
  await tx.update(openingReminders).set({ remindedOf: event.opensAt }).where(done)
  return due.length
}

/** Deletes reminders of openings that are a day ago. The next run deletes what is left. */
export async function purgeReminders(db: Database, now: Date): Promise<void> {
  const openedBefore = new Date(now.getTime() - KEPT_MS)
  const over = await db.selectDistinct({ id: openingReminders.eventId }).from(openingReminders)
    .innerJoin(events, eq(events.id, openingReminders.eventId)).where(lte(events.opensAt, openedBefore)).limit(PURGE_BATCH)
  if (over.length === 0) return
  await db.delete(openingReminders).where(inArray(openingReminders.eventId, over.map(({ id }) => id))).limit(PURGE_BATCH)
}
