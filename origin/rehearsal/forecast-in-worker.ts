import { Worker } from 'node:worker_threads'
import type { RehearsalSheet } from '../../edge/contract/rehearsals.ts'
import type { MeasuredLoad } from './load-figures.ts'
import type { RealSale, Settings } from './rehearsal-forecast.ts'

/** The input of `forecastSale`, as the worker thread receives it. */
export type ForecastInput = { settings: Settings; load: MeasuredLoad; real: RealSale }

const TIMEOUT_MS = 60_000

/** Runs `forecastSale` in a thread of its own, because a second of computing would block bookings. Rejects after a minute. */
export function forecastInWorker(settings: Settings, load: MeasuredLoad, real: RealSale): Promise<RehearsalSheet['forecast']> {
  const input: ForecastInput = { settings, load, real }
  const worker = new Worker(new URL('./forecast-worker.ts', import.meta.url), { workerData: input })
  return new Promise<RehearsalSheet['forecast']>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('The forecast takes too long')), TIMEOUT_MS)
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', () => {
      clearTimeout(timer)
      reject(new Error('The forecast ended without a result'))
    })
  }).finally(() => worker.terminate())
}
