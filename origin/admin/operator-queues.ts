import { LRUCache } from 'lru-cache'
import pLimit, { type LimitFunction } from 'p-limit'

/** Fewer than the MySQL connections for operators (origin/deps.ts), so that slow reads of one operator leave one to the others. */
const RUNNING = 2
const WAITING = 16
/** More operators than a shop has. */
const MAX_OPERATORS = 500

/** Runs the requests of each operator two at a time, so that no one keeps others from acting. */
export function createOperatorQueues() {
  const queues = new LRUCache<number, LimitFunction>({ max: MAX_OPERATORS })
  return {
    /** Null: too many requests of the operator wait already. */
    run<Result>(operatorId: number, work: () => Promise<Result> | Result): Promise<Result> | null {
      const queue = queues.get(operatorId) ?? pLimit(RUNNING)
      queues.set(operatorId, queue)
      return queue.pendingCount >= WAITING ? null : queue(work)
    },
  }
}
