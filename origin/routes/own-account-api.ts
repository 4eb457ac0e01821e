import { Hono } from 'hono'
import * as z from 'zod'
import type { Access } from '../../edge/contract/tokens.ts'
import { deleteAccount } from '../account/deletion.ts'
import { requestEmailChange, resendVerification } from '../account/email-address.ts'
import { changeNickname } from '../account/nickname.ts'
import { readOwnData } from '../account/own-data.ts'
import { endOwnSessions } from '../account/own-sessions.ts'
import { changePassword } from '../account/password.ts'
import { findUser, signupInput } from '../accounts.ts'
import { ownRequestOf, rememberDevice } from '../browser-session.ts'
import { clearSessionCookies } from '../cookies.ts'
import type { Deps } from '../deps.ts'
import { type Ctx, type Env, personal, problem, requirePerson } from '../http.tsx'
import { readJson } from '../input.ts'
import { passwordKey } from '../passwords.ts'
import { listSessions } from '../session-list.ts'
import { accountProblem } from './account-problems.ts'
import { withMysql } from './with-mysql.ts'

/** A password that is checked, not chosen: it follows no rules. */
const anyPassword = z.string().min(1).max(500)
const { nickname, email, password } = signupInput.shape
/** One change at a time, so that none is half done. */
const change = z.union([
  z.strictObject({ nickname }),
  z.strictObject({ email, currentPassword: anyPassword }),
  z.strictObject({ password, currentPassword: anyPassword }),
])

/** The API of a person's own account. */
export const ownAccountApi = (deps: Deps) =>
  new Hono<Env>()
    .get('/api/me', forPerson(deps, (c, person) => respondUser(c, deps, person.id)))
    .patch(
      '/api/me',
      forPerson(deps, async (c, { id }) => {
        const input = await readJson(c, change)
        if (input instanceof Response) return input
        const result = await applyChange(c, deps, id, input)
        if (result.kind !== 'changed' && result.kind !== 'requested') {
          return problem(c, ...accountProblem(result, c.get('language')))
        }
        return await respondUser(c, deps, id)
      }),
    )
    .delete(
      '/api/me',
      forPerson(deps, async (c, { id }) => {
        const input = await readJson(c, z.object({ password: anyPassword }))
        if (input instanceof Response) return input
        const result = await deleteAccount(deps, id, input.password, ownRequestOf(c, deps))
        if (result.kind !== 'deleted') return problem(c, ...accountProblem(result, c.get('language'), { current: 'password' }))
        clearSessionCookies(c)
        return c.body(null, 204)
      }),
    )
    .post(
      '/api/me/verification',
      forPerson(deps, async (c, { id }) => {
        const result = await resendVerification(deps, id, ownRequestOf(c, deps))
        const isDone = result.kind === 'sent' || result.kind === 'already_verified'
        return isDone ? c.body(null, 204) : problem(c, ...accountProblem(result, c.get('language')))
      }),
    )
    .get('/api/me/export', forPerson(deps, (c, { id }) => respondOwnData(c, deps, id)))
    .get(
      '/api/me/sessions',
      forPerson(deps, async (c, { id }) => {
        const own = c.get('session')
        const sessions = await listSessions(deps, id)
        personal(c)
        return c.json({
          items: sessions.map(({ id, createdAt, lastUsedAt, address, userAgent }) => ({
            id,
            createdAt,
            lastUsedAt,
            address,
            userAgent,
            isCurrent: id === own,
          })),
        })
      }),
    )
    .delete(
      '/api/me/sessions',
      forPerson(deps, async (c, { id }) => {
        await endOwnSessions(deps, id, null, ownRequestOf(c, deps))
        return c.body(null, 204)
      }),
    )
    .delete(
      '/api/me/sessions/:session',
      forPerson(deps, async (c, { id }) => {
        const ended = await endOwnSessions(deps, id, c.req.param('session') ?? '', ownRequestOf(c, deps))
        return ended > 0 ? c.body(null, 204) : problem(c, 'not_found')
      }),
    )

/** Refuses guests, and everybody at once while MySQL is away. */
function forPerson(deps: Deps, handle: (c: Ctx, person: Access) => Promise<Response>) {
  return async (c: Ctx): Promise<Response> => {
    const person = requirePerson(c)
    return person instanceof Response ? person : await withMysql(deps, () => handle(c, person))(c)
  }
}

async function applyChange(c: Ctx, deps: Deps, id: number, input: z.infer<typeof change>) {
  const request = ownRequestOf(c, deps)
  if ('nickname' in input) return await changeNickname(deps, id, input.nickname, request)
  const { currentPassword } = input
  if ('email' in input) return await requestEmailChange(deps, id, { email: input.email, password: currentPassword }, request)
  const result = await changePassword(deps, id, { current: currentPassword, password: input.password }, request)
  if (result.kind === 'changed') rememberDevice(c, deps, [passwordKey(result.passwordHash)])
  return result
}

async function respondUser(c: Ctx, deps: Deps, id: number): Promise<Response> {
  const user = await findUser(deps, id)
  personal(c)
  return user ? c.json({ user }) : problem(c, 'unauthenticated')
}

/** The data of a person as a file. */
export async function respondOwnData(c: Ctx, deps: Deps, id: number): Promise<Response> {
  const read = await deps.dataExports.run(String(id), 'ordinary', async () => ({ data: await readOwnData(deps, id) }))
  if ('kind' in read) return problem(c, 'busy', { retryAfterSeconds: 3 })
  const { data } = read
  if (!data) return problem(c, 'unauthenticated')
  personal(c)
  c.header('content-disposition', `attachment; filename="neticket-${deps.now().toISOString().slice(0, 10)}.json"`)
  return c.body(JSON.stringify(data, null, 2), 200, { 'content-type': 'application/json; charset=utf-8' })
}
