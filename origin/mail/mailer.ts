/**
 * Sends the mails of the outbox. Each mail is in one of three states:
 *
 *   queued ──▶ sent      the server has accepted it
 *      │  └──▶ dead      refused for good, out of attempts, or expired
 *      └─ an attempt takes a lease of a minute; a failed one waits longer each time
 *
 * Every origin runs this job; the lease gives a mail to one of them at a time. If a process dies after the server has accepted a mail and
 * before the row says so, the mail is sent again with the same Message-ID.
 *
 * An attempt that no server answers does not count. While no server does, few mails about reservations and few reminders are queued.
 */
import { and, asc, count, eq, inArray, lte, sql } from 'drizzle-orm'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../../db/mysql.ts'
import { mailLinks, mails } from '../../db/schema.ts'
import type { TokenKeys } from '../../edge/contract/tokens.ts'
import { describeError, type Log } from '../../runtime/log.ts'
import { withTimeout } from '../../runtime/timeout.ts'
import { renderMail } from '../../web/mail/render-mail.tsx'
import { purgeAllowances } from './mail-allowance.ts'
import { purgeReminders, queueReminders } from './opening-reminders.ts'
import { readContent } from './outbox.ts'
import { countReservationMails, dropReservationMails, queueReservationMails } from './reservation-mails.ts'
import { type SendMail, SmtpAway, SmtpRefusal } from './smtp.ts'

type Parts = {
  db: Database
  tokenKeys: TokenKeys
  log: Log
  now(): Date
  newId(): string
  /** Null in a shop without a mail server: mails then wait until they expire, and there are none about reservations. */
  send: SendMail | null
  /** The address of the shop, with which links in mails begin. */
  publicUrl: string
}

export type Mailer = {
  /** Looks into the outbox at once. Call it after a transaction that has queued a mail. */
  nudge(): void
  /** Mails that waited at the last look, with those about reservations that were not queued yet. */
  status(): { queued: number }
  close(): Promise<void>
}

/** Mails of one origin that are sent at the same time. */
const BATCH = 4
/** Batches between two looks at what has expired. */
const BATCHES = 50
/** Mails about reservations, and reminders, that are queued in one transaction. */
const NOTES = 20
const LEASE_MS = 60_000
/** Well below the lease, so that no second origin sends a mail while this one still tries. */
const SEND_TIMEOUT_MS = 30_000
const CLOSE_TIMEOUT_MS = 5_000
/** After an attempt that no server has answered. */
const AWAY_SECONDS = 30
/** After each failed attempt, in seconds; then the mail is dead. */
const RETRY_SECONDS = [10, 30, 120, 600, 1_800, 3_600, 7_200]
/** Sent and dead mails, without their content, are kept for a week. */
const KEPT_MS = 7 * 86_400_000
const PURGE_EVERY_MS = 10 * 60_000
const PURGE_BATCH = 500

type Row = typeof mails.$inferSelect

/** Starts the job. It looks into the outbox every `everyMs`. */
export function openMailer(parts: Parts, everyMs: number): Mailer {
  const stopped = new AbortController()
  let wake = new AbortController()
  let queued = 0
  let isAway = false
  let purgedAtMs = 0

  /** Queues and sends what is due. Returns whether there may be more. */
  async function work(send: SendMail): Promise<boolean> {
    const limit = isAway ? 1 : NOTES
    const added = await queueReservationMails(parts, limit) + await queueReminders(parts, limit)
    const outcomes = await sendBatch(parts, send)
    if (outcomes.length > 0) isAway = outcomes.every((outcome) => outcome === 'away')
    return !isAway && added + outcomes.length > 0
  }
  async function run(): Promise<void> {
    const { db, send } = parts
    await expire(parts)
    if (!send) await dropReservationMails(db)
    let batches = 0
    while (send && !stopped.signal.aborted && await work(send)) {
      if (++batches < BATCHES) continue
      wake.abort()
      break
    }
    queued = await countQueued(db) + await countReservationMails(db)
    const nowMs = parts.now().getTime()
    if (nowMs - purgedAtMs < PURGE_EVERY_MS) return
    purgedAtMs = nowMs
    await purge(parts)
  }
  async function runSchedule() {
    while (!stopped.signal.aborted) {
      wake = new AbortController()
      await run().catch((error: unknown) => parts.log('mailer_failed', describeError(error)))
      await sleep(everyMs, undefined, { signal: AbortSignal.any([stopped.signal, wake.signal]) }).catch(() => {})
    }
  }
  const schedule = runSchedule()
  return {
    nudge: () => wake.abort(),
    status: () => ({ queued }),
    async close() {
      stopped.abort()
      // A mail whose attempt is cut off here is sent by another origin when the lease ends.
      await withTimeout(schedule, CLOSE_TIMEOUT_MS, () => {})
    },
  }
}

/** `ended`: sent or dead. `retried`: the server asks to try again. `away`: no server answers. */
type Outcome = 'ended' | 'retried' | 'away'

