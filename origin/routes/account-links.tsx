import { Hono } from 'hono'
import * as z from 'zod'
import { paths } from '../../edge/contract/paths.ts'
import { describeProblem, type ProblemCode, type ProblemFacts } from '../../edge/contract/problems.ts'
import { ForgotPage } from '../../web/pages/forgot.tsx'
import { ResetPage } from '../../web/pages/reset.tsx'
import { VerificationPage } from '../../web/pages/verification.tsx'
import { renderPage } from '../../web/render.tsx'
import { confirmEmail, type ConfirmResult, findConfirmation } from '../account/email-address.ts'
import { linkToken } from '../account/mail-links.ts'
import { isResetOpen, type PasswordResetResult, resetPassword } from '../account/password.ts'
import { signupInput } from '../accounts.ts'
import { ownRequestOf, refreshSession, rememberDevice } from '../browser-session.ts'
import { clearSessionCookies } from '../cookies.ts'
import type { Deps } from '../deps.ts'
import { addressOf, type Ctx, type Env, fieldErrors, personal, problem, statusOf } from '../http.tsx'
import { readForm, readJson, readQuery } from '../input.ts'
import { passwordKey } from '../passwords.ts'
import { accountProblem } from './account-problems.ts'
import { withMysql } from './with-mysql.ts'

const tokenInput = z.object({ token: linkToken })
const forgotInput = signupInput.pick({ email: true })
const resetInput = tokenInput.extend(signupInput.pick({ password: true }).shape)
const text = z.string().max(500).catch('')

/**
 * The pages and the API of links that are sent by mail. Opening a link changes nothing: programs that look at the links of a mail would use them up.
 * The token is in the query, which no log of the shop has, and pages send no referrer to other sites.
 */
export const accountLinks = (deps: Deps) =>
  new Hono<Env>()
    .post('/api/auth/verify', withMysql(deps, (c) => verifyByApi(c, deps)))
    .post('/api/auth/forgot', withMysql(deps, (c) => forgotByApi(c, deps)))
    .post('/api/auth/reset', withMysql(deps, (c) => resetByApi(c, deps)))
    .get(paths.verification(), withMysql(deps, (c) => showVerification(c, deps)))
    .post(paths.verification(), withMysql(deps, (c) => verifyFromPage(c, deps)))
    .get(paths.forgot, (c) => {
      personal(c)
      return c.html(renderPage(<ForgotPage language={c.get('language')} isSent={c.req.query('done') !== undefined} />))
    })
    .post(paths.forgot, withMysql(deps, (c) => forgotFromPage(c, deps)))
    .get(paths.reset(), withMysql(deps, (c) => showReset(c, deps)))
    .post(paths.reset(), withMysql(deps, (c) => resetFromPage(c, deps)))

async function verifyByApi(c: Ctx, deps: Deps): Promise<Response> {
  const input = await readJson(c, tokenInput)
  if (input instanceof Response) return input
  const result = await confirm(c, deps, input.token)
  return 'userId' in result ? c.body(null, 204) : problem(c, confirmProblem(result))
}

async function forgotByApi(c: Ctx, deps: Deps): Promise<Response> {
  const input = await readJson(c, forgotInput)
  if (input instanceof Response) return input
  const { kind } = await deps.resetRequests.request(input.email, { address: addressOf(c), language: c.get('language') })
  return kind === 'accepted' ? c.body(null, 204) : problem(c, 'busy', { retryAfterSeconds: 3 })
}

async function resetByApi(c: Ctx, deps: Deps): Promise<Response> {
  const input = await readJson(c, resetInput)
  if (input instanceof Response) return input
  const result = await resetPassword(deps, input.token, input.password, ownRequestOf(c, deps))
  if (result.kind !== 'changed') return problem(c, ...resetProblem(c, result))
  rememberDevice(c, deps, [passwordKey(result.passwordHash)])
  return c.body(null, 204)
}

async function showReset(c: Ctx, deps: Deps): Promise<Response> {
  personal(c)
  const { token, done } = readQuery(c)
  const sent = linkToken.safeParse(token)
  if (done !== undefined) return c.html(renderPage(<ResetPage language={c.get('language')} state='done' />))
  const isOpen = sent.success && await isResetOpen(deps, sent.data)
  if (!isOpen) return showExpiredReset(c)
  return c.html(renderPage(<ResetPage language={c.get('language')} state='form' token={sent.data} />))
}

async function confirm(c: Ctx, deps: Deps, token: string): Promise<ConfirmResult> {
  const request = ownRequestOf(c, deps)
  const person = c.get('person')
  const result = await confirmEmail(deps, token, person?.id ?? null, request)
  // Only now does the access token say that the address is verified.
  if ('userId' in result && result.userId === person?.id) await refreshSession(c, deps)
  return result
}

