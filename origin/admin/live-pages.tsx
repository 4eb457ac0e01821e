import { LivePage } from '../../web/admin/pages/live.tsx'
import { renderPage } from '../../web/render.tsx'
import type { AdminRequest, AdminRoute } from './admin-route.ts'
import { type BoardEvent, readLast, respondTimelineCsv, withEvent } from './live-api.ts'

/** The points in the page's table. */
const TABLE_POINTS = 30

/** The live board of a sale as a page, and its timeline as a file for browsers, which cannot set Accept. */
export const livePages: readonly AdminRoute[] = [
  { method: 'GET', path: '/admin/events/:id/live', permission: 'figures.read', handle: withEvent(showBoard) },
  {
    method: 'GET',
    path: '/admin/events/:id/live/timeline.csv',
    permission: 'figures.read',
    handle: withEvent((request, { id }) => respondTimelineCsv(request, id)),
  },
]

async function showBoard({ c, deps, operator }: AdminRequest, event: BoardEvent): Promise<Response> {
  const [frame, points] = await Promise.all([deps.liveBoards.read(event.id), readLast({ deps }, event.id, TABLE_POINTS)])
  return c.html(renderPage(
    <LivePage
      language={c.get('language')}
      viewer={operator}
      title={event.title}
      eventId={event.id}
      names={Object.fromEntries(event.ticketTypes.map(({ id, name }) => [id, name]))}
      frame={frame}
      points={points.toReversed()}
    />,
  ))
}
