/** The thread of forecast-in-worker.ts: one forecast, then it ends. */
import { parentPort, workerData } from 'node:worker_threads'
import type { ForecastInput } from './forecast-in-worker.ts'
import { forecastSale } from './rehearsal-forecast.ts'

const { settings, load, real } = workerData as ForecastInput
parentPort!.postMessage(forecastSale(settings, load, real))
