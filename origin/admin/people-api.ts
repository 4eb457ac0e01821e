import { eventIdOf, problem } from '../http.tsx'
import { readJson } from '../input.ts'
import { revokeInvitation } from '../invitations.ts'
import type { AdminRequest, AdminRoute } from './admin-route.ts'
import { endSessions, removeSecondFactor } from './operator-sessions.ts'
import { changeRole } from './people.ts'
import { inviteInput, inviteOperator, problemOf, readOperator, readPeople, reasonInput, roleInput } from './people-acts.ts'

const PATH = '/api/admin/people'
/** A stolen session must not make operators, who stay when it ends. */
const PERMISSION = { permission: 'people.manage', needsRecentCode: true } as const

/** Operators, their sessions and second factors, and invitations. */
export const peopleApi: readonly AdminRoute[] = [
  { method: 'GET', path: PATH, ...PERMISSION, handle: async (request) => request.c.json(await readPeople(request)) },
  { method: 'POST', path: `${PATH}/invitations`, ...PERMISSION, handle: create },
  {
    method: 'DELETE',
    path: `${PATH}/invitations/:id`,
    ...PERMISSION,
    handle: withId(async ({ c, deps, actor }, id) =>
      await revokeInvitation(deps, { id, actor }) === 'revoked' ? c.body(null, 204) : problem(c, 'not_found')
    ),
  },
  {
    method: 'GET',
    path: `${PATH}/:id`,
    ...PERMISSION,
    handle: withId(async (request, id) => {
      const found = await readOperator(request, id)
      return found ? request.c.json(found) : problem(request.c, 'not_found')
    }),
  },
  { method: 'PATCH', path: `${PATH}/:id`, ...PERMISSION, handle: withId(change) },
  {
    method: 'DELETE',
    path: `${PATH}/:id/sessions`,
    ...PERMISSION,
    handle: withId((request, id) => end(request, id)),
  },
  {
    method: 'DELETE',
    path: `${PATH}/:id/sessions/:session`,
    ...PERMISSION,
    handle: withId((request, id) => end(request, id, request.c.req.param('session'))),
  },
  { method: 'DELETE', path: `${PATH}/:id/two-factor`, ...PERMISSION, handle: withId(resetTwoFactor) },
]

function withId(handle: (request: AdminRequest, id: number) => Promise<Response>): AdminRoute['handle'] {
  return (request) => {
    const id = eventIdOf(request.c)
    return id === undefined ? problem(request.c, 'not_found') : handle(request, id)
  }
}

async function create(request: AdminRequest): Promise<Response> {
  const { c } = request
  const input = await readJson(c, inviteInput)
  if (input instanceof Response) return input
  const result = await inviteOperator(request, input)
  if (result.kind !== 'invited') return problem(c, result.kind)
  return c.json({ invitation: result.invitation, link: result.link }, 201)
}

async function change(request: AdminRequest, userId: number): Promise<Response> {
  const { c, deps, actor } = request
  const input = await readJson(c, roleInput)
  if (input instanceof Response) return input
  const failure = problemOf(await changeRole(deps, { userId, reason: input.reason, actor }, input.role))
  if (failure) return problem(c, failure)
  const found = await readOperator(request, userId)
  return found ? c.json(found) : c.body(null, 204)
}

async function end({ c, deps, actor }: AdminRequest, userId: number, session?: string): Promise<Response> {
  const failure = problemOf(await endSessions(deps, { userId, reason: '', actor }, session))
  return failure ? problem(c, failure) : c.body(null, 204)
}

async function resetTwoFactor({ c, deps, actor }: AdminRequest, userId: number): Promise<Response> {
  // One's own needs a code in the same request (two-factor-pages.tsx).
  if (userId === actor.id) return problem(c, 'code_required')
  const input = await readJson(c, reasonInput)
  if (input instanceof Response) return input
  const failure = problemOf(await removeSecondFactor(deps, { userId, reason: input.reason, actor }))
  return failure ? problem(c, failure) : c.body(null, 204)
}
