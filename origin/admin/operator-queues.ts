import { LRUCache } from 'lru-cache'
import pLimit, { type LimitFunction } from 'p-limit'
import { createShares } from '../../runtime/shares.ts'

/** Fewer than the MySQL connections for operators (origin/deps.ts), so that slow reads of one operator leave one to the others. */
const RUNNING = 2
const WAITING = 16
/** More operators than a shop has. */
const MAX_OPERATORS = 500
/** Exports of one operator at once. Each lasts as long as its client reads. */
const EXPORTS = 2

/** Runs the requests of each operator two at a time, so that no one keeps others from acting. */
export function createOperatorQueues() {
  const queues = new LRUCache<number, LimitFunction>({ max: MAX_OPERATORS })
  const exports = createShares({ total: EXPORTS * MAX_OPERATORS, per: { operator: EXPORTS } })

  function queueOf(operatorId: number): LimitFunction {
    const queue = queues.get(operatorId) ?? pLimit(RUNNING)
    queues.set(operatorId, queue)
    return queue
  }

  return {
    /** Null: too many requests of the operator wait already. */
    run<Result>(operatorId: number, work: () => Promise<Result> | Result): Promise<Result> | null {
      const queue = queueOf(operatorId)
      return queue.pendingCount >= WAITING ? null : queue(work)
    },
    /** Reads a batch of an export. It waits for its turn, however many requests wait. */
    read: <Result>(operatorId: number, work: () => Promise<Result>): Promise<Result> => queueOf(operatorId)(work),
    /** Counts an export until the returned function is called; null if the operator has as many as they may. */
    beginExport: (operatorId: number): (() => void) | null => exports.take({ operator: String(operatorId) }),
  }
}

export type OperatorQueues = ReturnType<typeof createOperatorQueues>
