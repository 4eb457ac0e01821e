import { Hono } from 'hono'
import * as z from 'zod'
import { localPath, paths } from '../../edge/contract/paths.ts'
import { describeProblem, type ProblemCode, type ProblemFacts } from '../../edge/contract/problems.ts'
import { LoginPage } from '../../web/pages/login.tsx'
import { SignupPage } from '../../web/pages/signup.tsx'
import { renderPage } from '../../web/render.tsx'
import { logIn, loginInput, type LoginResult, signUp, signupInput } from '../accounts.ts'
import { logOut, rememberDevice, replaceSession, requestOrigin, senderOf } from '../browser-session.ts'
import { clearSessionCookies, refreshToken, setSessionCookies } from '../cookies.ts'
import type { Deps } from '../deps.ts'
import { addressOf, type Ctx, type Env, fieldErrors, personal, problem, statusOf } from '../http.tsx'
import { readForm, readJson } from '../input.ts'
import { passSecondFactor, recordFailedLogin } from '../operator-logins.ts'
import { accountKey, passwordKey } from '../passwords.ts'
import { codeAccountOf } from '../second-factor.ts'
import { ACCESS_SECONDS, type Session } from '../sessions.ts'
import { commonPassword } from './account-problems.ts'
import { codeRefusal, delayedDetail } from './login-problems.ts'

/** Signing up, logging in and out: the API, and forms that work without JavaScript. */
export const accounts = (deps: Deps) =>
  new Hono<Env>()
    .post('/api/auth/signup', async (c) => {
      const input = await readJson(c, signupInput)
      if (input instanceof Response) return input
      const language = c.get('language')
      const result = await signUp(deps, input, { address: addressOf(c), language })
      if (result.kind === 'common_password') return problem(c, ...commonPassword(language))
      if (result.kind !== 'signed_up') return problem(c, result.kind, result.kind === 'busy' ? BUSY : {})
      personal(c)
      return c.json({ user: result.user }, 201)
    })
    .post('/api/auth/login', async (c) => {
      const input = await readJson(c, loginInput)
      if (input instanceof Response) return input
      const sender = senderOf(c, deps)
      const result = await logIn(deps, input, sender)
      noteLogin(c, deps, input.email, result)
      if (result.kind !== 'logged_in') return problem(c, ...refusalOf(result))
      const second = await deps.mysqlHealth.orUnavailable(
        () => passSecondFactor(deps, result.user, input.code, requestOrigin(c), sender.device),
      )
      if (second.kind !== 'passed') return problem(c, ...codeRefusal(second, c.get('language')))
      const { hasSecondFactor } = second
      const accounts = [passwordKey(result.passwordHash)].concat(hasSecondFactor ? codeAccountOf(result.user.id) : [])
      rememberDevice(c, deps, accounts)
      const { user, passwordHash } = result
      return respondSession(c, await replaceSession(c, deps, user, { hasSecondFactor, passwordHash }))
    })
    .post('/api/auth/refresh', async (c) => {
      // Rejects while MySQL is unavailable: the cookies then stay.
      const session = await deps.renewSession(refreshToken(c), addressOf(c))
      if (session) return respondSession(c, session)
      clearSessionCookies(c)
      return problem(c, 'unauthenticated')
    })
    .post('/api/auth/logout', async (c) => {
      await logOut(c, deps)
      return c.body(null, 204)
    })
    .get('/login', (c) => {
      personal(c)
      const next = nextOf(c)
      return c.get('person') ? c.redirect(next, 303) : c.html(renderPage(<LoginPage language={c.get('language')} next={next} />))
    })
    .post('/login', (c) => logInFromPage(c, deps))
    .get('/signup', (c) => {
      personal(c)
      const next = nextOf(c)
      return c.get('person') ? c.redirect(next, 303) : c.html(renderPage(<SignupPage language={c.get('language')} next={next} />))
    })
    .post('/signup', (c) => signUpFromPage(c, deps))
    .post('/logout', async (c) => {
      await logOut(c, deps)
      return c.redirect(paths.home, 303)
    })

