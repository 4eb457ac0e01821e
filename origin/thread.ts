import { Worker } from 'node:worker_threads'

/**
 * Runs a module in a thread of its own, because it would block bookings, and returns the first message that it posts. `data`: what it receives as
 * `workerData`. Rejects if it fails, ends without a message or takes longer than `timeoutMs`; the thread is ended in any case.
 */
export function runInThread<Result>(module: URL, data: unknown, timeoutMs: number): Promise<Result> {
  const worker = startThread(module, data)
  return nextMessage<Result>(worker, module, timeoutMs).finally(() => worker.terminate())
}

/** The listener keeps a thread that fails between two calls from ending the process. */
const startThread = (module: URL, data?: unknown) => new Worker(module, { workerData: data }).on('error', () => {})

function nextMessage<Result>(worker: Worker, module: URL, timeoutMs: number): Promise<Result> {
  const { promise, resolve, reject } = Promise.withResolvers<Result>()
  const onExit = () => reject(new Error(`${module.pathname} ended without a result`))
  const timer = setTimeout(() => reject(new Error(`${module.pathname} takes too long`)), timeoutMs)
  worker.once('message', resolve).once('error', reject).once('exit', onExit)
  return promise.finally(() => {
    clearTimeout(timer)
    worker.off('message', resolve).off('error', reject).off('exit', onExit)
  })
}

export type Thread<Input, Result> = {
  /** Posts a message and returns the next one that the thread posts. A call must end before the next one. Rejects as `runInThread` does. */
  run(input: Input): Promise<Result>
  close(): Promise<void>
}

/** A thread that stays, for a module that posts a message for each that it receives. It starts with the first call, and again after a failure. */
export function openThread<Input, Result>(module: URL, timeoutMs: number): Thread<Input, Result> {
  let worker: Worker | null = null
  function start(): Worker {
    const started = startThread(module)
    started.once('exit', () => {
      if (worker === started) worker = null
    })
    return started
  }
  async function close(): Promise<void> {
    const ended = worker
    worker = null
    await ended?.terminate()
  }
  return {
    async run(input) {
      worker ??= start()
      worker.ref()
      const result = nextMessage<Result>(worker, module, timeoutMs)
      worker.postMessage(input)
      try {
        return await result
      } catch (error) {
        await close()
        throw error
      } finally {
        worker?.unref()
      }
    },
    close,
  }
}
