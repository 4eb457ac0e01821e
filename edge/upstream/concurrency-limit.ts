import pLimit from 'p-limit'
import { UpstreamUnavailable } from './upstream-unavailable.ts'
import { withTimeout } from '../../runtime/timeout.ts'

/** How long a request waits for a free slot. */
const MAX_WAIT_MS = 5_000
/** Waiting requests per slot, at most. */
const WAITING_PER_SLOT = 4

/**
 * A concurrency limit with a bounded queue in front of it. A request that finds the queue full, or waits longer than `MAX_WAIT_MS`, rejects
 * with UpstreamUnavailable.
 */
export function createUpstreamLimit(concurrency: number) {
  const limit = pLimit(concurrency)
  let waiting = 0

  const acquireSlot = () =>
    new Promise<() => void>((acquired) => void limit(() => new Promise<void>((release) => acquired(release))))

  async function runWhenFree<Result>(work: () => Promise<Result>): Promise<Result> {
    if (waiting >= concurrency * WAITING_PER_SLOT) throw new UpstreamUnavailable('Too many requests wait for the upstream')
    waiting++
    const slot = acquireSlot()
    const release = await withTimeout(slot, MAX_WAIT_MS, () => {
      void slot.then((release) => release())
      throw new UpstreamUnavailable('No slot became free in time')
    }).finally(() => waiting--)
    return await work().finally(release)
  }

  return {
    run: <Result>(work: () => Promise<Result>): Promise<Result> =>
      limit.activeCount < concurrency ? limit(work) : runWhenFree(work),
    /** Requests that are in flight or wait for a slot. */
    size: () => limit.activeCount + waiting,
  }
}
