import { nextPollMs } from '../../../edge/contract/polling.ts'
import { estimateWaitMs } from '../../../edge/contract/wait-estimate.ts'
import type { Session } from './session.ts'

const LONGEST_RETRY_MS = 30_000

type PollState = {
  session: Session
  /** 0 to 1. */
  random: number
  /** The first poll after joining is spread over a whole interval. */
  isFirst: boolean
  hasStream: boolean
  isHidden: boolean
}

/** When to poll again, milliseconds. */
export function pollIntervalMs({ session: { snapshot, position }, random, isFirst, hasStream, isHidden }: PollState): number {
  if (!position) return Math.max(snapshot.pollAfterMs, snapshot.phase === 'closed' ? 10_000 : 0) * jitter(random)
  const waitMs = estimateWaitMs(snapshot, position.position)
  return Math.max(
    nextPollMs(snapshot, position.position, waitMs, random, isFirst),
    hasStream ? 10_000 : 0,
    isHidden && waitMs > 60_000 ? 8_000 : 0,
  )
}

/** When to try again after `failures` in a row: exponential backoff, and not before the room allows it. */
export function retryIntervalMs(failures: number, retryAfterMs: number, random: number): number {
  return Math.max(retryAfterMs, Math.min(LONGEST_RETRY_MS, 1000 * 2 ** Math.min(failures, 5))) * jitter(random)
}

/** 0.8 to 1.2: keeps clients that failed together from retrying together. */
const jitter = (random: number) => 0.8 + 0.4 * random
