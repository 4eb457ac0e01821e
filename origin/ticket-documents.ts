import pLimit from 'p-limit'
import { setTimeout as sleep } from 'node:timers/promises'
import { runInThread } from './thread.ts'
import type { TicketSheet } from './ticket-pdf.ts'

/** Null: too many documents wait already. Rejects if a document takes longer than twenty seconds. */
export type RenderTickets = (sheet: TicketSheet) => Promise<Uint8Array | null>

const MAX_WAITING = 4
const TIMEOUT_MS = 20_000
const DRAW = new URL('./ticket-pdf-worker.ts', import.meta.url)

/**
 * Renders tickets as PDF, each document in a thread of its own, because it would block bookings. One at a time, with a pause after each for as
 * long as it took: half of a processor stays free, however many buyers download their tickets at once.
 */
export function createTicketDocuments(elapsedMs: () => number, maxWaiting = MAX_WAITING): RenderTickets {
  const limit = pLimit(1)
  return (sheet) => {
    if (limit.pendingCount >= maxWaiting) return Promise.resolve(null)
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
    void limit(async () => {
      const startedAt = elapsedMs()
      await runInThread<Uint8Array>(DRAW, sheet, TIMEOUT_MS).then(resolve, reject)
      await sleep(elapsedMs() - startedAt, undefined, { ref: false })
    })
    return promise
  }
}
