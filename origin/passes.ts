import { getCookie } from 'hono/cookie'
import { passCookie } from '../edge/contract/cookies.ts'
import { PASS_HEADER } from '../edge/contract/headers.ts'
import { eventRoom } from '../edge/contract/rooms.ts'
import { accountOf, type Pass, verifyPass } from '../edge/contract/tokens.ts'
import type { Deps } from './deps.ts'
import { type Ctx, problem } from './http.tsx'

/** The pass that allows a request to book this event, or a problem response. The edge checks passes too; the origin does not rely on it. */
export function requirePass(c: Ctx, { tokenKeys, now }: Pick<Deps, 'tokenKeys' | 'now'>, eventId: number): Pass | Response {
  const room = eventRoom(eventId)
  const pass = verifyPass(c.req.header(PASS_HEADER) ?? getCookie(c, passCookie(room)), tokenKeys, now().getTime())
  if (pass.kind === 'missing') return problem(c, 'pass_required')
  if (pass.kind !== 'pass' || pass.room !== room) return problem(c, 'pass_invalid')
  // In a room with one queue ticket per account, a pass is not transferable.
  const account = accountOf(pass.id)
  if (account !== null && account !== c.get('person')?.id) return problem(c, 'pass_in_use')
  return pass
}
