import { isOperator, type OperatorRole } from './contract/roles.ts'
import type { Access } from './contract/tokens.ts'
import type { ClientRequest } from './client-request.ts'

const ADMIN_PATH = /^\/(?:(?:api\/)?admin|check-in)(?:\/|$)/

/**
 * The operator who sends a request to the admin pages or their API; null for every other request. The pages at the door are among them. Such requests have limits and upstream
 * slots of their own, so that operators can act while buyers use up all others. The origin decides what an operator may do.
 */
export function operatorOf(client: Pick<ClientRequest, 'path' | 'person'>): (Access & { role: OperatorRole }) | null {
  if (!ADMIN_PATH.test(client.path)) return null
  const { person } = client
  return person && isOperatorAccess(person) ? person : null
}

const isOperatorAccess = (person: Access): person is Access & { role: OperatorRole } => isOperator(person.role)
