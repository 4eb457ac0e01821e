import { Hono } from 'hono'
import { paths } from '../../edge/contract/paths.ts'
import type { Reservation } from '../../edge/contract/reservations.ts'
import type { Access } from '../../edge/contract/tokens.ts'
import { TicketsPage } from '../../web/pages/tickets.tsx'
import { renderPage } from '../../web/render.tsx'
import { admits, issueTickets } from '../admission-tickets.ts'
import { createShares, type Shares } from '../../runtime/shares.ts'
import type { Deps } from '../deps.ts'
import { type Ctx, type Env, personal, problem, requirePerson } from '../http.tsx'
import { findRequested } from '../requested-reservation.ts'
import { findProblem } from '../reservation-problems.ts'
import { ticketCalendar } from '../ticket-calendar.ts'

type Owned = { person: Access; reservation: Reservation }

/** The admission tickets of one's own reservations: as a page, as PDF, and as a calendar file. */
export function tickets(deps: Deps): Hono<Env> {
  // Few documents may wait to be drawn, so nobody may have more than one of them.
  const documents = createShares({ total: MAX_DOCUMENTS, per: { person: 1 } })
  const pdf = (c: Ctx) => (owned: Owned) => sendPdf(c, deps, owned, documents)
  return new Hono<Env>()
    .get('/tickets/:id', (c) => onPage(c, deps, (owned) => showTickets(c, deps, owned)))
    .get('/tickets/:id/pdf', (c) => onPage(c, deps, pdf(c)))
    .get('/tickets/:id/calendar', (c) => onPage(c, deps, (owned) => sendCalendar(c, owned)))
    .get('/api/reservations/:id/tickets.pdf', (c) => onApi(c, deps, pdf(c)))
    .get('/api/reservations/:id/ics', (c) => onApi(c, deps, (owned) => sendCalendar(c, owned)))
}

const MAX_DOCUMENTS = 64

type Respond = (owned: Owned) => Response | Promise<Response>

/** Asks a guest to log in, and then shows the tickets. */
function onPage(c: Ctx, deps: Deps, respond: Respond): Response | Promise<Response> {
  const person = c.get('person')
  return person ? withReservation(c, deps, person, respond) : c.redirect(paths.login(c.req.path), 303)
}

function onApi(c: Ctx, deps: Deps, respond: Respond): Response | Promise<Response> {
  const person = requirePerson(c)
  return person instanceof Response ? person : withReservation(c, deps, person, respond)
}

async function withReservation(c: Ctx, deps: Deps, person: Access, respond: Respond): Promise<Response> {
  const found = await findRequested(c, deps, person)
  if (found.kind !== 'found') return problem(c, ...findProblem(found))
  personal(c)
  return admits(found.reservation) ? await respond({ person, reservation: found.reservation }) : problem(c, 'no_tickets')
}

async function showTickets(c: Ctx, deps: Deps, { person, reservation }: Owned): Promise<Response> {
  const drawn = await deps.ticketViews.draw(person.id, reservation)
  if ('kind' in drawn) return problem(c, 'busy', { retryAfterSeconds: 2 })
  return c.html(renderPage(
    <TicketsPage
      language={c.get('language')}
      reservation={reservation}
      tickets={drawn}
      holder={person.nickname}
      now={deps.now().toISOString()}
    />,
  ))
}

async function sendPdf(
  c: Ctx,
  deps: Deps,
  { person, reservation }: Owned,
  documents: Pick<Shares<'person'>, 'take'>,
): Promise<Response> {
  const release = documents.take({ person: String(person.id) })
  if (!release) return problem(c, 'busy', { retryAfterSeconds: 2 })
  const pdf = await deps.renderTickets(async () => ({
    language: c.get('language'),
    reservation,
    holder: person.nickname,
    tickets: await issueTickets(deps, reservation),
  })).finally(release)
  if (!pdf) return problem(c, 'busy', { retryAfterSeconds: 2 })
  return sendFile(c, pdf.slice(), 'application/pdf', `neticket-${reservation.number}.pdf`)
}

const sendCalendar = (c: Ctx, { reservation }: Owned): Response =>
  sendFile(
    c,
    ticketCalendar(reservation, c.get('language')),
    'text/calendar; charset=utf-8',
    `neticket-${reservation.number}.ics`,
  )

function sendFile(c: Ctx, body: string | Uint8Array<ArrayBuffer>, type: string, name: string): Response {
  return c.body(body, 200, { 'content-type': type, 'content-disposition': `attachment; filename="${name}"` })
}
