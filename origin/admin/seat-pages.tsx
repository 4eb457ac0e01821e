import { may } from '../../edge/contract/roles.ts'
import type { Language } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import { describeProblem } from '../../edge/contract/problems.ts'
import type { DeadLetterItem } from '../../web/admin/pages/dead-letters.tsx'
import { type EventSeats, EventSeatsPage, NEEDS_TITLE } from '../../web/admin/pages/event-seats.tsx'
import type { RefusedSeatAct, SeatActName, SeatFigures, SeatsDone } from '../../web/admin/pages/seat-texts.ts'
import { type SaleItem, SeatsPage } from '../../web/admin/pages/seats.tsx'
import { typeNameOf } from '../../web/admin/titles.ts'
import { renderPage } from '../../web/render.tsx'
import { type DeadLetter, dismissDeadLetter, listDeadLetters, retryDeadLetter } from '../dead-letters.ts'
import { eventIdOf, problem, statusOf } from '../http.tsx'
import { readForm } from '../input.ts'
import { type ActForm, actForm, checkAct, type ProblemOf } from './act-input.ts'
import type { AdminRequest, AdminRoute } from './admin-route.ts'
import { letterIdOf } from './seat-api.ts'
import { decisionProblem, seatProblem } from './seat-problems.ts'
import { agrees, loadSeats, readSales, readSeats, recordAudit, repair, type SaleSeats, unloadSeats } from './seats.ts'

const SEAT_ACTS = { load: loadSeats, unload: unloadSeats, audit: recordAudit, repair } as const
const LETTER_ACTS = { retry: retryDeadLetter, dismiss: dismissDeadLetter } as const
const DONE: readonly string[] = Object.keys(SEAT_ACTS).concat(Object.keys(LETTER_ACTS)) satisfies string[]

/** The seats of all sales and of one event, with the acts on them. The API is in seat-api.ts. */
export const seatPages: readonly AdminRoute[] = [
  { method: 'GET', path: '/admin/seats', permission: 'figures.read', handle: showSales },
  { method: 'GET', path: '/admin/events/:id/seats', permission: 'figures.read', handle: (request) => showSeats(request) },
  seatAct('load'),
  seatAct('unload'),
  seatAct('audit'),
  seatAct('repair'),
  letterAct('retry'),
  letterAct('dismiss'),
]

async function showSales({ c, deps, operator }: AdminRequest): Promise<Response> {
  const sales = await deps.heavyReads.run(() => readSales(deps))
  if (!sales) return problem(c, 'busy', { retryAfterSeconds: 2 })
  const now = deps.now().toISOString()
  return c.html(
    renderPage(<SeatsPage language={c.get('language')} viewer={operator} now={now} sales={sales.map(describeSale)} />),
  )
}

function seatAct(name: SeatActName): AdminRoute {
  return {
    method: 'POST',
    path: `/admin/events/:id/seats/${name}`,
    permission: 'sales.control',
    handle: (request) =>
      act(request, { name, letter: null, asksTitle: NEEDS_TITLE.has(name) }, async ({ reason }, eventId) => {
        const { deps, actor } = request
        return seatProblem(await SEAT_ACTS[name](deps, { eventId, actor, reason }))
      }),
  }
}

function letterAct(name: 'retry' | 'dismiss'): AdminRoute {
  return {
    method: 'POST',
    path: `/admin/events/:id/dead-letters/:letter/${name}`,
    permission: 'sales.control',
    handle: (request) => {
      const { c, deps, actor } = request
      const letterId = letterIdOf(c)
      if (letterId === undefined) return problem(c, 'not_found')
      return act(
        request,
        { name, letter: letterId, asksTitle: false },
        async ({ reason }, eventId) => decisionProblem(await LETTER_ACTS[name](deps, { eventId, letterId, actor, reason })),
      )
    },
  }
}

type Act = { name: SeatsDone; letter: number | null; asksTitle: boolean }

