import * as z from 'zod'
import { readSeconds } from '../../db/redis/live/recorded-seconds.ts'
import type { EventDetail } from '../../edge/contract/events.ts'
import type { TimelinePoint } from '../../edge/contract/live.ts'
import { findEvent } from '../catalogue.ts'
import { type CsvColumn, respondCsv, wantsCsv } from '../csv.ts'
import { checkInput, eventIdOf, problem } from '../http.tsx'
import { readQuery, textInteger } from '../input.ts'
import { toPoint } from '../live/live-frame.ts'
import { streamFrames } from '../live/live-stream.ts'
import { readTimeline, readWholeTimeline, type TimelineRow } from '../live/sale-timeline.ts'
import type { AdminRequest, AdminRoute } from './admin-route.ts'

/** `last`: the seconds up to now, one point each, instead of the whole timeline. */
const timelineQuery = z.object({ last: textInteger(1, 1_800).optional() })

/** The live board of a sale, and what is kept of it. */
export const liveApi: readonly AdminRoute[] = [
  { method: 'GET', path: '/api/admin/live/:id', permission: 'figures.read', handle: withPublished(stream) },
  { method: 'GET', path: '/api/admin/events/:id/timeline', permission: 'figures.read', handle: withPublished(timeline) },
]

/** Runs a handler with the published event of the path. */
export function withPublished(
  handle: (request: AdminRequest, event: EventDetail) => Response | Promise<Response>,
): AdminRoute['handle'] {
  return async (request) => {
    const { c, deps } = request
    const eventId = eventIdOf(c)
    const event = eventId === undefined ? null : await findEvent(deps, c.get('language'), eventId)
    return event ? await handle(request, event) : problem(c, 'not_found')
  }
}

function stream({ c, deps, operator }: AdminRequest, { id }: EventDetail): Response {
  return streamFrames(c, deps, { eventId: id, operator: operator.id, session: c.get('session') })
}

async function timeline({ c, deps }: AdminRequest, { id }: EventDetail): Promise<Response> {
  if (wantsCsv(c)) return respondTimelineCsv({ c, deps }, id)
  const query = checkInput(c, timelineQuery, readQuery(c))
  if (query instanceof Response) return query
  return c.json({
    points: query.last === undefined ? await readWholeTimeline(deps.db, id) : await readLast({ deps }, id, query.last),
  })
}

/** The last seconds of an event, one point each. Throws StoreUnavailable. */
export async function readLast({ deps }: Pick<AdminRequest, 'deps'>, eventId: number, max: number): Promise<TimelinePoint[]> {
  return (await readSeconds(deps.redis, eventId, max)).map((second) => toPoint(second.at, 1, [second]))
}

/** Responds with the whole timeline as a file. */
export function respondTimelineCsv({ c, deps }: Pick<AdminRequest, 'c' | 'deps'>, eventId: number): Response {
  return respondCsv(c, `timeline-${eventId}`, {
    columns: COLUMNS,
    readAfter: (after: number | null, limit) => readTimeline(deps.db, eventId, after, limit),
  })
}

const COLUMNS: readonly CsvColumn<TimelineRow>[] = ([
  'at',
  'seconds',
  'bookings',
  'seats',
  'cancellations',
  'refused',
  'errors',
  'joins',
  'passes',
  'waiting',
  'lobby',
  'active',
  'left',
  'total',
  'p50',
  'p95',
  'p99',
  'lagMs',
] as const).map((name) => ({ title: name, cell: (row) => row[name] }))
