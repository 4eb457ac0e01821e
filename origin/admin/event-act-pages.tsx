import * as z from 'zod'
import { paths } from '../../edge/contract/paths.ts'
import { describeProblem } from '../../edge/contract/problems.ts'
import type { EventAct, EventDone } from '../../web/admin/event-page-props.ts'
import { cancelEvent } from '../event-cancellation.ts'
import { changeEvent, type EventChange } from '../event-change.ts'
import { deleteEvent } from '../event-deletion.ts'
import { eventIdOf, problem } from '../http.tsx'
import { readForm } from '../input.ts'
import { instantAt } from '../venue-time.ts'
import { isTitle } from './act-input.ts'
import type { AdminRequest, AdminRoute } from './admin-route.ts'
import { publishing, resuming, stopping } from './event-api.ts'
import { showEvent } from './event-pages.tsx'
import { cancelEventProblem, changeProblem, type ProblemOf } from './event-problems.ts'
import { duplicateEvent, readAdminEvent } from './events.ts'

/** The acts on an event's page. Each asks for a reason; those that cannot be undone ask for the title, too. */
export const eventActPages: readonly AdminRoute[] = [
  {
    method: 'POST',
    path: '/admin/events/:id/publish',
    permission: 'events.edit',
    handle: act('publish', 'published', ({ reason }, request, id) => change(request, id, publishing(reason))),
  },
  {
    method: 'POST',
    path: '/admin/events/:id/stop',
    permission: 'sales.control',
    handle: act('stop', 'stopped', ({ reason, message }, request, id) => change(request, id, stopping(reason, message))),
  },
  {
    method: 'POST',
    path: '/admin/events/:id/resume',
    permission: 'sales.control',
    handle: act('resume', 'resumed', ({ reason }, request, id) => change(request, id, resuming(reason))),
  },
  {
    method: 'POST',
    path: '/admin/events/:id/duplicate',
    permission: 'events.edit',
    handle: act('duplicate', 'duplicated', duplicate),
  },
  { method: 'POST', path: '/admin/events/:id/cancel', permission: 'sales.control', handle: act('cancel', 'cancelled', cancel) },
  { method: 'POST', path: '/admin/events/:id/continue', permission: 'sales.control', handle: goOn },
  { method: 'POST', path: '/admin/events/:id/delete', permission: 'events.edit', handle: act('delete', null, remove) },
]

const line = z.string().trim().max(300)
const actForm = z.object({
  reason: line.catch(''),
  message: line.catch(''),
  confirmation: z.string().trim().catch(''),
  startsAt: z.union([z.string(), z.array(z.string())]).catch([]).transform((dates) =>
    [dates].flat().filter((date) => date !== '')
  ),
  keepsOpening: z.literal('yes').optional().catch(undefined),
})
type ActInput = z.infer<typeof actForm>

/** Acts that cannot be undone. */
const NEEDS_TITLE: readonly EventAct[] = ['cancel', 'delete']

/** Does an act and goes back to the event, or to the list if it is gone. Shows the event again with the problem if the act is refused. */
function act(
  name: EventAct,
  done: EventDone | null,
  run: (input: ActInput, request: AdminRequest, eventId: number) => Promise<ProblemOf | null>,
): AdminRoute['handle'] {
  return async (request) => {
    const { c, deps } = request
    const eventId = eventIdOf(c)
    const event = eventId === undefined ? null : await readAdminEvent(deps, eventId)
    if (!event) return problem(c, 'not_found')
    const input = actForm.parse(await readForm(c))
    const language = c.get('language')
    const errors = [
      ...(input.reason === '' ? [{ field: 'reason', message: REASON[language] }] : []),
      ...(NEEDS_TITLE.includes(name) && !isTitle(input.confirmation, event)
        ? [{ field: 'confirmation', message: TITLE[language] }]
        : []),
    ]
    const refusal: ProblemOf | null = errors.length > 0 ? ['validation_failed', { errors }] : await run(input, request, event.id)
    if (!refusal) {
      return c.redirect(done ? `${paths.admin.event(event.id)}?done=${done}` : `${paths.admin.events}?done=deleted`, 303)
    }
    const [code, facts] = refusal
    const typed = { reason: input.reason, message: input.message }
    return await showEvent(request, { refused: { act: name, problem: describeProblem(code, language, facts), typed } })
  }
}

async function change(
  { c, deps, actor }: AdminRequest,
  eventId: number,
  what: Pick<EventChange, 'version' | 'changes' | 'reason' | 'action'>,
): Promise<ProblemOf | null> {
  const result = await changeEvent(deps, Object.assign({ eventId, actor }, what))
  return result.kind === 'changed' ? null : changeProblem(result, c.get('language'))
}

async function cancel(
  { reason, message }: ActInput,
  { c, deps, actor }: AdminRequest,
  eventId: number,
): Promise<ProblemOf | null> {
  const result = await cancelEvent(deps, { eventId, actor, reason, message })
  const language = c.get('language')
  switch (result.kind) {
    case 'changed':
      deps.eventCancellations.start(eventId)
      return null
    case 'not_published':
    case 'event_over':
      return cancelEventProblem(result, language)
    default:
      return changeProblem(result, language)
  }
}

async function remove({ reason }: ActInput, { deps, actor }: AdminRequest, eventId: number): Promise<ProblemOf | null> {
  const { kind } = await deleteEvent(deps, { eventId, actor, reason })
  return kind === 'deleted' ? null : [kind, {}]
}

async function duplicate(
  { reason, startsAt, keepsOpening }: ActInput,
  { c, deps, actor }: AdminRequest,
  eventId: number,
): Promise<ProblemOf | null> {
  const language = c.get('language')
  const event = await readAdminEvent(deps, eventId)
  const dates = startsAt.map((date) => instantAt(date, event?.zone ?? 'UTC')).filter((date) => date !== null)
  if (dates.length === 0 || dates.length < startsAt.length) {
    return ['validation_failed', { errors: [{ field: 'startsAt', message: DATE[language] }] }]
  }
  const copies = { startsAt: dates, keepsOpening: keepsOpening === 'yes' }
  const result = await duplicateEvent(deps, eventId, copies, { actor, reason })
  switch (result.kind) {
    case 'duplicated':
      return null
    case 'not_found':
      return ['not_found', {}]
    case 'invalid':
      return ['validation_failed', { errors: [{ field: 'startsAt', message: ORDER[language] }] }]
    default:
      return result satisfies never
  }
}

/** Continues a cancellation at once instead of within ten seconds. */
async function goOn({ c, deps }: AdminRequest): Promise<Response> {
  const eventId = eventIdOf(c)
  const event = eventId === undefined ? null : await readAdminEvent(deps, eventId)
  if (!event) return problem(c, 'not_found')
  if (event.cancelledAt) deps.eventCancellations.start(event.id)
  return c.redirect(paths.admin.event(event.id), 303)
}

const REASON = { ko: '사유를 입력해 주세요.', en: 'Enter a reason.' } as const
const TITLE = { ko: '공연명이 다릅니다.', en: 'This is not the event’s title.' } as const
const DATE = { ko: '날짜와 시각을 하나 이상 입력해 주세요.', en: 'Enter at least one date and time.' } as const
const ORDER = {
  ko: '예매 오픈이 마감보다 늦어지는 날짜가 있습니다.',
  en: 'On one of these dates the sale would open after it closes.',
} as const
