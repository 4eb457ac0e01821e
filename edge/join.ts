import { PROOF_OF_WORK_HEADER } from './contract/headers.ts'
import type { ProblemCode, ProblemFacts } from './contract/problems.ts'
import { type Access, accountOf } from './contract/tokens.ts'
import type { Deps } from './deps.ts'
import { countAgainstLimit, type Ctx } from './http.tsx'
import { joinLimitOf } from './limits.ts'
import { type Room, WITHDRAWN_AT_MS } from './rooms/live-room.ts'
import { hasSession, renewVisitorSession } from './session-renewal.ts'
import { mayDemandWork } from './work-demand.ts'
import { findQueueTicket, type HeldQueueTicket, setTicketCookie } from './visitor.ts'

/** When to retry a join: the store is down, it does not have the room yet, or the queue is full. */
const STORE_DOWN_RETRY_SECONDS = 3
const ORIGIN_DOWN_RETRY_SECONDS = 3
const NO_ROOM_RETRY_SECONDS = 1
const QUEUE_FULL_RETRY_SECONDS = 30

export type JoinRefusal = { kind: 'refused'; code: ProblemCode; facts: ProblemFacts }
export type JoinOutcome = { kind: 'joined'; ticket: HeldQueueTicket } | JoinRefusal

const refused = (code: ProblemCode, facts: ProblemFacts = {}): JoinRefusal => ({ kind: 'refused', code, facts })

/**
 * Joins the queue of a room for a visitor without a queue ticket, and sets the ticket's cookie. An account that has a ticket already gets
 * the same one. `canSolve`: whether the visitor can solve a proof of work now; otherwise no challenge is issued. Throws StoreUnavailable.
 */
export async function joinQueue(c: Ctx, deps: Deps, room: Room, { canSolve } = { canSolve: true }): Promise<JoinOutcome> {
  const refusal = refuseByRate(c, deps, room) ?? refuseByRoom(room)
  if (refusal) return refusal
  const identified = await identify(c, deps, room)
  if (identified.kind === 'refused') return identified
  const unproven = await refuseWithoutProof(c, deps, room, canSolve)
  if (unproven) return unproven
  const result = await deps.queueTickets.join(room, identified.account, identified.isVerified)
  switch (result.kind) {
    case 'no_room':
      return refused('store_unavailable', { retryAfterSeconds: NO_ROOM_RETRY_SECONDS })
    case 'full':
      return refused('queue_full', { retryAfterSeconds: QUEUE_FULL_RETRY_SECONDS })
    case 'joined':
      setTicketCookie(c, room.name, result.token)
      return { kind: 'joined', ticket: { ...result.ticket, token: result.token, isFromCookie: true } }
    default:
      return result satisfies never
  }
}

function refuseByRate(c: Ctx, deps: Deps, { plan }: Room): JoinRefusal | null {
  const excess = countAgainstLimit(c, deps.limits, joinLimitOf(plan.rules.identity), c.env.client.address)
  return excess && refused('rate_limited', excess)
}

/** Refuses a visitor whom the room does not accept now; null to accept. */
function refuseByRoom({ snapshot, plan, isStoreDown }: Room): JoinRefusal | null {
  const { phase, opensAt, serverTime, issued, serving } = snapshot
  if (isStoreDown) return refused('store_unavailable', { retryAfterSeconds: STORE_DOWN_RETRY_SECONDS })
  if (phase === 'closed') {
    const opensInMs = opensAt ? Date.parse(opensAt) - Date.parse(serverTime) : 0
    if (opensInMs <= 0 || plan.opening.closesAtMs === WITHDRAWN_AT_MS) return refused('sale_closed')
    return refused('sale_not_open', { retryAfterSeconds: Math.ceil(opensInMs / 1000), figures: { opensAt } })
  }
  // An account that waits already gets its position back from a full queue.
  if (plan.rules.identity !== 'anyone') return null
  // The snapshot may be a tick old, and `join.lua` decides. Refusing here saves the store a call and the visitor a proof of work.
  const isFull = issued - serving >= plan.rules.maxWaiting
  return isFull ? refused('queue_full', { retryAfterSeconds: QUEUE_FULL_RETRY_SECONDS }) : null
}

type Identified = { kind: 'identified'; account: number | null; isVerified: boolean }

/**
 * The account that joins, or claims; null in a room that anyone may join. Renews the session of a visitor whose access token has expired, or
 * does not say yet that they have verified their e-mail address.
 */
export async function identify(c: Ctx, deps: Deps, room: Room): Promise<Identified | JoinRefusal> {
  const { identity } = room.plan.rules
  if (identity === 'anyone') return { kind: 'identified', account: null, isVerified: false }
  const held = c.env.client.person
  const isAccepted = (person: Access | null) => person !== null && (identity === 'account' || person.verified)
  const session = isAccepted(held) ? held : await renewedPerson(c, deps, held)
  if (session !== null && 'kind' in session) return session
  if (session === null) return refused('unauthenticated')
  if (!isAccepted(session)) return refused('email_unverified')
  return { kind: 'identified', account: session.id, isVerified: session.verified }
}

/**
 * The visitor's queue ticket, if it is theirs. Where several people share a browser, the ticket of an account may be that of the person before.
 * A visitor whose access token has expired is therefore identified first, while the origin responds.
 */
export async function findOwnTicket(c: Ctx, deps: Deps, room: Room): Promise<HeldQueueTicket | null> {
  const held = findQueueTicket(c, deps, room)
  const { client } = c.env
  if (!held || accountOf(held.visitor) === null || client.person !== null) return held
  const person = await renewedPerson(c, deps, null)
  if (person === null || 'kind' in person) return held
  client.person = person
  return findQueueTicket(c, deps, room)
}

/** The person of the renewed session; `held` when there is no session to renew. */
async function renewedPerson(c: Ctx, deps: Deps, held: Access | null): Promise<Access | null | JoinRefusal> {
  if (!deps.directory.isShop || !hasSession(c)) return held
  const excess = countAgainstLimit(c, deps.limits, 'renewal', c.env.client.address)
  if (excess) return refused('rate_limited', excess)
  const renewal = await renewVisitorSession(c, deps)
  if (renewal.kind === 'unavailable') return refused('store_unavailable', { retryAfterSeconds: ORIGIN_DOWN_RETRY_SECONDS })
  return renewal.kind === 'renewed' ? renewal.person : held
}

/** Where proof of work is due: refuses a request without a valid solution, and sends a challenge. */
async function refuseWithoutProof(c: Ctx, deps: Deps, room: Room, canSolve: boolean): Promise<JoinRefusal | null> {
  const { rules } = room.plan
  const address = c.env.client.address
  if (!mayDemandWork(rules)) return null
  if (rules.proofOfWork === 'adaptive' && !deps.proofOfWork.isDue(address)) {
    deps.proofOfWork.countJoin(address)
    return null
  }
  if (!canSolve) return refused('work_required')
  const outcome = await deps.proofOfWork.check(room.name, address, c.env.client.headers.get(PROOF_OF_WORK_HEADER) ?? undefined)
  if (outcome === 'done') return null
  const challenge = await deps.proofOfWork.challenge(room.name, address)
  return refused('work_required', { figures: { work: outcome, challenge } })
}
