import { Hono } from 'hono'
import * as z from 'zod'
import { type AccountPart, paths } from '../../edge/contract/paths.ts'
import { describeProblem, type Problem, type ProblemCode, type ProblemFacts } from '../../edge/contract/problems.ts'
import { isOperator } from '../../edge/contract/roles.ts'
import type { Access } from '../../edge/contract/tokens.ts'
import { ACCOUNT_DONE, type AccountDone, AccountPage } from '../../web/pages/account.tsx'
import { AccountDeletedPage } from '../../web/pages/account-deleted.tsx'
import { renderPage } from '../../web/render.tsx'
import { deleteAccount } from '../account/deletion.ts'
import { requestEmailChange, resendVerification } from '../account/email-address.ts'
import { changeNickname } from '../account/nickname.ts'
import { endOwnSessions } from '../account/own-sessions.ts'
import { changePassword } from '../account/password.ts'
import { findUser, signupInput } from '../accounts.ts'
import { ownRequestOf, refreshSession, rememberDevice } from '../browser-session.ts'
import { clearSessionCookies } from '../cookies.ts'
import type { Deps } from '../deps.ts'
import { type Ctx, type Env, fieldErrors, personal, problem, statusOf } from '../http.tsx'
import { readForm } from '../input.ts'
import { passwordKey } from '../passwords.ts'
import { listSessions } from '../session-list.ts'
import { accountProblem } from './account-problems.ts'
import { respondOwnData } from './own-account-api.ts'
import { withMysql } from './with-mysql.ts'

const anyPassword = z.string().min(1).max(500)
const { nickname, email, password } = signupInput.shape
const nicknameForm = z.object({ nickname })
const emailForm = z.object({ newEmail: email, emailPassword: anyPassword })
const passwordForm = z.object({ currentPassword: anyPassword, password })
const deletionForm = z.object({ deletionPassword: anyPassword })

/** The pages of a person's own account. Each form returns to the page with a message, or shows it again with what is wrong. */
export const ownAccount = (deps: Deps) =>
  new Hono<Env>()
    .get(paths.account(), withPerson(deps, (c, person) => show(c, deps, person)))
    .post(
      paths.accountPart('nickname'),
      withPerson(deps, async (c, person) => {
        const form = nicknameForm.safeParse(await readForm(c))
        if (!form.success) return await showInvalid(c, deps, person, 'nickname', form.error)
        const result = await changeNickname(deps, person.id, form.data.nickname, ownRequestOf(c, deps))
        if (result.kind !== 'changed') return await refuse(c, deps, person, 'nickname', accountProblem(result, c.get('language')))
        await refreshSession(c, deps)
        return done(c, 'nickname')
      }),
    )
    .post(
      paths.accountPart('email'),
      withPerson(deps, async (c, person) => {
        const form = emailForm.safeParse(await readForm(c))
        if (!form.success) return await showInvalid(c, deps, person, 'email', form.error)
        const { newEmail, emailPassword } = form.data
        const request = ownRequestOf(c, deps)
        const result = await requestEmailChange(deps, person.id, { email: newEmail, password: emailPassword }, request)
        if (result.kind === 'requested') return done(c, 'email')
        const fields = { current: 'emailPassword', email: 'newEmail' }
        return await refuse(c, deps, person, 'email', accountProblem(result, c.get('language'), fields))
      }),
    )
    .post(
      paths.accountPart('password'),
      withPerson(deps, async (c, person) => {
        const form = passwordForm.safeParse(await readForm(c))
        if (!form.success) return await showInvalid(c, deps, person, 'password', form.error)
        const { currentPassword: current, password } = form.data
        const result = await changePassword(deps, person.id, { current, password }, ownRequestOf(c, deps))
        if (result.kind === 'changed') {
          rememberDevice(c, deps, [passwordKey(result.passwordHash)])
          return done(c, 'password')
        }
        return await refuse(c, deps, person, 'password', accountProblem(result, c.get('language')))
      }),
    )
    .post(
      paths.accountPart('verification'),
      withPerson(deps, async (c, person) => {
        const result = await resendVerification(deps, person.id, ownRequestOf(c, deps))
        if (result.kind === 'sent') return done(c, 'verification')
        if (result.kind === 'already_verified') return c.redirect(paths.account(), 303)
        return await refuse(c, deps, person, 'verification', accountProblem(result, c.get('language')))
      }),
    )
    .post(
      paths.accountPart('sessions'),
      withPerson(deps, async (c, person) => {
        await endOwnSessions(deps, person.id, null, ownRequestOf(c, deps))
        return done(c, 'sessions')
      }),
    )
    .post(
      paths.ownSession(':session'),
      withPerson(deps, async (c, person) => {
        const ended = await endOwnSessions(deps, person.id, c.req.param('session') ?? '', ownRequestOf(c, deps))
        return ended > 0 ? done(c, 'sessions') : problem(c, 'not_found')
      }),
    )
    .get(paths.accountPart('export'), withPerson(deps, (c, person) => respondOwnData(c, deps, person.id)))
    .post(
      paths.accountPart('deletion'),
      withPerson(deps, async (c, person) => {
        const form = deletionForm.safeParse(await readForm(c))
        if (!form.success) return await showInvalid(c, deps, person, 'deletion', form.error)
        const result = await deleteAccount(deps, person.id, form.data.deletionPassword, ownRequestOf(c, deps))
        if (result.kind !== 'deleted') {
          const refusal = accountProblem(result, c.get('language'), { current: 'deletionPassword' })
          return await refuse(c, deps, person, 'deletion', refusal)
        }
        clearSessionCookies(c)
        return c.redirect(paths.accountDeleted, 303)
      }),
    )
    .get(paths.accountDeleted, (c) => {
      personal(c)
      return c.html(renderPage(<AccountDeletedPage language={c.get('language')} />))
    })

