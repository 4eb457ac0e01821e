import type { Connections } from './connections.ts'

/** How long a repeatable request waits for its response before it is sent a second time, over new connections. */
export const REPEAT_AFTER_MS = 2_500
/** How long any other request waits before the connections are replaced. It keeps waiting itself. */
const REPLACE_AFTER_MS = 4_000
/** The part of the budget that a request with a timely response gives back. */
const REFILL = 0.1

/**
 * Replaces connections that have gone silent: a firewall, a balancer or a machine may vanish without closing them. From outside, a silent
 * connection and a slow origin look the same. Therefore the first request is not aborted when a second one is sent: the first response wins.
 * A retry budget limits the second requests: an origin that is slow for long gets a tenth more requests, not twice as many.
 */
export function createSilenceWatch(connections: Pick<Connections, 'current' | 'replace'>, maxBudget: number) {
  let budget = maxBudget

  const takeFromBudget = () => {
    if (budget < 1) return false
    budget--
    return true
  }
  const refill = () => {
    budget = Math.min(maxBudget, budget + REFILL)
  }

  return {
    /** Sends a request that must not be repeated. */
    async sendOnce<Reply>(send: () => Promise<Reply>): Promise<Reply> {
      const used = connections.current()
      const timer = setTimeout(() => connections.replace(used), REPLACE_AFTER_MS)
      return await send().finally(() => clearTimeout(timer))
    },

    /** Sends a request, and a second time with `repeat` when it gets no response. Rejects when every request that was sent has failed. */
    sendRepeatable<Reply>(send: () => Promise<Reply>, repeat: () => Promise<Reply>): Promise<Reply> {
      const used = connections.current()
      return new Promise((resolve, reject) => {
        let pending = 1
        const onFailed = (error: unknown) => {
          clearTimeout(timer)
          if (--pending === 0) reject(error)
        }
        const timer = setTimeout(() => {
          connections.replace(used)
          if (!takeFromBudget()) return
          pending++
          repeat().then(resolve, onFailed)
        }, REPEAT_AFTER_MS)
        send().then((reply) => {
          clearTimeout(timer)
          refill()
          resolve(reply)
        }, onFailed)
      })
    },
  }
}

export type SilenceWatch = ReturnType<typeof createSilenceWatch>
