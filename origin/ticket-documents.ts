import pLimit from 'p-limit'
import { setTimeout as sleep } from 'node:timers/promises'
import { runInThread } from './thread.ts'
import { withTimeout } from '../runtime/timeout.ts'
import type { TicketSheet } from './ticket-pdf.ts'

/** Null: too many documents wait, or this one waits too long. Rejects if it cannot be drawn. `sign`: called when it is the document's turn. */
export type RenderTickets = (sign: () => Promise<TicketSheet>) => Promise<Uint8Array | null>

/** `maxWaitMs`: until the caller gets null. Shorter than the time that an edge gives the origin. */
const LIMITS = { maxWaiting: 4, maxWaitMs: 4_000 }
const TIMEOUT_MS = 20_000
const DRAW = new URL('./ticket-pdf-worker.ts', import.meta.url)

/**
 * Renders tickets as PDF, each document in a thread of its own, because it would block bookings. One at a time, with a pause after each for as
 * long as it took: half of a processor stays free, however many buyers download their tickets at once.
 */
export function createTicketDocuments(elapsedMs: () => number, { maxWaiting, maxWaitMs } = LIMITS): RenderTickets {
  const limit = pLimit(1)
  return (sign) => {
    if (limit.pendingCount >= maxWaiting) return Promise.resolve(null)
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array | null>()
    let isAbandoned = false
    void limit(async () => {
      if (isAbandoned) return
      const startedAt = elapsedMs()
      await sign().then((sheet) => runInThread<Uint8Array>(DRAW, sheet, TIMEOUT_MS)).then(resolve, reject)
      await sleep(elapsedMs() - startedAt, undefined, { ref: false })
    })
    return withTimeout(promise, maxWaitMs, () => {
      isAbandoned = true
      return null
    })
  }
}
