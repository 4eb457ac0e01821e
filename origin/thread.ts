import { Worker } from 'node:worker_threads'

/**
 * Runs a module in a thread of its own, because it would block bookings, and returns the first message that it posts. `data`: what it receives as
 * `workerData`. Rejects if it fails, ends without a message or takes longer than `timeoutMs`; the thread is ended in any case.
 */
export function runInThread<Result>(module: URL, data: unknown, timeoutMs: number): Promise<Result> {
  const worker = new Worker(module, { workerData: data })
  return new Promise<Result>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${module.pathname} takes too long`)), timeoutMs)
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', () => {
      clearTimeout(timer)
      reject(new Error(`${module.pathname} ended without a result`))
    })
  }).finally(() => worker.terminate())
}
