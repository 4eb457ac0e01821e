import { Hono } from 'hono'
import { paths } from '../../edge/contract/paths.ts'
import { isOperator, may, type OperatorRole, type Permission } from '../../edge/contract/roles.ts'
import type { Access } from '../../edge/contract/tokens.ts'
import type { Operator } from '../audit-log.ts'
import type { Deps } from '../deps.ts'
import { addressOf, type Ctx, type Env, personal, problem } from '../http.tsx'
import { createOperatorQueues, type OperatorQueues } from './operator-queues.ts'
import { hasSecondFactor } from '../second-factor.ts'
import { readSecondFactorTime } from '../session-list.ts'

/** `session`: null for tokens of earlier releases. `hasSecondFactor`: they have entered a code in this session. */
export type AdminOperator = {
  id: number
  nickname: string
  role: OperatorRole
  session: string | null
  hasSecondFactor: boolean
}

/** A request of an operator who has the permission of its route. */
export type AdminRequest = {
  c: Ctx
  deps: Deps
  operator: AdminOperator
  /** The operator as the audit log records them. */
  actor: Operator
  queues: OperatorQueues
}

/**
 * A route for operators: a page below `/admin` or `/check-in`, or the API below `/api/admin`. Declared as data, so that no route exists without a permission,
 * and so that docs/permissions.md is made from the code.
 */
export type AdminRoute = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  permission: Permission
  /** Whether the route is open to sessions without a second factor: only where it is set up and entered. */
  withoutSecondFactor?: true
  /**
   * Whether an operator who has a second factor must have entered a code in the last minutes: for acts by which a stolen session could outlive
   * itself.
   */
  needsRecentCode?: true
  handle(request: AdminRequest): Response | Promise<Response>
}

/** Serves routes for operators. Their responses are never cached. */
export function mountAdmin(deps: Deps, routes: readonly AdminRoute[]): Hono<Env> {
  const app = new Hono<Env>()
  const queues = createOperatorQueues()
  for (const route of routes) {
    app.on(route.method, route.path, async (c) => {
      personal(c)
      const operator = requireOperator(c, route.permission)
      if (operator instanceof Response) return operator
      if (await lacksCode(c, deps, route, operator)) {
        return isPageView(c) ? c.redirect(paths.admin.twoFactor(pathOf(c)), 303) : problem(c, 'code_required')
      }
      const actor = { id: operator.id, address: addressOf(c), requestId: c.get('requestId') }
      return await queues.run(operator.id, () => route.handle({ c, deps, operator, actor, queues })) ??
        problem(c, 'busy', { retryAfterSeconds: 1 })
    })
  }
  return app
}

/** The operator who is logged in, if their role has the permission. A page asks others to log in; the API refuses them. */
function requireOperator(c: Ctx, permission: Permission): AdminOperator | Response {
  const person = c.get('person')
  if (!person) return isPageView(c) ? c.redirect(paths.login(pathOf(c)), 303) : problem(c, 'unauthenticated')
  const { id, nickname, role, session } = person
  if (!isOperator(role) || !may(role, permission)) return problem(c, 'forbidden')
  return { id, nickname, role, session, hasSecondFactor: isMultiFactor(person) }
}

const isMultiFactor = ({ methods }: Pick<Access, 'methods'>): boolean => methods.includes('mfa')

/** Whether the operator must first enter a code, or set up a second factor. */
async function lacksCode(c: Ctx, deps: Deps, route: AdminRoute, operator: AdminOperator): Promise<boolean> {
  if (route.withoutSecondFactor) return false
  if (operator.hasSecondFactor) return route.needsRecentCode === true && !await hasRecentCode(c, deps, operator)
  return deps.operatorTwoFactor === 'required' || await hasSecondFactor(deps, operator.id)
}

/** For how long an entered code is recent. A form that was opened in time may be sent a while later. */
const RECENT_CODE_MS = 10 * 60_000
const RECENT_CODE_FOR_FORMS_MS = 2 * RECENT_CODE_MS

async function hasRecentCode(c: Ctx, { db, now }: Deps, { session }: AdminOperator): Promise<boolean> {
  const enteredAt = session === null ? null : await readSecondFactorTime(db, session)
  const allowedMs = isPageView(c) ? RECENT_CODE_MS : RECENT_CODE_FOR_FORMS_MS
  return enteredAt !== null && now().getTime() - enteredAt.getTime() <= allowedMs
}

const isPageView = (c: Ctx): boolean => c.req.method === 'GET' && !c.req.path.startsWith('/api/')

function pathOf(c: Ctx): string {
  const { pathname, search } = new URL(c.req.url)
  return pathname + search
}
