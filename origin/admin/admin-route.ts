import { Hono } from 'hono'
import { paths } from '../../edge/contract/paths.ts'
import { isOperator, may, type OperatorRole, type Permission } from '../../edge/contract/roles.ts'
import type { Access } from '../../edge/contract/tokens.ts'
import type { Operator } from '../audit-log.ts'
import type { Deps } from '../deps.ts'
import { addressOf, type Ctx, type Env, personal, problem } from '../http.tsx'
import { hasSecondFactor } from '../second-factor.ts'

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
  handle(request: AdminRequest): Response | Promise<Response>
}

/** Serves routes for operators. Their responses are never cached. */
export function mountAdmin(deps: Deps, routes: readonly AdminRoute[]): Hono<Env> {
  const app = new Hono<Env>()
  for (const route of routes) {
    app.on(route.method, route.path, async (c) => {
      personal(c)
      const operator = requireOperator(c, route.permission)
      if (operator instanceof Response) return operator
      if (!route.withoutSecondFactor && await lacksSecondFactor(deps, operator)) {
        return isPageView(c) ? c.redirect(paths.admin.twoFactor(pathOf(c)), 303) : problem(c, 'code_required')
      }
      const actor = { id: operator.id, address: addressOf(c), requestId: c.get('requestId') }
      return await route.handle({ c, deps, operator, actor })
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
async function lacksSecondFactor(deps: Deps, operator: AdminOperator): Promise<boolean> {
  if (operator.hasSecondFactor) return false
  return deps.operatorTwoFactor === 'required' || await hasSecondFactor(deps, operator.id)
}

const isPageView = (c: Ctx): boolean => c.req.method === 'GET' && !c.req.path.startsWith('/api/')

function pathOf(c: Ctx): string {
  const { pathname, search } = new URL(c.req.url)
  return pathname + search
}
