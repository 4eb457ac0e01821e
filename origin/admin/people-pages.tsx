import type * as z from 'zod'
import { paths } from '../../edge/contract/paths.ts'
import { describeProblem, type Problem, type ProblemCode } from '../../edge/contract/problems.ts'
import { type NewInvitation, PeoplePage } from '../../web/admin/pages/people.tsx'
import { PEOPLE_DONE, type PeopleDone } from '../../web/admin/pages/people-texts.ts'
import { OperatorPage } from '../../web/admin/pages/operator.tsx'
import { renderPage } from '../../web/render.tsx'
import { type Ctx, eventIdOf, fieldErrors, problem, statusOf } from '../http.tsx'
import { readForm } from '../input.ts'
import { revokeInvitation } from '../invitations.ts'
import { sessionRow } from './account-pages.tsx'
import type { AdminRequest, AdminRoute } from './admin-route.ts'
import { endSessions, removeSecondFactor } from './operator-sessions.ts'
import { changeRole, type OperatorFacts } from './people.ts'
import { inviteInput, inviteOperator, problemOf, readOperator, readPeople, reasonInput, roleInput } from './people-acts.ts'

/** A stolen session must not make operators, who stay when it ends. */
const PERMISSION = { permission: 'people.manage', needsRecentCode: true } as const

/** Operators, their sessions and second factors, and invitations. */
export const peoplePages: readonly AdminRoute[] = [
  { method: 'GET', path: paths.admin.people, ...PERMISSION, handle: (request) => showPeople(request) },
  { method: 'POST', path: paths.admin.invitations, ...PERMISSION, handle: create },
  {
    method: 'POST',
    path: paths.admin.endInvitation(':id'),
    ...PERMISSION,
    handle: withId(async ({ c, deps, actor }, id) => {
      const result = await revokeInvitation(deps, { id, actor })
      return result === 'revoked' ? c.redirect(`${paths.admin.people}?done=revoked`, 303) : problem(c, 'not_found')
    }),
  },
  { method: 'GET', path: paths.admin.person(':id'), ...PERMISSION, handle: withId((request, id) => showOperator(request, id)) },
  { method: 'POST', path: paths.admin.personRole(':id'), ...PERMISSION, handle: withId(change) },
  { method: 'POST', path: paths.admin.personTwoFactor(':id'), ...PERMISSION, handle: withId(resetTwoFactor) },
  { method: 'POST', path: paths.admin.personSessions(':id'), ...PERMISSION, handle: withId((request, id) => end(request, id)) },
  {
    method: 'POST',
    path: paths.admin.personSession(':id', ':session'),
    ...PERMISSION,
    handle: withId((request, id) => end(request, id, request.c.req.param('session'))),
  },
]

function withId(handle: (request: AdminRequest, id: number) => Promise<Response>): AdminRoute['handle'] {
  return (request) => {
    const id = eventIdOf(request.c)
    return id === undefined ? problem(request.c, 'not_found') : handle(request, id)
  }
}

/** The new link is in this response alone, so it is no redirect. */
async function create(request: AdminRequest): Promise<Response> {
  const { c } = request
  const form = await readForm(c)
  const input = inviteInput.safeParse(form)
  const entered = { email: textOf(form.email), role: textOf(form.role) }
  if (!input.success) return showPeople(request, { entered, problem: invalid(c, input.error) })
  const result = await inviteOperator(request, input.data)
  if (result.kind !== 'invited') return showPeople(request, { entered, problem: describe(c, result.kind) })
  const { email, role, expiresAt } = result.invitation
  return showPeople(request, { invited: { email, role, expiresAt: expiresAt.toISOString(), link: result.link } })
}

async function change(request: AdminRequest, userId: number): Promise<Response> {
  const { c, deps, actor } = request
  const input = roleInput.safeParse(await readForm(c))
  if (!input.success) return showOperator(request, userId, { act: 'role', problem: invalid(c, input.error) })
  const { role, reason } = input.data
  const failure = problemOf(await changeRole(deps, { userId, reason, actor }, role))
  if (failure) return showOperator(request, userId, { act: 'role', problem: describe(c, failure) })
  return c.redirect(role === 'user' ? `${paths.admin.people}?done=removed` : `${paths.admin.person(userId)}?done=role`, 303)
}

async function resetTwoFactor(request: AdminRequest, userId: number): Promise<Response> {
  const { c, deps, actor } = request
  // One's own needs a code in the same request.
  if (userId === actor.id) return c.redirect(paths.admin.twoFactor(), 303)
  const input = reasonInput.safeParse(await readForm(c))
  if (!input.success) return showOperator(request, userId, { act: 'two_factor', problem: invalid(c, input.error) })
  const failure = problemOf(await removeSecondFactor(deps, { userId, reason: input.data.reason, actor }))
  return failure ? problem(c, failure) : c.redirect(`${paths.admin.person(userId)}?done=two_factor`, 303)
}

async function end({ c, deps, actor }: AdminRequest, userId: number, session?: string): Promise<Response> {
  const failure = problemOf(await endSessions(deps, { userId, reason: '', actor }, session))
  return failure ? problem(c, failure) : c.redirect(`${paths.admin.person(userId)}?done=sessions`, 303)
}

const textOf = (value: unknown): string => typeof value === 'string' ? value.slice(0, 254) : ''
const describe = (c: Ctx, code: ProblemCode): Problem => describeProblem(code, c.get('language'))
const invalid = (c: Ctx, error: z.ZodError): Problem =>
  describeProblem('validation_failed', c.get('language'), { errors: fieldErrors(error, c.get('language')) })

type Shown = { entered?: { email: string; role: string }; problem?: Problem; invited?: NewInvitation }

async function showPeople(request: AdminRequest, { entered, problem: shown, invited }: Shown = {}): Promise<Response> {
  const { c, operator } = request
  const { operators, invitations } = await readPeople(request)
  if (shown) c.set('outcome', shown.code)
  const page = (
    <PeoplePage
      language={c.get('language')}
      viewer={operator}
      ownId={operator.id}
      operators={operators.map(row)}
      invitations={invitations.map(({ id, email, role, expiresAt }) => ({ id, email, role, expiresAt: expiresAt.toISOString() }))}
      entered={entered ?? { email: '', role: 'viewer' }}
      problem={shown}
      invited={invited}
      done={doneOf(c)}
    />
  )
  return c.html(renderPage(page), shown ? statusOf(shown.code) : 200)
}

async function showOperator(
  request: AdminRequest,
  userId: number,
  failed?: { act: 'role' | 'two_factor'; problem: Problem },
): Promise<Response> {
  const { c, operator } = request
  const found = await readOperator(request, userId)
  if (!found) return problem(c, 'not_found')
  if (failed) c.set('outcome', failed.problem.code)
  const page = (
    <OperatorPage
      language={c.get('language')}
      viewer={operator}
      operator={row(found.operator)}
      sessions={found.sessions.map((session) => sessionRow(session, operator.session))}
      failed={failed}
      done={doneOf(c)}
    />
  )
  return c.html(renderPage(page), failed ? statusOf(failed.problem.code) : 200)
}

const row = ({ lastLoginAt, ...operator }: OperatorFacts) => ({
  ...operator,
  lastLoginAt: lastLoginAt?.toISOString() ?? null,
})

const doneOf = (c: Ctx): PeopleDone | undefined =>
  (Object.keys(PEOPLE_DONE) as PeopleDone[]).find((done) => done === c.req.query('done'))