const confirmProblem = (result: Exclude<ConfirmResult, { userId: number }>): ProblemCode =>
  result.kind === 'login_required' ? 'unauthenticated' : result.kind

async function showVerification(c: Ctx, deps: Deps): Promise<Response> {
  personal(c)
  const language = c.get('language')
  const { token, done } = readQuery(c)
  if (done === 'verified' || done === 'changed') return c.html(renderPage(<VerificationPage language={language} state={done} />))
  const sent = linkToken.safeParse(token)
  const found = sent.success ? await findConfirmation(deps, sent.data) : null
  if (!sent.success || !found) return showExpiredVerification(c)
  const needsLogin = found.purpose === 'change_email' && c.get('person')?.id !== found.userId
  const state = needsLogin ? (c.get('person') ? 'other_account' : 'login') : 'confirm'
  return c.html(renderPage(<VerificationPage language={language} state={state} email={found.email} token={sent.data} />))
}

async function verifyFromPage(c: Ctx, deps: Deps): Promise<Response> {
  personal(c)
  const input = tokenInput.safeParse(await readForm(c))
  if (!input.success) return showExpiredVerification(c)
  const result = await confirm(c, deps, input.data.token)
  switch (result.kind) {
    case 'verified':
    case 'changed':
      return c.redirect(`${paths.verification()}?done=${result.kind}`, 303)
    case 'login_required':
      return c.redirect(paths.verification(input.data.token), 303)
    case 'email_taken':
      return problem(c, 'email_taken')
    case 'link_expired':
      return showExpiredVerification(c)
    default:
      return result satisfies never
  }
}

function showExpiredVerification(c: Ctx): Response {
  c.set('outcome', 'link_expired')
  const described = describeProblem('link_expired', c.get('language'))
  const page = (
    <VerificationPage language={c.get('language')} state='expired' isMember={c.get('person') !== null} problem={described} />
  )
  return c.html(renderPage(page), statusOf('link_expired'))
}

async function forgotFromPage(c: Ctx, deps: Deps): Promise<Response> {
  personal(c)
  const language = c.get('language')
  const form = z.object({ email: text }).parse(await readForm(c))
  const input = forgotInput.safeParse(form)
  if (input.success) {
    const { kind } = await deps.resetRequests.request(input.data.email, { address: addressOf(c), language })
    return kind === 'accepted' ? c.redirect(`${paths.forgot}?done`, 303) : problem(c, 'busy', { retryAfterSeconds: 3 })
  }
  const described = describeProblem('validation_failed', language, { errors: fieldErrors(input.error, language) })
  return c.html(renderPage(<ForgotPage language={language} isSent={false} email={form.email} problem={described} />), 422)
}

async function resetFromPage(c: Ctx, deps: Deps): Promise<Response> {
  personal(c)
  const language = c.get('language')
  const form = z.object({ token: text, password: text }).parse(await readForm(c))
  if (!linkToken.safeParse(form.token).success) return showExpiredReset(c)
  const input = resetInput.safeParse(form)
  const result = input.success ? await resetPassword(deps, form.token, input.data.password, ownRequestOf(c, deps)) : null
  if (result?.kind === 'link_expired') return showExpiredReset(c)
  if (result?.kind === 'changed') {
    // The sessions of the account have ended, perhaps this browser's among them.
    clearSessionCookies(c)
    rememberDevice(c, deps, [passwordKey(result.passwordHash)])
    return c.redirect(`${paths.reset()}?done`, 303)
  }
  const [code, facts]: [ProblemCode, ProblemFacts] = result
    ? resetProblem(c, result)
    : ['validation_failed', { errors: fieldErrors(input.error!, language) }]
  c.set('outcome', code)
  const described = describeProblem(code, language, facts)
  return c.html(renderPage(<ResetPage language={language} state='form' token={form.token} problem={described} />), statusOf(code))
}

const resetProblem = (c: Ctx, result: Exclude<PasswordResetResult, { kind: 'changed' }>): [ProblemCode, ProblemFacts] =>
  result.kind === 'link_expired' ? ['link_expired', {}] : accountProblem(result, c.get('language'))

function showExpiredReset(c: Ctx): Response {
  c.set('outcome', 'link_expired')
  const described = describeProblem('link_expired', c.get('language'))
  const page = <ResetPage language={c.get('language')} state='expired' problem={described} />
  return c.html(renderPage(page), statusOf('link_expired'))
}
