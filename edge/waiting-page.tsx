import { WaitingPage } from '../web/pages/waiting.tsx'
import { renderPage } from '../web/render.tsx'
import { acceptsGzip } from './compression.ts'
import { eventOfRoom } from './contract/rooms.ts'
import { NO_SNIFFING, PAGE_REFERRER } from './contract/response-security.ts'
import type { Deps } from './deps.ts'
import type { Ctx } from './http.tsx'
import type { Room } from './rooms/live-room.ts'
import { findQueueTicket, type HeldQueueTicket, targetPathOf } from './visitor.ts'
import { describePosition } from './waiting-room/positions.ts'
import { createPage, type RenderedPage } from './waiting-page-cache.ts'
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
  const page = pageFor(c, deps, room, { ticket, title, ended })
  const status = ended === null ? 200 : STATUS_OF_END[ended]
  c.header('vary', 'accept-encoding', { append: true })
  c.header('content-security-policy', waitingPageCsp)
  c.header(...NO_SNIFFING)
  c.header(...PAGE_REFERRER)
  c.header('cache-control', 'private, no-store')
  c.header('content-type', 'text/html; charset=utf-8')
  if (!acceptsGzip(c.env.client.headers)) {
    // The runtime would compress the page again for each reader.
    c.header('cache-control', 'private, no-store, no-transform')
    return c.body(page.html, status)
  }
  c.header('content-encoding', 'gzip')
  return c.body(await page.gzipped(), status)
}

type Facts = { ticket: HeldQueueTicket | null; title: string | null; ended: TicketEnd }

/**
 * The page of a visitor. Rendering costs milliseconds, so pages have limits: one with the position per ticket, and others for each address. Over
 * a limit, visitors get the page that all visitors without a ticket share; its script asks for the position.
 */
function pageFor(c: Ctx, deps: Deps, room: Room, { ticket, title, ended }: Facts): RenderedPage {
  const { language, address } = c.env.client
  const { targetPath } = room.plan
  const wanted = targetPathOf(c, deps, room)
  const render = (insideUrl: string, held: HeldQueueTicket | null = null) =>
    renderPage(
      <WaitingPage
        language={language}
        room={room.name}
        snapshot={room.snapshot}
        position={held &&
          { ...describePosition(room.positionOf(held.index), room.snapshot, deps.random()), index: held.index }}
        title={title}
        passMinutes={Math.round(room.plan.admission.passMs / MINUTE_MS)}
        lobbyMinutes={Math.round(room.plan.admission.lobbyMs / MINUTE_MS)}
        ended={ended}
        insideUrl={insideUrl}
        outsideUrl={room.plan.exitPath}
        eventId={deps.directory.isShop ? eventOfRoom(room.name) : null}
      />,
    )
  if (ticket && deps.limits.take('ticketPage', ticket.visitor).allowed) return createPage(render(wanted, ticket))
  const shared = (insideUrl: string, mayRender: () => boolean) =>
    deps.waitingPages.get(room.snapshot, `${language} ${ended ?? ''} ${insideUrl} ${title}`, () => render(insideUrl), mayRender)
  const mayRender = () => wanted === targetPath || deps.limits.take('page', address).allowed
  return shared(wanted, mayRender) ?? shared(targetPath, () => true)!
}

const findTitle = (c: Ctx, deps: Deps, room: Room): Promise<string | null> =>
  withTimeout(deps.directory.findTitle(room.name, c.env.client.language).catch(() => null), TITLE_TIMEOUT_MS, () => null)
