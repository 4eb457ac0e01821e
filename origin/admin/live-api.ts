import * as z from 'zod'
import { readSeconds } from '../../db/redis/live/recorded-seconds.ts'
import type { EventDetail } from '../../edge/contract/events.ts'
import type { Language } from '../../edge/contract/language.ts'
import type { TimelinePoint } from '../../edge/contract/live.ts'
import { findEvent } from '../catalogue.ts'
import { type CsvColumn, wantsCsv } from '../csv.ts'
import { checkInput, eventIdOf, problem } from '../http.tsx'
import { readQuery, textInteger } from '../input.ts'
import { toPoint } from '../live/live-frame.ts'
import { streamFrames } from '../live/live-stream.ts'
import { readTimeline, readWholeTimeline, type TimelineRow } from '../live/sale-timeline.ts'
import type { AdminRequest, AdminRoute } from './admin-route.ts'
import { respondExport } from './csv-export.ts'
import { readAdminEvent } from './events.ts'

/** `last`: the seconds up to now, one point each, instead of the whole timeline. */
const timelineQuery = z.object({ last: textInteger(1, 1_800).optional() })

/** The live board of a sale, and what is kept of it. */
export const liveApi: readonly AdminRoute[] = [
  { method: 'GET', path: '/api/admin/live/:id', permission: 'figures.read', handle: withEvent(stream) },
  { method: 'GET', path: '/api/admin/events/:id/timeline', permission: 'figures.read', handle: withEvent(timeline) },
]

/** An event as its live board names it. */
export type BoardEvent = Pick<EventDetail, 'id' | 'title'> & { ticketTypes: { id: number; name: string }[] }

/** Runs a handler with the event of the path. A published one is found while MySQL is away. */
export function withEvent(
  handle: (request: AdminRequest, event: BoardEvent) => Response | Promise<Response>,
): AdminRoute['handle'] {
  return async (request) => {
    const { c, deps } = request
    const [eventId, language] = [eventIdOf(c), c.get('language')]
    if (eventId === undefined) return problem(c, 'not_found')
    const event = await findEvent(deps, language, eventId) ?? await readDraft(deps, language, eventId)
    return event ? await handle(request, event) : problem(c, 'not_found')
  }
}

async function readDraft(deps: AdminRequest['deps'], language: Language, eventId: number): Promise<BoardEvent | null> {
  const draft = await readAdminEvent(deps, eventId)
  if (!draft) return null
  const isEnglish = language === 'en'
  return {
    id: draft.id,
    title: (isEnglish && draft.titleEn) || draft.title,
    ticketTypes: draft.ticketTypes.map(({ id, name, nameEn }) => ({ id, name: (isEnglish && nameEn) || name })),
  }
}

function stream({ c, deps, operator }: AdminRequest, { id }: BoardEvent): Response {
  return streamFrames(c, deps, { eventId: id, operator: operator.id, session: c.get('session') })
}

async function timeline(request: AdminRequest, { id }: BoardEvent): Promise<Response> {
  const { c, deps } = request
  if (wantsCsv(c)) return await respondTimelineCsv(request, id)
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
export function respondTimelineCsv(request: AdminRequest, eventId: number): Promise<Response> {
  return respondExport(request, `timeline-${eventId}`, {
    columns: COLUMNS,
    readAfter: (after: number | null, limit) => readTimeline(request.deps.db, eventId, after, limit),
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