/** Does an act and goes back to the event's seats. Shows them again with the problem if the act is refused. */
async function act(
  request: AdminRequest,
  { name, letter, asksTitle }: Act,
  run: (form: ActForm, eventId: number) => Promise<ProblemOf | null>,
): Promise<Response> {
  const { c, deps } = request
  const eventId = eventIdOf(c)
  const seats = eventId === undefined ? null : await readSeats(deps, eventId)
  if (eventId === undefined || !seats) return problem(c, 'not_found')
  const form = actForm.parse(await readForm(c))
  const language = c.get('language')
  const refusal = checkAct(form, language, asksTitle ? seats.event : undefined) ?? await run(form, eventId)
  if (!refusal) return c.redirect(`${paths.admin.eventSeats(eventId)}?done=${name}`, 303)
  c.set('outcome', refusal[0])
  return await showSeats(request, {
    act: name,
    letter,
    reason: form.reason,
    problem: describeProblem(refusal[0], language, refusal[1]),
  })
}

async function showSeats(request: AdminRequest, refused?: RefusedSeatAct): Promise<Response> {
  const { c, deps, operator } = request
  const eventId = eventIdOf(c)
  const read = await deps.heavyReads.run(async () => ({ seats: eventId === undefined ? null : await readSeats(deps, eventId) }))
  if (!read) return problem(c, 'busy', { retryAfterSeconds: 2 })
  const { seats } = read
  if (!seats) return problem(c, 'not_found')
  const letters = may(operator.role, 'sales.control') && seats.deadLetters > 0 ? await listDeadLetters(deps, seats.event.id) : []
  const done = c.req.query('done')
  const page = (
    <EventSeatsPage
      language={c.get('language')}
      viewer={operator}
      now={deps.now().toISOString()}
      seats={describeSeats(seats, letters, c.get('language'))}
      done={!refused && isDone(done) ? done : undefined}
      refused={refused}
    />
  )
  return c.html(renderPage(page), refused ? statusOf(refused.problem.code) : 200)
}

const isDone = (name: string | undefined): name is SeatsDone => name !== undefined && DONE.includes(name)

function describeSale(sale: SaleSeats): SaleItem {
  const { event: { id, title, titleEn, opensAt }, state, isPaused, overLimit, deadLetters, ticketTypes } = sale
  const sum = (of: (type: SaleSeats['ticketTypes'][number]) => number) => ticketTypes.reduce((total, type) => total + of(type), 0)
  const totals: SeatFigures = {
    total: sum(({ total }) => total),
    sold: sum(({ sold }) => sold),
    inFlight: sum(({ inFlight }) => inFlight),
    deadLettered: sum(({ deadLettered }) => deadLettered),
    left: state === 'loaded' ? sum(({ left }) => left ?? 0) : null,
    // Drifts of two ticket types must not cancel each other out.
    drift: sum(({ drift }) => Math.abs(drift)),
  }
  const event = { id, title, titleEn, opensAt: opensAt.toISOString() }
  return { event, state, isPaused, agrees: agrees(sale), overLimit, deadLetters, totals }
}

function describeSeats(sale: SaleSeats, letters: DeadLetter[], language: Language): EventSeats {
  const { event: { id, title, titleEn }, state, isPaused, overLimit, deadLetters } = sale
  const ticketTypes = sale.ticketTypes.map(({ name, nameEn, ...type }) =>
    Object.assign({ name: typeNameOf({ name, nameEn }, language) }, type)
  )
  const names = new Map(ticketTypes.map((type) => [type.id, type.name]))
  return {
    event: { id, title, titleEn },
    state,
    isPaused,
    agrees: agrees(sale),
    overLimit,
    ticketTypes,
    deadLetters,
    letters: letters.map((letter) => describeLetter(letter, names)),
  }
}

function describeLetter({ id, epoch, seq, reason, at, entry, raw }: DeadLetter, names: Map<number, string>): DeadLetterItem {
  const common = { id, at: at.toISOString(), position: `${epoch}-${seq}`, cause: reason, raw }
  const nothing = { reservation: null, person: null, ticketType: null, quantity: null }
  if (entry?.kind !== 'booking' && entry?.kind !== 'cancellation') {
    return Object.assign({ kind: entry?.kind === 'seats' ? 'seats' as const : 'unreadable' as const }, nothing, common)
  }
  const { kind, reservation, person, quantity, ticketTypeId } = entry
  return Object.assign({ kind, reservation, person, quantity, ticketType: names.get(ticketTypeId) ?? `#${ticketTypeId}` }, common)
}