/** Guests are asked to log in, and return to the page. */
function withPerson(deps: Deps, handle: (c: Ctx, person: Access) => Promise<Response>) {
  return async (c: Ctx): Promise<Response> => {
    personal(c)
    const person = c.get('person')
    return person ? await withMysql(deps, () => handle(c, person))(c) : c.redirect(paths.login(paths.account()), 303)
  }
}

const done = (c: Ctx, what: AccountDone): Response => c.redirect(paths.account(what), 303)

const doneOf = (c: Ctx): AccountDone | null => ACCOUNT_DONE.find((what) => what === c.req.query('done')) ?? null

async function showInvalid(c: Ctx, deps: Deps, person: Access, part: AccountPart, error: z.ZodError): Promise<Response> {
  const errors = fieldErrors(error, c.get('language'))
  return await refuse(c, deps, person, part, ['validation_failed', { errors }])
}

async function refuse(
  c: Ctx,
  deps: Deps,
  person: Access,
  part: AccountPart,
  [code, facts]: [ProblemCode, ProblemFacts],
): Promise<Response> {
  if (facts.retryAfterSeconds !== undefined) c.header('retry-after', String(facts.retryAfterSeconds))
  return await show(c, deps, person, { part, problem: describeProblem(code, c.get('language'), facts) })
}

async function show(
  c: Ctx,
  deps: Deps,
  person: Access,
  refused: { part: AccountPart; problem: Problem } | null = null,
): Promise<Response> {
  const user = await findUser(deps, person.id)
  if (!user) return problem(c, 'unauthenticated')
  const sessions = await listSessions(deps, person.id)
  if (refused) c.set('outcome', refused.problem.code)
  const page = (
    <AccountPage
      language={c.get('language')}
      user={user}
      isOperator={isOperator(user.role)}
      sessions={sessions.map(({ id, createdAt, lastUsedAt, address, userAgent }) => ({
        id,
        createdAt: createdAt.toISOString(),
        lastUsedAt: lastUsedAt.toISOString(),
        address,
        userAgent,
        isOwn: id === c.get('session'),
      }))}
      done={refused ? null : doneOf(c)}
      refused={refused}
    />
  )
  return c.html(renderPage(page), refused ? statusOf(refused.problem.code) : 200)
}
