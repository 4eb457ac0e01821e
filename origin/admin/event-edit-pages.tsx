import * as z from 'zod'
import type { AdminEvent, EventFields } from '../../edge/contract/admin-events.ts'
import { paths } from '../../edge/contract/paths.ts'
import { describeProblem, type Problem } from '../../edge/contract/problems.ts'
import { type EditedEvent, EventFormPage } from '../../web/admin/pages/event-form.tsx'
import { EventConflictPage, EventReviewPage } from '../../web/admin/pages/event-review.tsx'
import { titleOf } from '../../web/admin/titles.ts'
import { renderPage } from '../../web/render.tsx'
import { changeEvent } from '../event-change.ts'
import { eventIdOf, problem, statusOf } from '../http.tsx'
import { readForm, textInteger } from '../input.ts'
import { ZONES } from '../venue-time.ts'
import type { AdminRequest, AdminRoute } from './admin-route.ts'
import { blankType, compareFields, compareThree, fieldsOf, mergeFields, newFields, readFields } from './event-fields.ts'
import { changeProblem, faultsProblem } from './event-problems.ts'
import { parseFields, toChanges } from './event-values.ts'
import { createEvent, readAdminEvent } from './events.ts'

/**
 * The form that creates and edits events. A change of a published event is reviewed first. The form carries the version and the fields that
 * it was made from, so that only what the operator changed is applied, and two editors see both versions.
 */
export const eventEditPages: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/admin/events/new',
    permission: 'events.edit',
    handle: (request) => showForm(request, { edited: null, fields: newFields() }),
  },
  { method: 'POST', path: '/admin/events', permission: 'events.edit', handle: create },
  {
    method: 'GET',
    path: '/admin/events/:id/edit',
    permission: 'events.edit',
    handle: withEvent((request, event) =>
      event.cancelledAt
        ? problem(request.c, 'event_cancelled')
        : showForm(request, { edited: editedOf(event, request), fields: fieldsOf(event) })
    ),
  },
  { method: 'POST', path: '/admin/events/:id/edit', permission: 'events.edit', handle: withEvent(edit) },
  { method: 'POST', path: '/admin/events/:id/changes', permission: 'events.edit', handle: withEvent(confirm) },
]

/** Runs a handler with the event of the path. */
function withEvent(handle: (request: AdminRequest, event: AdminEvent) => Response | Promise<Response>): AdminRoute['handle'] {
  return async (request) => {
    const eventId = eventIdOf(request.c)
    const event = eventId === undefined ? null : await readAdminEvent(request.deps, eventId)
    return event ? await handle(request, event) : problem(request.c, 'not_found')
  }
}

const editedOf = (event: AdminEvent, { c }: AdminRequest): EditedEvent => ({
  id: event.id,
  title: titleOf(event, c.get('language')),
  version: event.version,
  published: event.published,
  base: fieldsOf(event),
})

type FormState = { edited: EditedEvent | null; fields: EventFields; problem?: Problem; isUnchanged?: boolean }

function showForm({ c, operator }: AdminRequest, { edited, fields, problem, isUnchanged = false }: FormState): Response {
  const zones = ZONES.includes(fields.zone) || fields.zone === '' ? ZONES : [fields.zone].concat(ZONES)
  const props = { language: c.get('language'), viewer: operator, edited, fields, zones, problem, isUnchanged }
  if (problem) c.set('outcome', problem.code)
  return c.html(renderPage(<EventFormPage {...props} />), problem ? statusOf(problem.code) : 200)
}

/** The form with one more row for a ticket type. */
const withRow = (fields: EventFields): EventFields =>
  Object.assign({}, fields, { ticketTypes: fields.ticketTypes.concat(blankType()) })

async function create(request: AdminRequest): Promise<Response> {
  const { c, deps, actor } = request
  const form = await readForm(c)
  const fields = readFields(form)
  if ('add' in form) return showForm(request, { edited: null, fields: withRow(fields) })
  const parsed = parseFields(fields)
  const language = c.get('language')
  if (parsed.kind === 'invalid') {
    const problem = describeProblem(...withLanguage(faultsProblem(parsed.faults, language), language))
    return showForm(request, { edited: null, fields, problem })
  }
  const event = await createEvent(deps, parsed.values, { actor, reason: '' })
  return c.redirect(`${paths.admin.event(event.id)}?done=created`, 303)
}

