import type { RehearsalSheet } from '../../edge/contract/rehearsals.ts'
import { runInThread } from '../thread.ts'
import type { MeasuredLoad } from './load-figures.ts'
import type { RealSale, Settings } from './rehearsal-forecast.ts'

/** The input of `forecastSale`, as the worker thread receives it. */
export type ForecastInput = { settings: Settings; load: MeasuredLoad; real: RealSale }

const TIMEOUT_MS = 60_000

/** Runs `forecastSale` in a thread of its own, because a second of computing would block bookings. Rejects after a minute. */
export function forecastInWorker(settings: Settings, load: MeasuredLoad, real: RealSale): Promise<RehearsalSheet['forecast']> {
  const input: ForecastInput = { settings, load, real }
  return runInThread(new URL('./forecast-worker.ts', import.meta.url), input, TIMEOUT_MS)
}
