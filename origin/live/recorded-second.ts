import type { RecordedSecond } from '../../db/redis/live/recorded-seconds.ts'
import type { SaleFigures } from '../../db/redis/sale/sale-figures.ts'
import type { ProcessHealth, QueueFigures, SaleStatus } from '../../edge/contract/live.ts'

/** What Redis holds of an event about one second. */
export type SecondParts = {
  /** The counters of all processes. */
  counts: Record<string, string>
  sale: SaleFigures | null
  processes: readonly ProcessHealth[]
  isAudited: boolean
}

/** A process that has not reported for longer does not tell the lag of the write-back. */
const FRESH_MS = 5_000

/** One second of a sale from its parts. `at`: seconds since the epoch. */
export function toRecordedSecond(at: number, { counts, sale, processes, isAudited }: SecondParts): RecordedSecond {
  const count = (name: string) => Number(counts[name] ?? 0)
  return {
    at,
    bookings: count('bookings'),
    seats: count('seats'),
    cancellations: count('cancellations'),
    errors: count('errors'),
    joins: count('joins'),
    passes: count('passes'),
    refused: countsOf(counts, 'refused:'),
    edge: countsOf(counts, 'edge:'),
    origin: countsOf(counts, 'origin:'),
    queue: counts.room ? JSON.parse(counts.room) as QueueFigures : null,
    status: statusOf(sale, at * 1000),
    ticketTypes: sale?.ticketTypes ?? [],
    lagMs: lagOf(processes, at * 1000),
    isAudited,
  }
}

/** The counters whose names begin with a prefix, by the rest of their names. */
function countsOf(counts: Record<string, string>, prefix: string): Record<string, number> {
  const found = Object.entries(counts).filter(([name]) => name.startsWith(prefix))
  return Object.fromEntries(found.map(([name, count]) => [name.slice(prefix.length), Number(count)]))
}

function statusOf(sale: SaleFigures | null, nowMs: number): SaleStatus {
  if (!sale) return 'not_loaded'
  if (sale.isPaused) return 'paused'
  if (sale.isStopped) return 'stopped'
  if (nowMs < sale.opensAtMs) return 'upcoming'
  if (nowMs >= sale.closesAtMs) return 'closed'
  return sale.ticketTypes.every(({ left }) => left === 0) ? 'sold_out' : 'on_sale'
}

/** Every origin writes back all events, so the one with the latest complete run tells the lag. Null without a fresh report. */
function lagOf(processes: readonly ProcessHealth[], nowMs: number): number | null {
  const lags = processes.filter(({ reportedAt }) => nowMs - Date.parse(reportedAt) < FRESH_MS).flatMap(({ lagMs }) => lagMs ?? [])
  return lags.length === 0 ? null : Math.min(...lags)
}
