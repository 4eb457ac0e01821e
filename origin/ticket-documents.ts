import pLimit from 'p-limit'
import { Worker } from 'node:worker_threads'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TicketSheet } from './ticket-pdf.ts'

/** Null: too many documents wait already. Rejects if a document takes longer than twenty seconds. */
export type RenderTickets = (sheet: TicketSheet) => Promise<Uint8Array | null>

const MAX_WAITING = 4
const TIMEOUT_MS = 20_000

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
      await drawInWorker(sheet).then(resolve, reject)
      await sleep(elapsedMs() - startedAt, undefined, { ref: false })
    })
    return promise
  }
}

function drawInWorker(sheet: TicketSheet): Promise<Uint8Array> {
  const worker = new Worker(new URL('./ticket-pdf-worker.ts', import.meta.url), { workerData: sheet })
  return new Promise<Uint8Array>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('The tickets take too long')), TIMEOUT_MS)
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', () => {
      clearTimeout(timer)
      reject(new Error('The thread ended without tickets'))
    })
  }).finally(() => worker.terminate())
}
