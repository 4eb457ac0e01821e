import { and, asc, eq, gt, sql } from 'drizzle-orm'
import type { Database } from '../../db/mysql.ts'
import { saleTimeline } from '../../db/schema.ts'
import type { TimelinePoint } from '../../edge/contract/live.ts'

const ROWS_PER_INSERT = 200
/** Points of one response, for a chart. A longer timeline is read in longer intervals. */
const MAX_POINTS = 1_500

const COUNTS = ['bookings', 'seats', 'cancellations', 'refused', 'errors', 'joins', 'passes'] as const

/** Writes intervals of an event's timeline; an interval that exists is replaced. Throws StoreUnavailable. */
export async function writePoints(db: Database, eventId: number, points: readonly TimelinePoint[]): Promise<void> {
  for (let from = 0; from < points.length; from += ROWS_PER_INSERT) {
    const rows = points.slice(from, from + ROWS_PER_INSERT).map((point) => ({ ...point, eventId, at: new Date(point.at) }))
    const replaced = Object.keys(rows[0]!).filter((name) => name !== 'eventId' && name !== 'at') as (keyof TimelinePoint)[]
    await db.insert(saleTimeline).values(rows).onDuplicateKeyUpdate({
      set: Object.fromEntries(replaced.map((name) => [name, sql`values(${sql.identifier(saleTimeline[name].name)})`])),
    })
  }
}

/** A stored interval; `id` is its beginning, for exports that are read in batches. */
export type TimelineRow = TimelinePoint & { id: number }

/** At most `limit` intervals of an event after one (its id), oldest first. Throws StoreUnavailable. */
export async function readTimeline(db: Database, eventId: number, after: number | null, limit: number): Promise<TimelineRow[]> {
  const isOfEvent = eq(saleTimeline.eventId, eventId)
  const rows = await db.select().from(saleTimeline)
    .where(after === null ? isOfEvent : and(isOfEvent, gt(saleTimeline.at, new Date(after))))
    .orderBy(asc(saleTimeline.at)).limit(limit)
  return rows.map(({ eventId: _, at, ...figures }) => ({ id: at.getTime(), at: at.toISOString(), ...figures }))
}

/** The whole timeline of an event, in at most `MAX_POINTS` intervals. Throws StoreUnavailable. */
export async function readWholeTimeline(db: Database, eventId: number): Promise<TimelinePoint[]> {
  const points: TimelinePoint[] = []
  const BATCH = 5_000
  let last: number | null = null
  while (true) {
    const rows: TimelineRow[] = await readTimeline(db, eventId, last, BATCH)
    points.push(...rows.map(({ id: _, ...point }) => point))
    last = rows.at(-1)?.id ?? null
    if (rows.length < BATCH) return joinPoints(points, MAX_POINTS)
  }
}

/** Joins neighbours until at most `max` points are left. Counts are added; of percentiles the highest is kept, of states the last. */
export function joinPoints(points: readonly TimelinePoint[], max: number): TimelinePoint[] {
  const size = Math.ceil(points.length / max)
  if (size <= 1) return [...points]
  return Array.from({ length: Math.ceil(points.length / size) }, (_, i) => joinAll(points.slice(i * size, (i + 1) * size)))
}

function joinAll(points: readonly TimelinePoint[]): TimelinePoint {
  const joined: TimelinePoint = { ...points.at(-1)!, at: points[0]!.at }
  for (const name of [...COUNTS, 'seconds'] as const) joined[name] = points.reduce((sum, point) => sum + point[name], 0)
  for (const name of ['p50', 'p95', 'p99'] as const) {
    const known = points.flatMap((point) => point[name] ?? [])
    joined[name] = known.length > 0 ? Math.max(...known) : null
  }
  return joined
}
