import { JustBookedPage } from '../web/pages/just-booked.tsx'
import { renderPage } from '../web/render.tsx'
import { readBooked } from './contract/booked.ts'
import { BOOKED_COOKIE } from './contract/cookies.ts'
import { eventRoom } from './contract/rooms.ts'
import type { Deps } from './deps.ts'
import type { Ctx } from './http.tsx'

const CSP =
  "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

/**
 * To a visitor who has just booked behind a room of a shop, responds with a page that links to the reservation, and that joins the queue only if
 * the visitor presses its button. Null for all others, and beyond the limit of such pages: anyone can make up the cookie.
 */
export function respondIfJustBooked(
  c: Ctx,
  { directory, limits }: Pick<Deps, 'directory' | 'limits'>,
  room: string,
): Response | null {
  const { client } = c.env
  const booked = directory.isShop ? readBooked(client.cookies(BOOKED_COOKIE)) : []
  const reservation = booked.find(({ eventId }) => eventRoom(eventId) === room)?.reservation
  if (reservation === undefined || !limits.take('page', client.address).allowed) return null
  c.header('cache-control', 'private, no-store')
  c.header('content-security-policy', CSP)
  c.header('x-content-type-options', 'nosniff')
  const { language, path } = client
  return c.html(renderPage(<JustBookedPage language={language} room={room} reservation={reservation} path={path} />))
}
