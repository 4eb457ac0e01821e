import { Hono } from 'hono'
import * as z from 'zod'
import { paths } from '../../edge/contract/paths.ts'
import { describeProblem, type Problem } from '../../edge/contract/problems.ts'
import { InvitationPage, type InvitationState } from '../../web/pages/invitation.tsx'
import { renderPage } from '../../web/render.tsx'
import { findUser, signupInput } from '../accounts.ts'
import { replaceSession, requestOrigin } from '../browser-session.ts'
import { setSessionCookies } from '../cookies.ts'
import type { Deps } from '../deps.ts'
import { type Ctx, type Env, fieldErrors, personal, problem, statusOf } from '../http.tsx'
import { readForm, readQuery } from '../input.ts'
import { describeCommonPassword } from './account-problems.ts'
import { withMysql } from './with-mysql.ts'
import { acceptAsNewAccount, acceptAsUser, type AcceptResult, findInvitation, type OpenInvitation } from '../invitations.ts'

/** 32 bytes in base64url. */
const token = z.string().regex(/^[\w-]{43}$/)
const text = z.string().max(500).catch('')
const form = z.object({ token: z.string().max(100).catch(''), nickname: text, password: text })
const newAccount = signupInput.pick({ nickname: true, password: true })

/**
 * The page of the link by which an owner invites an operator. Opening it changes nothing, so that programs that look at links use none up. The
 * token is in the query, which the programs do not log; a balancer in front may.
 */
export const invitationPages = (deps: Deps) =>
  new Hono<Env>()
    .get(paths.invitation(), withMysql(deps, (c) => showInvitation(c, deps)))
    .post(paths.invitation(), withMysql(deps, (c) => acceptFromPage(c, deps)))

async function showInvitation(c: Ctx, deps: Deps): Promise<Response> {
  personal(c)
  const sent = token.safeParse(readQuery(c).token)
  const invitation = sent.success ? await findInvitation(deps, sent.data) : null
  if (!sent.success || !invitation) return problem(c, 'link_expired')
  return await show(c, deps, invitation, { token: sent.data, nickname: '' })
}

async function acceptFromPage(c: Ctx, deps: Deps): Promise<Response> {
  personal(c)
  const input = form.parse(await readForm(c))
  const invitation = token.safeParse(input.token).success ? await findInvitation(deps, input.token) : null
  if (!invitation) return problem(c, 'link_expired')
  const result = invitation.hasAccount
    ? await acceptWithAccount(c, deps, input.token)
    : await acceptWithNewAccount(c, deps, input)
  if (!('kind' in result)) return await show(c, deps, invitation, input, result)
  if (result.kind !== 'joined') return await show(c, deps, invitation, input, refusal(c, result))
  setSessionCookies(c, await replaceSession(c, deps, result.user))
  return c.redirect(paths.admin.home, 303)
}

type Input = { token: string; nickname: string; password: string }

async function acceptWithNewAccount(c: Ctx, deps: Deps, input: Input): Promise<AcceptResult | Problem> {
  const account = newAccount.safeParse(input)
  if (account.success) return await acceptAsNewAccount(deps, input.token, account.data, requestOrigin(c))
  const language = c.get('language')
  return describeProblem('validation_failed', language, { errors: fieldErrors(account.error, language) })
}

async function acceptWithAccount(c: Ctx, deps: Deps, sent: string): Promise<AcceptResult> {
  const person = c.get('person')
  return person ? await acceptAsUser(deps, sent, person.id, requestOrigin(c)) : { kind: 'email_taken' }
}

function refusal(c: Ctx, result: Exclude<AcceptResult, { kind: 'joined' }>): Problem {
  const language = c.get('language')
  switch (result.kind) {
    case 'other_account':
      return describeProblem('forbidden', language, {
        detail: {
          ko: '초대받은 이메일의 계정으로 로그인한 뒤 다시 시도해 주세요.',
          en: 'Log in with the account of the e-mail address that was invited.',
        },
      })
    case 'common_password':
      return describeCommonPassword(language)
    case 'busy':
      return describeProblem('busy', language, { retryAfterSeconds: 3 })
    case 'email_taken':
    case 'nickname_taken':
    case 'link_expired':
      return describeProblem(result.kind, language)
    default:
      return result satisfies never
  }
}

async function show(
  c: Ctx,
  deps: Deps,
  invitation: OpenInvitation,
  { token, nickname }: Pick<Input, 'token' | 'nickname'>,
  shown?: Problem,
): Promise<Response> {
  if (shown) c.set('outcome', shown.code)
  const page = (
    <InvitationPage
      language={c.get('language')}
      email={invitation.email}
      role={invitation.role}
      state={await readState(c, deps, invitation)}
      token={token}
      nickname={nickname}
      problem={shown}
    />
  )
  return c.html(renderPage(page), shown ? statusOf(shown.code) : 200)
}

async function readState(c: Ctx, deps: Deps, { email, hasAccount }: OpenInvitation): Promise<InvitationState> {
  const person = c.get('person')
  if (!hasAccount) return 'new_account'
  if (!person) return 'login'
  return (await findUser(deps, person.id))?.email.toLowerCase() === email ? 'confirm' : 'other_account'
}