/** Tries to send up to four mails whose time has come. */
async function sendBatch(parts: Parts, send: SendMail): Promise<Outcome[]> {
  const batch = await takeLease(parts)
  return await Promise.all(batch.map((row) => attempt(parts, send, row)))
}

/** Gives this origin the next mails for a minute. */
async function takeLease({ db, now, newId }: Parts): Promise<Row[]> {
  const at = now()
  const isDue = and(eq(mails.state, 'queued'), lte(mails.nextAttemptAt, at))
  const due = await db.select({ id: mails.id }).from(mails).where(isDue).orderBy(asc(mails.nextAttemptAt)).limit(BATCH)
  if (due.length === 0) return []
  const lease = newId()
  // The condition again: another origin may have been faster.
  await db.update(mails).set({ lease, attempts: sql`${mails.attempts} + 1`, nextAttemptAt: new Date(at.getTime() + LEASE_MS) })
    .where(and(isDue, inArray(mails.id, due.map(({ id }) => id))))
  return await db.select().from(mails).where(and(eq(mails.lease, lease), eq(mails.state, 'queued')))
}

async function attempt(parts: Parts, send: SendMail, row: Row): Promise<Outcome> {
  const { log } = parts
  const content = readContent(parts, row)
  if (!content) return await end(parts, row, 'dead', 'no secret decrypts it')
  const rendered = renderMail(content.message, content.language, parts.publicUrl)
  const messageId = `<${row.key}@${new URL(parts.publicUrl).hostname}>`
  const sending = send(Object.assign({ to: row.recipient, messageId, language: content.language }, rendered))
  const timeout = () => new Error('The mail server took too long')
  const failure = await withTimeout(sending.then(() => null, (error: Error) => error), SEND_TIMEOUT_MS, timeout)
  if (!failure) {
    log('mail_sent', { kind: row.kind, attempts: row.attempts })
    return await end(parts, row, 'sent')
  }
  const isAway = failure instanceof SmtpAway
  const waitSeconds = isAway ? AWAY_SECONDS : RETRY_SECONDS[row.attempts - 1]
  if (failure instanceof SmtpRefusal || waitSeconds === undefined) return await end(parts, row, 'dead', failure.message)
  const nextAttemptAt = new Date(parts.now().getTime() + waitSeconds * 1000)
  const attempts = isAway ? row.attempts - 1 : row.attempts
  await parts.db.update(mails).set({ nextAttemptAt, attempts, lease: null, error: cut(failure.message) }).where(isHeld(row))
  log('mail_retried', { kind: row.kind, attempts, error: withoutAddress(failure.message) })
  return isAway ? 'away' : 'retried'
}

/** Ends a mail and removes its content. */
async function end({ db, log, now }: Parts, row: Row, state: 'sent' | 'dead', error = ''): Promise<'ended'> {
  await db.update(mails).set({ state, content: '', lease: null, endedAt: now(), error: cut(error) }).where(isHeld(row))
  if (state === 'dead') log('mail_dead', { id: row.id, kind: row.kind, attempts: row.attempts, error: withoutAddress(error) })
  return 'ended'
}

/** The mail, unless another origin has taken it since. */
const isHeld = ({ id, lease }: Row) => and(eq(mails.id, id), lease === null ? undefined : eq(mails.lease, lease))

/** Ends queued mails that are too old to be sent. */
async function expire(parts: Parts): Promise<void> {
  const at = parts.now()
  const expired = await parts.db.select().from(mails)
    .where(and(eq(mails.state, 'queued'), lte(mails.nextAttemptAt, at), lte(mails.expiresAt, at))).limit(PURGE_BATCH)
  for (const row of expired) await end(parts, row, 'dead', 'expired')
}

async function countQueued(db: Database): Promise<number> {
  const [row] = await db.select({ queued: count() }).from(mails).where(eq(mails.state, 'queued'))
  return row?.queued ?? 0
}

/** Deletes mails that ended a week ago, expired links, full allowances and old reminders. The next run deletes what is left. */
async function purge({ db, now }: Parts): Promise<void> {
  const endedBefore = new Date(now().getTime() - KEPT_MS)
  const old = await db.select({ id: mails.id }).from(mails).where(lte(mails.endedAt, endedBefore)).limit(PURGE_BATCH)
  if (old.length > 0) await db.delete(mails).where(inArray(mails.id, old.map(({ id }) => id)))
  const links = await db.select({ id: mailLinks.id }).from(mailLinks).where(lte(mailLinks.expiresAt, now())).limit(PURGE_BATCH)
  if (links.length > 0) await db.delete(mailLinks).where(inArray(mailLinks.id, links.map(({ id }) => id)))
  await purgeAllowances(db, now(), PURGE_BATCH)
  await purgeReminders(db, now())
}

const MAX_ERROR = 300
const cut = (text: string): string => Array.from(text).slice(0, MAX_ERROR).join('')
/** The log has no e-mail addresses, and servers quote them in their replies. */
const withoutAddress = (text: string): string => cut(text.replace(/\S+@\S+/g, '…'))
