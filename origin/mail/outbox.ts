import { and, eq, lte, sql } from 'drizzle-orm'
import type { Database, Queryable } from '../../db/mysql.ts'
import { mails } from '../../db/schema.ts'
import { type Language, LANGUAGES } from '../../edge/contract/language.ts'
import type { TokenKeys } from '../../edge/contract/tokens.ts'
import { MAIL_KINDS, type MailMessage } from '../../web/mail/messages.ts'
import * as z from 'zod'
import { createEncryption } from '../encryption.ts'

export type OutgoingMail = {
  /**
   * Identifies the mail: up to 64 characters of [\w-]. A second mail with the same key is not queued, so that a job that runs again, such as
   * the write-back, sends nothing twice.
   */
  key: string
  to: string
  /** The account that the mail is about; null for none. */
  userId: number | null
  language: Language
  message: MailMessage
  /** After this time the mail is not sent. */
  expiresAt: Date
}

type Parts = { tokenKeys: TokenKeys; now(): Date }

const encryption = createEncryption('mail')
const contentShape = z.object({
  language: z.enum(LANGUAGES),
  message: z.looseObject({ kind: z.enum(MAIL_KINDS) }).transform((message) => message as MailMessage),
})

/**
 * Queues a mail in the transaction of the act that it reports: it is sent if and only if the transaction commits. Call `mailer.nudge()` after
 * the commit to send it at once. The caller limits how many mails a person can cause (mail-allowance.ts).
 */
export async function queueMail(tx: Queryable, { tokenKeys, now }: Parts, mail: OutgoingMail): Promise<void> {
  const { key, to, userId, language, message, expiresAt } = mail
  const content = Buffer.from(JSON.stringify({ language, message }))
  await tx.insert(mails).values({
    key,
    kind: message.kind,
    userId,
    recipient: to,
    content: encryption.encrypt({ secrets: tokenKeys.secrets }, `mail:${key}`, content),
    createdAt: now(),
    nextAttemptAt: now(),
    expiresAt,
  }).onDuplicateKeyUpdate({ set: { key: sql`${mails.key}` } })
}

/** The content of a queued mail; null if no secret of TOKEN_SECRET decrypts it. */
export function readContent(
  { tokenKeys }: Pick<Parts, 'tokenKeys'>,
  { key, content }: { key: string; content: string },
): { language: Language; message: MailMessage } | null {
  const decrypted = encryption.decrypt(tokenKeys, `mail:${key}`, content)
  return decrypted && contentShape.parse(JSON.parse(decrypted.toString()))
}

/** Mails in the outbox that are due, beyond which background jobs queue no more: a link that somebody waits for must be sent soon. */
const MAX_DUE = 20

/** Whether a job may queue more mails that nobody waits for. */
export async function hasRoom({ db, now }: { db: Database; now(): Date }): Promise<boolean> {
  const isDue = and(eq(mails.state, 'queued'), lte(mails.nextAttemptAt, now()))
  const due = await db.select({ id: mails.id }).from(mails).where(isDue).limit(MAX_DUE)
  return due.length < MAX_DUE
}
