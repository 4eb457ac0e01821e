import type { Queryable } from '../../db/mysql.ts'
import type { Language } from '../../edge/contract/language.ts'
import type { MailMessage } from '../../web/mail/messages.ts'
import type { TokenKeys } from '../../edge/contract/tokens.ts'
import { type Allowance, mailboxOf, takeAllowance } from '../mail/mail-allowance.ts'
import { queueMail } from '../mail/outbox.ts'
import { createLink, endLinks, type LinkPurpose } from './mail-links.ts'

type Parts = { tokenKeys: TokenKeys; now(): Date; newId(): string }
type Recipient = { id: number; nickname: string }

/** A notice is of no use after this time. */
const NOTICE_MS = 3 * 86_400_000

/**
 * Queues a mail with a one-time link, within the allowances of the account, and of the address for links of this kind: what strangers request
 * for an address must not use up what its owner requests. `limited`: nothing was queued. A reset has its
 * allowance taken beforehand.
 */
export async function queueLink(
  tx: Queryable,
  parts: Parts,
  { user, purpose, email, language }: { user: Recipient; purpose: LinkPurpose; email: string; language: Language },
): Promise<Allowance> {
  const at = parts.now()
  if (purpose !== 'reset_password') {
    const allowance = await takeAllowance(tx, [`${purpose}:${mailboxOf(email)}`, `account:${user.id}`], at)
    if (allowance.kind === 'limited') return allowance
  }
  // One change at a time: an earlier link to another address ends.
  if (purpose === 'change_email') await endLinks(tx, user.id, purpose)
  const { token, expiresAt } = await createLink(tx, { userId: user.id, purpose, email, at })
  const message: MailMessage = { kind: purpose, nickname: user.nickname, token }
  const key = `${purpose}-${parts.newId()}`
  await queueMail(tx, parts, { key, to: email, userId: user.id, language, message, expiresAt })
  return { kind: 'allowed' }
}

/**
 * Queues a notice about an account, within an allowance of the address: who knows the password of an account may repeat an act without end, and
 * the address may be somebody else's. Beyond it the act is done without a mail.
 */
export async function queueNotice(
  tx: Queryable,
  parts: Parts,
  { user, to, language, message }: { user: Recipient | null; to: string; language: Language; message: MailMessage },
): Promise<void> {
  if ((await takeAllowance(tx, [`notice:${mailboxOf(to)}`], parts.now())).kind === 'limited') return
  const key = `${message.kind}-${parts.newId()}`
  const expiresAt = new Date(parts.now().getTime() + NOTICE_MS)
  await queueMail(tx, parts, { key, to, userId: user && user.id, language, message, expiresAt })
}
