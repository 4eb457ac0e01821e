import type { Redis } from 'ioredis'
import { saleKeys } from '../keys.ts'

/** A sale as operators watch it. Times are epoch ms. */
export type SaleFigures = {
  opensAtMs: number
  closesAtMs: number
  isStopped: boolean
  /** Paused by an inventory audit that found a drift. */
  isPaused: boolean
  ticketTypes: { id: number; left: number; total: number }[]
}

/** Reads the figures of a sale with one command; null when it is not in Redis. Throws StoreUnavailable. */
export async function readSaleFigures(redis: Redis, eventId: number): Promise<SaleFigures | null> {
  const fields = await redis.hgetall(saleKeys(eventId).sale)
  if (!fields.epoch || !fields.seq) return null
  const ids = Object.keys(fields).filter((field) => field.startsWith('left:')).map((field) => Number(field.slice(5)))
  return {
    opensAtMs: Number(fields.opens),
    closesAtMs: Number(fields.closes),
    isStopped: fields.stopped === '1',
    isPaused: fields.paused === '1',
    ticketTypes: ids.sort((a, b) => a - b).map((id) => ({
      id,
      left: Number(fields[`left:${id}`]),
      total: Number(fields[`total:${id}`]),
    })),
  }
}
