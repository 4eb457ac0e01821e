import { and, eq, isNull, sum } from 'drizzle-orm'
import { events, ticketTypes } from '../../db/schema.ts'
import { wantsFragment } from '../../edge/contract/fragments.ts'
import { paths } from '../../edge/contract/paths.ts'
import { describeProblem, type Problem } from '../../edge/contract/problems.ts'
import { REHEARSAL_LIMITS } from '../../edge/contract/rehearsals.ts'
import { RehearsalPage, type RehearsalPageProps, RehearsalState } from '../../web/admin/pages/rehearsal.tsx'
import { renderFragment, renderPage } from '../../web/render.tsx'
import type { Deps } from '../deps.ts'
import { eventIdOf, fieldErrors, problem } from '../http.tsx'
import { readForm } from '../input.ts'
import type { AdminRequest, AdminRoute } from './admin-route.ts'
import { refusalOf, rehearsalForm } from './rehearsal-request.ts'

/** The page of an event's rehearsals: start, progress, sheet, history. */
export const rehearsalPages: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/admin/events/:id/rehearsal',
    permission: 'rooms.control',
    handle: (request) => showPage(request),
  },
  {
    method: 'POST',
    path: '/admin/events/:id/rehearsal',
    permission: 'rooms.control',
    async handle(request) {
      const { c, deps, actor } = request
      const eventId = eventIdOf(c)
      if (eventId === undefined) return problem(c, 'not_found')
      const language = c.get('language')
      const form = await readForm(c)
      const input = rehearsalForm.safeParse(form)
      if (!input.success) {
        const errors = fieldErrors(input.error, language)
        return await showPage(request, { form, problem: describeProblem('validation_failed', language, { errors }), status: 422 })
      }
      const { buyers, seconds, expected } = input.data
      const result = await deps.rehearsals.start({ eventId, buyers, seconds, expected, actor })
      if (result.kind === 'refused') {
        if (result.obstacle.kind === 'not_found') return problem(c, 'not_found')
        const described = describeProblem('rehearsal_refused', language, refusalOf(result.obstacle))
        return await showPage(request, { form, problem: described, status: 409 })
      }
      return c.redirect(paths.admin.rehearsal(eventId), 303)
    },
  },
  {
    method: 'POST',
    path: '/admin/events/:id/rehearsal/stop',
    permission: 'rooms.control',
    async handle({ c, deps, actor }) {
      const eventId = eventIdOf(c)
      if (eventId === undefined) return problem(c, 'not_found')
      // Without a running rehearsal the page shows how the last one ended.
      await deps.rehearsals.stop(eventId, actor)
      return c.redirect(paths.admin.rehearsal(eventId), 303)
    },
  },
]

type Rejected = { form: Record<string, unknown>; problem: Problem; status: 409 | 422 }

async function showPage({ c, deps, operator }: AdminRequest, rejected: Rejected | null = null): Promise<Response> {
  const eventId = eventIdOf(c)
  const event = eventId === undefined ? null : await findEvent(deps, eventId)
  if (!event) return problem(c, 'not_found')
  const language = c.get('language')
  const [items, obstacle] = await Promise.all([deps.rehearsals.list(event.id), deps.rehearsals.findObstacle(event.id)])
  const refusal = obstacle && obstacle.kind !== 'not_found'
    ? describeProblem('rehearsal_refused', language, refusalOf(obstacle))
    : undefined
  const props: RehearsalPageProps = {
    language,
    viewer: operator,
    event,
    items,
    input: rejected ? textsOf(rejected.form) : defaultsFor(event.seats),
    problem: rejected?.problem ?? refusal,
  }
  if (wantsFragment(c.req.raw.headers)) return c.html(renderFragment(<RehearsalState {...props} />))
  return c.html(renderPage(<RehearsalPage {...props} />), rejected?.status ?? 200)
}

async function findEvent({ db }: Pick<Deps, 'db'>, eventId: number) {
  const { id, title, titleEn } = events
  const [found] = await db.select({ id, title, titleEn, seats: sum(ticketTypes.seats).mapWith(Number) }).from(events)
    .leftJoin(ticketTypes, eq(ticketTypes.eventId, events.id)).where(and(eq(id, eventId), isNull(events.rehearsalOf)))
    .groupBy(id, title, titleEn)
  return found ?? null
}

/** Twice as many buyers as seats, and five hundred of them in the rehearsal. */
function defaultsFor(seats: number | null): RehearsalPageProps['input'] {
  const { buyers, expected } = REHEARSAL_LIMITS
  const people = Math.min(expected.max, Math.max(expected.min, 2 * (seats ?? 0)))
  return { expected: String(people), buyers: String(Math.min(500, Math.max(buyers.min, people))), seconds: '60' }
}

/** What was sent, to be corrected. */
function textsOf(form: Record<string, unknown>): RehearsalPageProps['input'] {
  const textOf = (name: string) => typeof form[name] === 'string' ? form[name].slice(0, 20) : ''
  return { expected: textOf('expected'), buyers: textOf('buyers'), seconds: textOf('seconds') }
}
