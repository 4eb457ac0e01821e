/**
 * Verification and change of e-mail addresses. A new address replaces the old one when the link that was sent to it is opened by the person
 * who is logged in to the account. Until then the old one stays, and gets a notice of the request: resetting the password from there ends the links of
 * the account, this one included.
 */
import { eq } from 'drizzle-orm'
import { users } from '../../db/schema.ts'
import { checkPassword, findTaken } from '../accounts.ts'
import { accountBuckets, type Allowance, mailboxBuckets, takeAllowance } from '../mail/mail-allowance.ts'
import { deleteSessionsOf, revokeAll } from '../session-list.ts'
import { linkBuckets, queueLink, queueNotice, queueVerification } from './account-mail.ts'
import { endLinks, findLink, type LinkPurpose, lockLink } from './mail-links.ts'
import { type AccountParts, lockChecked, type OwnRequest, recordOwnAct } from './own-act.ts'

const PURPOSES: readonly LinkPurpose[] = ['verify_email', 'change_email']

type Limited = Extract<Allowance, { kind: 'limited' }>
export type ResendResult = { kind: 'sent' } | { kind: 'already_verified' } | { kind: 'not_found' } | Limited

/** Sends the link of the verification again. */
export async function resendVerification(parts: AccountParts, userId: number, request: OwnRequest): Promise<ResendResult> {
  const result = await parts.db.transaction(async (tx): Promise<ResendResult> => {
    // The account first, as everywhere, so that two transactions do not lock each other out.
    const [user] = await tx.select().from(users).where(eq(users.id, userId)).for('update')
    if (!user || user.deletedAt) return { kind: 'not_found' }
    if (user.emailVerifiedAt) return { kind: 'already_verified' }
    const queued = await queueVerification(tx, parts, user, request)
    return queued.kind === 'limited' ? queued : { kind: 'sent' }
  })
  parts.mailer.nudge()
  return result
}

export type EmailChangeResult =
  | { kind: 'requested' }
  | { kind: 'wrong_password' }
  | { kind: 'same_email' }
  | { kind: 'not_found' }
  | { kind: 'busy' }
  | { kind: 'delayed'; retryAfterSeconds: number }
  | Limited

/**
 * Sends a link to the new address, and a notice to the present one. Whether the new address has an account shows only to who reads its mails,
 * when the link is opened. `limited`: one of the mails is not allowed. A change of which the owner gets no notice must not begin.
 */
export async function requestEmailChange(
  parts: AccountParts,
  userId: number,
  { email, password }: { email: string; password: string },
  request: OwnRequest,
): Promise<EmailChangeResult> {
  const { db, now, mailer } = parts
  const [user] = await db.select().from(users).where(eq(users.id, userId))
  if (!user || user.deletedAt) return { kind: 'not_found' }
  const checked = await checkPassword(parts, user.email, password, request, user)
  if (checked.kind !== 'checked') return checked
  if (!checked.isRight) return { kind: 'wrong_password' }
  if (user.email === email) return { kind: 'same_email' }
  const { address, language } = request
  const buckets = linkBuckets(user, address)
    .concat(mailboxBuckets('change_email', email, address), accountBuckets('change_email_notice', user, address))
  const result = await db.transaction(async (tx): Promise<EmailChangeResult> => {
    if (!await lockChecked(tx, user)) return { kind: 'wrong_password' }
    const allowance = await takeAllowance(tx, buckets, now())
    if (allowance.kind === 'limited') return allowance
    await queueLink(tx, parts, { user, purpose: 'change_email', email, language })
    const { nickname } = user
    const message = { kind: 'email_change_requested' as const, nickname, newEmail: email, at: now().toISOString() }
    await queueNotice(tx, parts, { userId: user.id, to: user.email, language, message })
    await recordOwnAct(tx, user, Object.assign({ action: 'account.request_email', at: now() }, request))
    return { kind: 'requested' }
  })
  mailer.nudge()
  return result
}

/** What a link confirms. `userId`: the account whose address it is or becomes. */
export type Confirmation = { purpose: 'verify_email' | 'change_email'; email: string; userId: number }

/** What a link would confirm; null for one that was used, has expired or never existed. */
export async function findConfirmation(
  { db, now }: Pick<AccountParts, 'db' | 'now'>,
  token: string,
): Promise<Confirmation | null> {
  const link = await findLink(db, token, PURPOSES, now())
  if (!link || link.purpose === 'reset_password') return null
  return { purpose: link.purpose, email: link.email, userId: link.userId }
}

export type ConfirmResult =
  | { kind: 'verified'; userId: number }
  /** The account has a new address; its other sessions have ended. */
  | { kind: 'changed'; userId: number }
  | { kind: 'link_expired' }
  /** A new address is confirmed by the person who is logged in to the account, and by no one else who reads the mail. */
  | { kind: 'login_required' }
  | { kind: 'email_taken' }

type Confirmed = ConfirmResult & { sessions?: string[] }

/** Uses the link of a verification or of a change. `personId`: who is logged in; null for nobody. */
export async function confirmEmail(
  parts: AccountParts,
  token: string,
  personId: number | null,
  request: OwnRequest,
): Promise<ConfirmResult> {
  const { db, now, mailer, revokedSessions } = parts
  const confirm = () =>
    db.transaction(async (tx): Promise<Confirmed> => {
      const locked = await lockLink(tx, token, PURPOSES, now())
      if (!locked) return { kind: 'link_expired' }
      const { link, user } = locked
      const at = now()
      if (link.purpose === 'verify_email') {
        if (user.email !== link.email) return { kind: 'link_expired' }
        await tx.update(users).set({ emailVerifiedAt: at }).where(eq(users.id, user.id))
        await endLinks(tx, user.id, 'verify_email')
        await recordOwnAct(tx, user, Object.assign({ action: 'account.verify_email', at }, request))
        return { kind: 'verified', userId: user.id }
      }
      if (personId !== user.id) return { kind: 'login_required' }
      await tx.update(users).set({ email: link.email, emailVerifiedAt: at }).where(eq(users.id, user.id))
      await endLinks(tx, user.id)
      const sessions = await deleteSessionsOf(tx, user.id, (id) => id !== request.session)
      const message = { kind: 'email_changed' as const, nickname: user.nickname, newEmail: link.email, at: at.toISOString() }
      // The request has taken the allowance.
      await queueNotice(tx, parts, { userId: user.id, to: user.email, language: request.language, message })
      await recordOwnAct(tx, user, Object.assign({ action: 'account.change_email', at }, request))
      return { kind: 'changed', userId: user.id, sessions }
    })
  const result = await confirm().catch(async (error: unknown): Promise<Confirmed> => {
    const link = await findConfirmation(parts, token)
    const taken = link && await findTaken(db, { email: link.email, nickname: '' })
    if (taken?.kind === 'email_taken') return taken
    throw error
  })
  mailer.nudge()
  const { sessions = [], ...confirmed } = result
  await revokeAll(revokedSessions, sessions)
  return confirmed
}
