import { PROOF_OF_WORK_HEADER } from './contract/headers.ts'
import type { ProblemCode, ProblemFacts } from './contract/problems.ts'
import type { Deps } from './deps.ts'
import { countAgainstLimit, type Ctx } from './http.tsx'
import { type Room, WITHDRAWN_AT_MS } from './rooms/live-room.ts'
import { findPerson, type HeldQueueTicket, setTicketCookie } from './visitor.ts'

/** When to retry a join: the store is down, it does not have the room yet, or the queue is full. */
const STORE_DOWN_RETRY_SECONDS = 3
const NO_ROOM_RETRY_SECONDS = 1
const QUEUE_FULL_RETRY_SECONDS = 30

type JoinRefusal = { kind: 'refused'; code: ProblemCode; facts: ProblemFacts }
export type JoinOutcome = { kind: 'joined'; ticket: HeldQueueTicket } | JoinRefusal

const refused = (code: ProblemCode, facts: ProblemFacts = {}): JoinRefusal => ({ kind: 'refused', code, facts })

/**
 * Joins the queue of a room for a visitor without a queue ticket, and sets the ticket's cookie. An account that has a ticket already gets
 * the same one. Throws StoreUnavailable.
 */
export async function joinQueue(c: Ctx, deps: Deps, room: Room): Promise<JoinOutcome> {
  const account = room.plan.rules.requiresLogin ? findPerson(c, deps)?.id ?? null : null
  const refusal = refuseByRate(c, deps) ?? refuseByRoom(room, account !== null) ?? await refuseWithoutProof(c, deps, room)
  if (refusal) return refusal
  const result = await deps.queueTickets.join(room, account)
  switch (result.kind) {
    case 'no_room':
      return refused('store_unavailable', { retryAfterSeconds: NO_ROOM_RETRY_SECONDS })
    case 'full':
      return refused('queue_full', { retryAfterSeconds: QUEUE_FULL_RETRY_SECONDS })
    case 'joined':
      setTicketCookie(c, deps, room.name, result.token)
      return { kind: 'joined', ticket: { ...result.ticket, token: result.token, isFromCookie: true } }
    default:
      return result satisfies never
  }
}

function refuseByRate(c: Ctx, deps: Deps): JoinRefusal | null {
  const excess = countAgainstLimit(c, deps.limits, 'join', c.get('address'))
  return excess && refused('rate_limited', excess)
}

/** Refuses a visitor whom the room does not accept now; null to accept. */
function refuseByRoom({ snapshot, plan, isStoreDown }: Room, isLoggedIn: boolean): JoinRefusal | null {
  const { phase, opensAt, serverTime, issued, serving } = snapshot
  if (isStoreDown) return refused('store_unavailable', { retryAfterSeconds: STORE_DOWN_RETRY_SECONDS })
  if (phase === 'closed') {
    const opensInMs = opensAt ? Date.parse(opensAt) - Date.parse(serverTime) : 0
    if (opensInMs <= 0 || plan.opening.closesAtMs === WITHDRAWN_AT_MS) return refused('sale_closed')
    return refused('sale_not_open', { retryAfterSeconds: Math.ceil(opensInMs / 1000), figures: { opensAt } })
  }
  if (plan.rules.requiresLogin) return isLoggedIn ? null : refused('unauthenticated')
  // The snapshot may be a tick old, and `join.lua` decides. Refusing here saves the store a call and the visitor a proof of work.
  const isFull = issued - serving >= plan.rules.maxWaiting
  return isFull ? refused('queue_full', { retryAfterSeconds: QUEUE_FULL_RETRY_SECONDS }) : null
}

/** In a room with proof of work: refuses a request without a valid solution, and sends a challenge. */
async function refuseWithoutProof(c: Ctx, deps: Deps, room: Room): Promise<JoinRefusal | null> {
  if (!room.plan.rules.proofOfWork) return null
  const address = c.get('address')
  const outcome = await deps.proofOfWork.check(room.name, address, c.req.header(PROOF_OF_WORK_HEADER))
  if (outcome === 'done') return null
  const challenge = await deps.proofOfWork.challenge(room.name, address)
  return refused('work_required', { figures: { work: outcome, challenge } })
}
