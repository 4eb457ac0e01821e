import { WaitingPage } from '../web/pages/waiting.tsx'
import { renderPage } from '../web/render.tsx'
import { acceptsGzip, gzip } from './compression.ts'
import { eventOfRoom } from './contract/rooms.ts'
import { NO_SNIFFING, PAGE_REFERRER } from './contract/response-security.ts'
import type { Deps } from './deps.ts'
import type { Ctx } from './http.tsx'
import type { Room } from './rooms/live-room.ts'
import { findQueueTicket, targetPathOf } from './visitor.ts'
import { describePosition } from './waiting-room/positions.ts'
import { waitingPageCsp } from './waiting-page-csp.ts'
import { withTimeout } from '../runtime/timeout.ts'

/** If the title takes longer than this, the page is rendered without it. */
const TITLE_TIMEOUT_MS = 250
const MINUTE_MS = 60_000

/** Why the visitor's last queue ticket is no longer valid; null when it is valid, or there was none. */
export type TicketEnd = 'missed' | 'used' | null
const STATUS_OF_END = { missed: 410, used: 409 } as const

/** Responds with the waiting page of a room. */
export async function respondWithWaitingPage(c: Ctx, deps: Deps, room: Room, ended: TicketEnd = null): Promise<Response> {
  const ticket = ended === null ? findQueueTicket(c, deps, room) : null
  const title = await findTitle(c, deps, room)
  const { language, headers } = c.env.client
  const insideUrl = targetPathOf(c, deps, room)
  const render = () =>
    renderPage(
      <WaitingPage
        language={language}
        room={room.name}
        snapshot={room.snapshot}
        position={ticket &&
          { ...describePosition(room.positionOf(ticket.index), room.snapshot, deps.random()), index: ticket.index }}
        title={title}
        passMinutes={Math.round(room.plan.admission.passMs / MINUTE_MS)}
        lobbyMinutes={Math.round(room.plan.admission.lobbyMs / MINUTE_MS)}
        ended={ended}
        insideUrl={insideUrl}
        outsideUrl={room.plan.exitPath}
        eventId={deps.directory.isShop ? eventOfRoom(room.name) : null}
      />,
    )
  const status = ended === null ? 200 : STATUS_OF_END[ended]
  c.header('vary', 'accept-encoding', { append: true })
  c.header('content-security-policy', waitingPageCsp)
  c.header(...NO_SNIFFING)
  c.header(...PAGE_REFERRER)
  c.header('cache-control', 'private, no-store')
  c.header('content-type', 'text/html; charset=utf-8')
  if (!acceptsGzip(headers)) return c.body(render(), status)
  c.header('content-encoding', 'gzip')
  const variant = `${language} ${ended ?? ''} ${insideUrl} ${title}`
  return c.body(await (ticket !== null ? gzip(render()) : deps.waitingPages.get(room.snapshot, variant, render)), status)
}

const findTitle = (c: Ctx, deps: Deps, room: Room): Promise<string | null> =>
  withTimeout(deps.directory.findTitle(room.name, c.env.client.language).catch(() => null), TITLE_TIMEOUT_MS, () => null)
