import { nextPollMs } from '../contract/polling.ts'
import { aheadOf, estimateWaitMs } from '../contract/wait-estimate.ts'
import type { Position, Snapshot } from '../contract/rooms.ts'

/**
 * One visitor's position, derived from the snapshot alone. `random`, from 0 to 1, jitters the next poll; `isFirst` is true for the answer
 * to a join, after which visitors poll spread over the whole first interval.
 */
export function describePosition(position: number, snapshot: Snapshot, random: number, isFirst = false): Position {
  const { phase, serving } = snapshot
  const isMoving = phase === 'open' || phase === 'idle'
  if (position < serving && isMoving) return { position, ahead: 0, phase, etaSeconds: 0, pollAfterMs: 0 }
  const waitMs = estimateWaitMs(snapshot, position)
  return {
    position,
    ahead: aheadOf(snapshot, position),
    phase,
    etaSeconds: isMoving || phase === 'lobby' ? Math.ceil(waitMs / 1000) : null,
    pollAfterMs: Math.round(nextPollMs(snapshot, position, waitMs, random, isFirst)),
  }
}
