import { Hono } from 'hono'
import { paths } from '../../edge/contract/paths.ts'
import { isOperator, may, type OperatorRole, type Permission } from '../../edge/contract/roles.ts'
import type { Operator } from '../audit-log.ts'
import type { Deps } from '../deps.ts'
import { addressOf, type Ctx, type Env, personal, problem } from '../http.tsx'

/** A request of an operator who has the permission of its route. */
export type AdminRequest = {
  c: Ctx
  deps: Deps
  operator: { id: number; nickname: string; role: OperatorRole }
  /** The operator as the audit log records them. */
  actor: Operator
}

/**
 * A route for operators: a page below `/admin` or the API below `/api/admin`. Declared as data, so that no route exists without a permission,
 * and so that docs/permissions.md is made from the code.
 */
export type AdminRoute = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  permission: Permission
  handle(request: AdminRequest): Response | Promise<Response>
}

/** Serves routes for operators. Their responses are never cached. */
export function mountAdmin(deps: Deps, routes: readonly AdminRoute[]): Hono<Env> {
  const app = new Hono<Env>()
  for (const { method, path, permission, handle } of routes) {
    app.on(method, path, (c) => {
      personal(c)
      const operator = requireOperator(c, permission)
      if (operator instanceof Response) return operator
      return handle({ c, deps, operator, actor: { id: operator.id, address: addressOf(c), requestId: c.get('requestId') } })
    })
  }
  return app
}

/** The operator who is logged in, if their role has the permission. A page asks others to log in; the API refuses them. */
function requireOperator(c: Ctx, permission: Permission): AdminRequest['operator'] | Response {
  const person = c.get('person')
  if (person) {
    const { id, nickname, role } = person
    return isOperator(role) && may(role, permission) ? { id, nickname, role } : problem(c, 'forbidden')
  }
  const { pathname, search } = new URL(c.req.url)
  if (c.req.method !== 'GET' || pathname.startsWith('/api/')) return problem(c, 'unauthenticated')
  return c.redirect(paths.login(pathname + search), 303)
}
