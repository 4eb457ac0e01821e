import type { Queryable } from '../../db/mysql.ts'
import type { users } from '../../db/schema.ts'
import type { Language } from '../../edge/contract/language.ts'
import type { MailMessage } from '../../web/mail/messages.ts'
import type { TokenKeys } from '../../edge/contract/tokens.ts'
import { accountBuckets, type Allowance, clientBucket, mailBucket, takeAllowance } from '../mail/mail-allowance.ts'
import { queueMail } from '../mail/outbox.ts'
import { createLink, endLinks, type LinkPurpose } from './mail-links.ts'

type Parts = { tokenKeys: TokenKeys; now(): Date; newId(): string }
type Recipient = Pick<typeof users.$inferSelect, 'id' | 'nickname' | 'email' | 'emailVerifiedAt'>
type Request = { address: string; language: Language }

/** A notice is of no use after this time. */
const NOTICE_MS = 3 * 86_400_000

/** Queues a mail with a one-time link. The caller takes the allowance. */
export async function queueLink(
  tx: Queryable,
  parts: Parts,
  { user, purpose, email, language }: {
    user: Pick<Recipient, 'id' | 'nickname'>
    purpose: LinkPurpose
    email: string
    language: Language
  },
): Promise<void> {
  // One change at a time: an earlier link to another address ends.
  if (purpose === 'change_email') await endLinks(tx, user.id, purpose)
  const { token, expiresAt } = await createLink(tx, { userId: user.id, purpose, email, at: parts.now() })
  const message: MailMessage = { kind: purpose, nickname: user.nickname, token }
  const key = `${purpose}-${parts.newId()}`
  await queueMail(tx, parts, { key, to: email, userId: user.id, language, message, expiresAt })
}

/** Queues the mail that verifies the address of an account, within the allowances. `limited`: nothing was queued. */
export async function queueVerification(
  tx: Queryable,
  parts: Parts,
  user: Recipient,
  { address, language }: Request,
): Promise<Allowance> {
  const buckets = linkBuckets(user, address).concat(accountBuckets('verify_email', user, address))
  const allowance = await takeAllowance(tx, buckets, parts.now())
  if (allowance.kind === 'allowed') await queueLink(tx, parts, { user, purpose: 'verify_email', email: user.email, language })
  return allowance
}

/** The buckets of every link to an address that the person has not verified. */
export const linkBuckets = ({ id }: Pick<Recipient, 'id'>, client: string) => [mailBucket(`account:${id}`), clientBucket(client)]

/** Queues a notice about an account. The caller limits them. `userId`: null if the mail belongs to no account. */
export async function queueNotice(
  tx: Queryable,
  parts: Parts,
  { userId, to, language, message }: { userId: number | null; to: string; language: Language; message: MailMessage },
): Promise<void> {
  const key = `${message.kind}-${parts.newId()}`
  const expiresAt = new Date(parts.now().getTime() + NOTICE_MS)
  await queueMail(tx, parts, { key, to, userId, language, message, expiresAt })
}

/** Whether an act on an account may cause a notice. Beyond the allowance the act is done without one: it may be repeated without end. */
export async function mayNotify(
  tx: Queryable,
  { now }: Parts,
  user: Recipient,
  { address }: Pick<Request, 'address'>,
): Promise<boolean> {
  return (await takeAllowance(tx, accountBuckets('notice', user, address), now())).kind === 'allowed'
}