const texts = z.object({ ko: z.string(), en: z.string() })
const baseFields: z.ZodType<EventFields> = z.object({
  title: z.string(),
  titleEn: z.string(),
  venue: z.string(),
  venueEn: z.string(),
  // Forms of releases before these fields lack them.
  genre: z.string().default(''),
  region: z.string().default(''),
  zone: z.string(),
  startsAt: z.string(),
  opensAt: z.string(),
  closesAt: z.string(),
  limitPerPerson: z.string(),
  notice: z.object({ runningTime: texts, age: texts, cast: texts, refund: texts }),
  ticketTypes: z.array(z.object({ id: z.string(), name: z.string(), nameEn: z.string(), price: z.string(), seats: z.string() }))
    .max(100),
})
const editForm = z.object({
  version: textInteger(1, Number.MAX_SAFE_INTEGER),
  base: z.string().transform((text, ctx): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      ctx.addIssue('not JSON')
      return z.NEVER
    }
  }).pipe(baseFields),
  reason: z.string().trim().max(300).default('').catch(''),
})

/** What a form of an event was made from, what it says, and the language of its operator. */
async function readEdit({ c }: AdminRequest, event: AdminEvent) {
  const form = await readForm(c)
  const input = editForm.safeParse(form)
  if (!input.success) return null
  const { version, base, reason } = input.data
  const language = c.get('language')
  const edited: EditedEvent = { id: event.id, title: titleOf(event, language), version, published: event.published, base }
  return { form, edited, fields: readFields(form), reason, language }
}

async function edit(request: AdminRequest, event: AdminEvent): Promise<Response> {
  const read = await readEdit(request, event)
  if (!read) return problem(request.c, 'malformed_request')
  const { form, edited, fields, reason, language } = read
  if ('add' in form) return showForm(request, { edited, fields: withRow(fields) })
  if ('again' in form) return showForm(request, { edited, fields })
  const parsed = parseFields(fields)
  if (parsed.kind === 'invalid') {
    const problem = describeProblem(...withLanguage(faultsProblem(parsed.faults, language), language))
    return showForm(request, { edited, fields, problem })
  }
  const changes = compareFields(edited.base, fields)
  if (changes.length === 0) return showForm(request, { edited, fields, isUnchanged: true })
  if (edited.version !== event.version) return showConflict(request, event, edited, fields)
  if (!event.published) return await apply(request, event, { edited, fields, reason, language })
  const props = { language, viewer: request.operator, edited, fields, changes, reason }
  return request.c.html(renderPage(<EventReviewPage {...props} />))
}

async function confirm(request: AdminRequest, event: AdminEvent): Promise<Response> {
  const read = await readEdit(request, event)
  return read ? await apply(request, event, read) : problem(request.c, 'malformed_request')
}

type Edit = Pick<NonNullable<Awaited<ReturnType<typeof readEdit>>>, 'edited' | 'fields' | 'reason' | 'language'>

async function apply(request: AdminRequest, event: AdminEvent, { edited, fields, reason, language }: Edit): Promise<Response> {
  const { c, deps, actor, operator } = request
  const parsed = parseFields(fields)
  const refuse = (problem: Problem) => {
    if (!event.published || parsed.kind === 'invalid') return showForm(request, { edited, fields, problem })
    const props = { language, viewer: operator, edited, fields, changes: compareFields(edited.base, fields), reason, problem }
    c.set('outcome', problem.code)
    return c.html(renderPage(<EventReviewPage {...props} />), statusOf(problem.code))
  }
  if (parsed.kind === 'invalid') return refuse(describeProblem(...withLanguage(faultsProblem(parsed.faults, language), language)))
  if (event.published && reason === '') {
    return refuse(describeProblem('validation_failed', language, { errors: [REASON(language)] }))
  }
  const changes = toChanges(compareFields(edited.base, fields), parsed)
  const result = await changeEvent(deps, { eventId: event.id, version: edited.version, changes, actor, reason })
  if (result.kind === 'changed') return c.redirect(`${paths.admin.event(event.id)}?done=saved`, 303)
  if (result.kind === 'stale_version') {
    const theirs = await readAdminEvent(deps, event.id)
    return theirs ? showConflict(request, theirs, edited, fields) : problem(c, 'not_found')
  }
  return refuse(describeProblem(...withLanguage(changeProblem(result, language), language)))
}

/** Both versions: `theirs` is the event as it is now, `fields` what this operator has sent. */
function showConflict(request: AdminRequest, theirs: AdminEvent, { base }: EditedEvent, fields: EventFields): Response {
  const { c, operator } = request
  const language = c.get('language')
  const now = fieldsOf(theirs)
  c.set('outcome', 'stale_version')
  return c.html(
    renderPage(
      <EventConflictPage
        language={language}
        viewer={operator}
        edited={editedOf(theirs, request)}
        conflicts={compareThree(base, now, fields)}
        merged={mergeFields(base, now, fields)}
        problem={describeProblem('stale_version', language)}
      />,
    ),
    409,
  )
}

type Described = Parameters<typeof describeProblem>

const withLanguage = ([code, facts]: [Described[0], NonNullable<Described[2]>], language: Described[1]): Described => [
  code,
  language,
  facts,
]

const REASON = (language: Described[1]) => ({
  field: 'reason',
  message: language === 'ko' ? '사유를 입력해 주세요.' : 'Enter a reason.',
})
