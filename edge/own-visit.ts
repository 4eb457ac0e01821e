import type { OwnVisit } from './contract/rooms.ts'
import type { Deps } from './deps.ts'
import { type Ctx, respondPersonally } from './http.tsx'
import type { Room } from './rooms/live-room.ts'
import { findPass, findQueueTicket, targetPathOf, waitingPathOf } from './visitor.ts'
import { describePosition } from './waiting-room/positions.ts'

/**
 * Tells a visitor where they stand in a room, from their signed cookies and the room's last tick: pages that everyone shares show it in a bar.
 * It changes nothing and reads no store, so a pass may have ended that is still signed.
 */
export function respondWithOwnVisit(c: Ctx, deps: Deps, room: Room): Response {
  return respondPersonally(c, describeVisit(c, deps, room), 200)
}

function describeVisit(c: Ctx, deps: Deps, room: Room): OwnVisit {
  const pass = findPass(c, room)
  if (pass && !deps.queueTickets.isGivenUp(pass)) {
    const endsAt = new Date(pass.untilMs).toISOString()
    return { kind: 'booking', path: targetPathOf(c, deps, room), endsAt, serverTime: room.snapshot.serverTime }
  }
  const ticket = findQueueTicket(c, deps, room)
  if (!ticket) return { kind: 'none' }
  const { ahead, phase, pollAfterMs } = describePosition(room.positionOf(ticket.index), room.snapshot, deps.random())
  const path = waitingPathOf(c, room)
  return pollAfterMs === 0 ? { kind: 'turn', path } : { kind: 'waiting', path, ahead, phase, pollAfterMs }
}
