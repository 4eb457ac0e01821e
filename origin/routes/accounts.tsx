import { Hono } from 'hono'
import * as z from 'zod'
import { localPath, paths } from '../../edge/contract/paths.ts'
import { describeProblem } from '../../edge/contract/problems.ts'
import { LoginPage } from '../../web/pages/login.tsx'
import { SignupPage } from '../../web/pages/signup.tsx'
import { renderPage } from '../../web/render.tsx'
import { findUser, logIn, loginInput, signUp, signupInput } from '../accounts.ts'
import { clearSessionCookies, refreshToken, setSessionCookies } from '../cookies.ts'
import type { Deps } from '../deps.ts'
import { type Ctx, type Env, fieldErrors, personal, problem, readForm, readInput, requirePerson, statusOf } from '../http.tsx'
import { ACCESS_SECONDS, endSession, openSession, renewSession, type Session } from '../sessions.ts'

/** Signing up, logging in and out: the API, and forms that work without JavaScript. */
export const accounts = (deps: Deps) =>
  new Hono<Env>()
    .post('/api/auth/signup', async (c) => {
      const input = await readInput(c, signupInput)
      if (input instanceof Response) return input
      const result = await signUp(deps, input)
      if (result.kind !== 'signed_up') return rejectAttempt(c, result.kind)
      personal(c)
      return c.json({ user: result.user }, 201)
    })
    .post('/api/auth/login', async (c) => {
      const input = await readInput(c, loginInput)
      if (input instanceof Response) return input
      const result = await logIn(deps, input)
      if (result.kind !== 'logged_in') return rejectAttempt(c, result.kind)
      return respondSession(c, await openSession(deps, result.user))
    })
    .post('/api/auth/refresh', async (c) => {
      const session = await renewSession(deps, refreshToken(c))
      if (session) return respondSession(c, session)
      clearSessionCookies(c)
      return problem(c, 'unauthenticated')
    })
    .post('/api/auth/logout', async (c) => {
      await endSession(deps, refreshToken(c))
      clearSessionCookies(c)
      return c.body(null, 204)
    })
    .get('/api/me', async (c) => {
      const person = requirePerson(c)
      if (person instanceof Response) return person
      const user = await findUser(deps, person.id)
      personal(c)
      return user ? c.json({ user }) : problem(c, 'unauthenticated')
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
      await endSession(deps, refreshToken(c))
      clearSessionCookies(c)
      return c.redirect(paths.home, 303)
    })

const rejectAttempt = (c: Ctx, code: 'email_taken' | 'nickname_taken' | 'wrong_credentials' | 'busy') =>
  problem(c, code, code === 'busy' ? { retryAfterSeconds: 3 } : {})

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
  next: text.transform((next) => localPath(next, paths.home)),
})

async function logInFromPage(c: Ctx, deps: Deps): Promise<Response> {
  const language = c.get('language')
  const form = accountForm.parse(await readForm(c))
  const input = loginInput.safeParse(form)
  const result = input.success ? await logIn(deps, input.data) : { kind: 'wrong_credentials' as const }
  if (result.kind === 'logged_in') {
    setSessionCookies(c, await openSession(deps, result.user))
    return c.redirect(form.next, 303)
  }
  personal(c)
  const described = describeProblem(result.kind, language)
  const page = <LoginPage language={language} next={form.next} email={form.email} problem={described} />
  return c.html(renderPage(page), statusOf(result.kind))
}

async function signUpFromPage(c: Ctx, deps: Deps): Promise<Response> {
  const language = c.get('language')
  const form = accountForm.parse(await readForm(c))
  const input = signupInput.safeParse(form)
  const result = input.success ? await signUp(deps, input.data) : { kind: 'validation_failed' as const }
  if (result.kind === 'signed_up') {
    setSessionCookies(c, await openSession(deps, result.user))
    return c.redirect(form.next, 303)
  }
  personal(c)
  const errors = input.success ? [] : fieldErrors(input.error, language)
  const described = { ...describeProblem(result.kind, language), errors }
  const { next, email, nickname } = form
  const page = <SignupPage language={language} next={next} email={email} nickname={nickname} problem={described} />
  return c.html(renderPage(page), statusOf(result.kind))
}
