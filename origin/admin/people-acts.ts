import * as z from 'zod'
import { paths } from '../../edge/contract/paths.ts'
import type { ProblemCode } from '../../edge/contract/problems.ts'
import { OPERATOR_ROLES, ROLES } from '../../edge/contract/roles.ts'
import { signupInput } from '../accounts.ts'
import { cookieSource, type Ctx } from '../http.tsx'
import { invite, type InviteResult, listInvitations } from '../invitations.ts'
import { listSessions } from '../session-list.ts'
import type { AdminRequest } from './admin-route.ts'
import type { EndResult } from './operator-sessions.ts'
import { listOperators, type RoleResult } from './people.ts'

const reason = z.string().trim().max(300)
/** What pages and the API read. */
export const inviteInput = z.object({ email: signupInput.shape.email, role: z.enum(OPERATOR_ROLES) })
export const roleInput = z.object({ role: z.enum(ROLES), reason: reason.min(1) })
export const reasonInput = z.object({ reason: reason.min(1) })

/** Operators and open invitations. */
export async function readPeople({ deps }: Pick<AdminRequest, 'deps'>) {
  const [operators, invitations] = await Promise.all([listOperators(deps), listInvitations(deps)])
  return { operators, invitations }
}

/** One operator with their sessions; null for buyers and unknown ids. */
export async function readOperator({ deps }: Pick<AdminRequest, 'deps'>, userId: number) {
  const [operator] = await listOperators(deps, userId)
  return operator ? { operator, sessions: await listSessions(deps, userId) } : null
}

/** Invites a person. `link`: what the owner sends them; it is shown once. */
export async function inviteOperator(
  { c, deps, actor }: AdminRequest,
  input: z.infer<typeof inviteInput>,
): Promise<Exclude<InviteResult, { kind: 'invited' }> | (Extract<InviteResult, { kind: 'invited' }> & { link: string })> {
  const result = await invite(deps, { ...input, actor })
  return result.kind === 'invited' ? { ...result, link: siteUrl(c) + paths.invitation(result.token) } : result
}

/** The site's address as the visitor knows it. The edge has checked the host. */
const siteUrl = (c: Ctx): string =>
  `${cookieSource(c).protocol}://${c.req.header('x-forwarded-host') ?? c.req.header('host') ?? new URL(c.req.url).host}`

/** The problem of an act that was not done; null if it was. */
export function problemOf(result: RoleResult | EndResult): ProblemCode | null {
  switch (result.kind) {
    case 'changed':
    case 'ended':
      return null
    case 'not_found':
    case 'last_owner':
      return result.kind
    default:
      return result satisfies never
  }
}
