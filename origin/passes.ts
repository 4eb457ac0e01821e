import { readPass } from '../edge/contract/credentials.ts'
import { eventRoom } from '../edge/contract/rooms.ts'
import { accountOf, type Pass } from '../edge/contract/tokens.ts'
import type { Deps } from './deps.ts'
import { cookieSource, type Ctx, problem } from './http.tsx'

type Parts = Pick<Deps, 'tokenKeys' | 'findRoomEpoch' | 'now'>

/** The pass that allows a request to book this event, or a problem response. The edge checks passes too; the origin does not rely on it. */
export async function requirePass(c: Ctx, parts: Parts, eventId: number): Promise<Pass | Response> {
  const room = eventRoom(eventId)
  const pass = readPass(cookieSource(c), room, parts.tokenKeys, parts.now().getTime())
  if (pass.kind === 'missing') return problem(c, 'pass_required')
  if (pass.kind !== 'pass') return problem(c, 'pass_invalid')
  const epoch = await parts.findRoomEpoch(eventId)
  if (epoch !== null && pass.epoch < epoch) return problem(c, 'pass_invalid')
  // In a room with one queue ticket per account, a pass is not transferable.
  const account = accountOf(pass.id)
  if (account !== null && account !== c.get('person')?.id) return problem(c, 'pass_in_use')
  return pass
}
