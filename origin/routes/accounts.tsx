import { Hono } from 'hono'
import * as z from 'zod'
import { localPath, paths } from '../../edge/contract/paths.ts'
import { describeProblem, type ProblemCode, PROBLEMS } from '../../edge/contract/problems.ts'
import { LoginPage } from '../../web/pages/login.tsx'
import { SignupPage } from '../../web/pages/signup.tsx'
import { renderPage } from '../../web/render.tsx'
import { findUser, logIn, loginInput, signUp, signupInput } from '../accounts.ts'
import { clearSessionCookies, refreshToken, setSessionCookies } from '../cookies.ts'
import type { Deps } from '../deps.ts'
import { type Ctx, type Env, fieldErrors, personal, problem, readInput, requirePerson } from '../http.tsx'
import { ACCESS_SECONDS, endSession, openSession, renewSession, type Session } from '../sessions.ts'

/** Signing up, logging in and out: the API, and the forms that do the same without a script. */
export const accounts = (deps: Deps) =>
  new Hono<Env>()
    .post('/api/auth/signup', async (c) => {
      const input = await readInput(c, signupInput)
      if (input instanceof Response) return input
      const result = await signUp(deps, input)
      if (result.kind !== 'signed_up') return problem(c, result.kind, result.kind === 'busy' ? { retryAfterSeconds: 3 } : {})
      personal(c)
      return c.json({ user: result.user }, 201)
    })
    .post('/api/auth/login', async (c) => {
      const input = await readInput(c, loginInput)
      if (input instanceof Response) return input
      const result = await logIn(deps, input)
      if (result.kind !== 'logged_in') return problem(c, result.kind, result.kind === 'busy' ? { retryAfterSeconds: 3 } : {})
      return answerSession(c, await openSession(deps, result.user))
    })
    .post('/api/auth/refresh', async (c) => {
      const session = await renewSession(deps, refreshToken(c))
      if (session) return answerSession(c, session)
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
      const next = localPath(c.req.query('next'), paths.home)
      return c.get('person') ? c.redirect(next, 303) : c.html(renderPage(<LoginPage language={c.get('language')} next={next} />))
    })
    .post('/login', async (c) => {
      const form = await readForm(c)
      const input = loginInput.safeParse(form)
      const result = input.success ? await logIn(deps, input.data) : { kind: 'wrong_credentials' as const }
      if (result.kind === 'logged_in') {
        setSessionCookies(c, await openSession(deps, result.user))
        return c.redirect(form.next, 303)
      }
      return showForm(
        c,
        result.kind,
        (described) => <LoginPage language={c.get('language')} next={form.next} email={form.email} problem={described} />,
      )
    })
    .get('/signup', (c) => {
      personal(c)
      const next = localPath(c.req.query('next'), paths.home)
      return c.get('person') ? c.redirect(next, 303) : c.html(renderPage(<SignupPage language={c.get('language')} next={next} />))
    })
    .post('/signup', async (c) => {
      const form = await readForm(c)
      const input = signupInput.safeParse(form)
      const result = input.success ? await signUp(deps, input.data) : { kind: 'validation_failed' as const }
      if (result.kind === 'signed_up') {
        setSessionCookies(c, await openSession(deps, result.user))
        return c.redirect(form.next, 303)
      }
      const errors = input.success ? [] : fieldErrors(input.error, c.get('language'))
      return showForm(c, result.kind, (described) => (
        <SignupPage
          language={c.get('language')}
          next={form.next}
          email={form.email}
          nickname={form.nickname}
          problem={{ ...described, errors }}
        />
      ))
    })
    .post('/logout', async (c) => {
      await endSession(deps, refreshToken(c))
      clearSessionCookies(c)
      return c.redirect(paths.home, 303)
    })

function answerSession(c: Ctx, session: Session) {
  setSessionCookies(c, session)
  personal(c)
  return c.json({ user: session.user, accessToken: session.accessToken, expiresIn: ACCESS_SECONDS })
}

const text = z.string().max(500).catch('')
const accountForm = z.object({
  email: text,
  password: text,
  nickname: text,
  next: text.transform((next) => localPath(next, paths.home)),
})

const readForm = async (c: Ctx) => accountForm.parse(await c.req.parseBody().catch(() => ({})))

function showForm(
  c: Ctx,
  code: ProblemCode,
  page: (described: ReturnType<typeof describeProblem>) => Parameters<typeof renderPage>[0],
) {
  personal(c)
  return c.html(renderPage(page(describeProblem(code, c.get('language')))), PROBLEMS[code].status as 400)
}
