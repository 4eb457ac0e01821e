import type { ProblemCode } from './problems.ts'
import type { Phase, Snapshot } from './rooms.ts'

/** A room's figures in one second. */
export type QueueFigures = {
  phase: Phase
  /** Visitors whose position has not been called. */
  waiting: number
  /** Those of them who wait for the opening. */
  lobby: number
  /** Active visits. */
  active: number
  perMinute: number
  heldBy: Snapshot['heldBy']
}

export type SaleStatus = 'upcoming' | 'on_sale' | 'stopped' | 'paused' | 'sold_out' | 'closed' | 'not_loaded'

/** Durations in milliseconds: upper bounds of the buckets of a histogram. Null when nothing was measured. */
export type Percentiles = { p50: number; p95: number; p99: number } | null

/** An edge or an origin that has reported within the last seconds. */
export type ProcessHealth = {
  id: string
  kind: 'edge' | 'origin'
  version: string
  /** ISO 8601. */
  upSince: string
  reportedAt: string
  /** How long its last report to Redis took. */
  redisMs: number
  /** Whether it reaches MySQL (an origin) or the origin (an edge). */
  isHealthy: boolean
  /** Of an origin: the time since its last complete write-back. */
  lagMs: number | null
  /** Reports that it has dropped because Redis was slow. */
  dropped: number
}

/** `drift`: Redis and MySQL disagree, and the sale has paused. `unknown`: no origin has audited the sale within half a minute. */
export type InventoryLight = 'agreed' | 'drift' | 'unknown'

/** A sale in one second, as GET /api/admin/live/{eventId} sends it. Counts are those of all edges and origins in that second. */
export type LiveFrame = {
  /** ISO 8601, the beginning of the second. */
  at: string
  status: SaleStatus
  inventory: InventoryLight
  bookingsPerSecond: number
  seatsPerSecond: number
  cancellationsPerSecond: number
  errorsPerSecond: number
  joinsPerSecond: number
  /** Passes issued. */
  passes: number
  refusals: Partial<Record<ProblemCode, number>>
  /** Null while no edge has reported the room: nobody waits or visits. */
  queue: QueueFigures | null
  seats: { id: number; left: number; sold: number; total: number }[]
  left: number
  total: number
  /** Of booking requests: at the edge, with the wait for the origin, and in the origin. */
  latency: { edge: Percentiles; origin: Percentiles }
  writeBackLagMs: number | null
  /** When the sale sells out if it goes on as in the last half minute; null if that cannot be told. */
  projectedSellOutAt: string | null
  processes: ProcessHealth[]
}

/** An interval of a sale's timeline. Counts are sums; `waiting`, `active`, `left` and `lagMs` are those at its end. */
export type TimelinePoint = {
  at: string
  /** The length of the interval. */
  seconds: number
  bookings: number
  seats: number
  cancellations: number
  refused: number
  errors: number
  joins: number
  passes: number
  waiting: number
  lobby: number
  active: number
  left: number | null
  total: number | null
  p50: number | null
  p95: number | null
  p99: number | null
  lagMs: number | null
}
