import { JustBookedPage } from '../web/pages/just-booked.tsx'
import { renderPage } from '../web/render.tsx'
import { readBooked } from './contract/booked.ts'
import { BOOKED_COOKIE } from './contract/cookies.ts'
import { eventRoom } from './contract/rooms.ts'
import type { Ctx } from './http.tsx'

const CSP =
  "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

/** The id of the reservation that the visitor has just made behind a room; null if there is none. */
export const justBooked = (c: Ctx, room: string): string | null =>
  readBooked(c.env.client.cookies(BOOKED_COOKIE)).find(({ eventId }) => eventRoom(eventId) === room)?.reservation ?? null

/** Responds with a page that links to the reservation, and that joins the queue only if the visitor presses its button. */
export function respondWithJustBooked(c: Ctx, room: string, reservation: string): Response {
  c.header('cache-control', 'private, no-store')
  c.header('content-security-policy', CSP)
  c.header('x-content-type-options', 'nosniff')
  const { language, path } = c.env.client
  return c.html(renderPage(<JustBookedPage language={language} room={room} reservation={reservation} path={path} />))
}