const BUSY: ProblemFacts = { retryAfterSeconds: 3 }

/** Logs each attempt, and records one at an operator's account. The account is a hash, as in Redis: the log has no e-mail addresses. */
function noteLogin(c: Ctx, deps: Deps, email: string, result: LoginResult): void {
  const origin = requestOrigin(c)
  deps.log('login', { account: accountKey(email), outcome: result.kind, ...origin })
  if (result.kind === 'wrong_credentials' && result.operatorId !== undefined) {
    recordFailedLogin(deps, result.operatorId, origin, 'password')
  }
}

function refusalOf(result: Exclude<LoginResult, { kind: 'logged_in' }>): [ProblemCode, ProblemFacts] {
  switch (result.kind) {
    case 'wrong_credentials':
      return ['wrong_credentials', {}]
    case 'busy':
      return ['busy', BUSY]
    case 'delayed':
      return ['rate_limited', { retryAfterSeconds: result.retryAfterSeconds, detail: delayedDetail(result.retryAfterSeconds) }]
    default:
      return result satisfies never
  }
}

function respondSession(c: Ctx, session: Session) {
  setSessionCookies(c, session)
  personal(c)
  return c.json({ user: session.user, accessToken: session.accessToken, expiresIn: ACCESS_SECONDS })
}

/** The page to open after the login. */
const nextOf = (c: Ctx) => localPath(c.req.query('next'), paths.home)

const text = z.string().max(500).catch('')
const accountForm = z.object({
  email: text,
  password: text,
  nickname: text,
  terms: text,
  next: text.transform((next) => localPath(next, paths.home)),
})

/** Without the consent the page creates no account. */
const pageSignup = signupInput.required({ terms: true })

async function logInFromPage(c: Ctx, deps: Deps): Promise<Response> {
  const language = c.get('language')
  const form = accountForm.parse(await readForm(c))
  const input = loginInput.safeParse(form)
  const sender = senderOf(c, deps)
  const result = input.success ? await logIn(deps, input.data, sender) : { kind: 'wrong_credentials' as const }
  if (input.success) noteLogin(c, deps, input.data.email, result)
  if (result.kind === 'logged_in') {
    rememberDevice(c, deps, [passwordKey(result.passwordHash)])
    setSessionCookies(c, await replaceSession(c, deps, result.user, { passwordHash: result.passwordHash }))
    return c.redirect(form.next, 303)
  }
  personal(c)
  const [code, facts] = refusalOf(result)
  c.set('outcome', code)
  if (facts.retryAfterSeconds !== undefined) c.header('retry-after', String(facts.retryAfterSeconds))
  const described = describeProblem(code, language, facts)
  const page = <LoginPage language={language} next={form.next} email={form.email} problem={described} />
  return c.html(renderPage(page), statusOf(code))
}

async function signUpFromPage(c: Ctx, deps: Deps): Promise<Response> {
  const language = c.get('language')
  const form = accountForm.parse(await readForm(c))
  const input = pageSignup.safeParse(form)
  const sender = senderOf(c, deps)
  const result = input.success
    ? await signUp(deps, input.data, { address: sender.address, language })
    : { kind: 'validation_failed' as const }
  if (result.kind === 'signed_up') {
    rememberDevice(c, deps, [passwordKey(result.passwordHash)])
    setSessionCookies(c, await replaceSession(c, deps, result.user))
    return c.redirect(form.next, 303)
  }
  personal(c)
  const [code, facts]: [ProblemCode, ProblemFacts] = result.kind === 'common_password'
    ? commonPassword(language)
    : [result.kind, { errors: input.success ? [] : fieldErrors(input.error, language) }]
  const described = describeProblem(code, language, facts)
  const { next, email, nickname, terms } = form
  const page = (
    <SignupPage language={language} next={next} email={email} nickname={nickname} hasConsent={terms !== ''} problem={described} />
  )
  return c.html(renderPage(page), statusOf(code))
}
