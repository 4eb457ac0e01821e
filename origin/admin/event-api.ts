import * as z from 'zod'
import { ADMIN_EVENT_STATUSES } from '../../edge/contract/admin-events.ts'
import { GENRES, REGIONS } from '../../edge/contract/event-filters.ts'
import { checkInput, type Ctx, eventIdOf, problem } from '../http.tsx'
import { cancelEvent, type CancelEventResult } from '../event-cancellation.ts'
import { changeEvent, type ChangeResult, type EventChange } from '../event-change.ts'
import { MAX_TICKET_TYPES } from '../event-change-plan.ts'
import { deleteEvent } from '../event-deletion.ts'
import { noticeInput } from '../event-notice.ts'
import { jsonInteger, listQuery, readJson, readQuery } from '../input.ts'
import type { AdminRequest, AdminRoute } from './admin-route.ts'
import { cancelEventProblem, changeProblem } from './event-problems.ts'
import { instant, MAX_PRICE, MAX_SEATS, titleText, typeName, zoneName } from './event-values.ts'
import { createEvent, duplicateEvent, listAdminEvents, readAdminEvent } from './events.ts'

const reason = z.string().trim().max(300)
const message = z.string().trim().max(300).default('')
/** The most copies of one request. */
export const MAX_COPIES = 50
const id = jsonInteger(1, Number.MAX_SAFE_INTEGER)
const price = jsonInteger(0, MAX_PRICE)
const seats = jsonInteger(0, MAX_SEATS)
const newType = z.strictObject({ name: typeName.min(1), nameEn: typeName.default(''), price, seats })
const createInput = z.strictObject({
  title: titleText.min(1),
  titleEn: titleText.default(''),
  venue: titleText.default(''),
  venueEn: titleText.default(''),
  genre: z.enum(GENRES).nullable().default(null),
  region: z.enum(REGIONS).nullable().default(null),
  zone: zoneName.default('Asia/Seoul'),
  startsAt: instant,
  opensAt: instant,
  closesAt: instant,
  limitPerPerson: jsonInteger(1, 100).default(4),
  notice: noticeInput.default({}),
  ticketTypes: z.array(newType).max(MAX_TICKET_TYPES).default([]),
  reason: reason.default(''),
}).refine(({ opensAt, closesAt, startsAt }) => opensAt < closesAt && closesAt <= startsAt, { path: ['closesAt'] })
const changedType = z.strictObject({
  id: id.optional(),
  name: typeName.min(1).optional(),
  nameEn: typeName.optional(),
  price: price.optional(),
  seats: seats.optional(),
})
const patchInput = z.strictObject({
  version: id,
  reason: reason.default(''),
  title: titleText.min(1).optional(),
  titleEn: titleText.optional(),
  venue: titleText.optional(),
  venueEn: titleText.optional(),
  genre: z.enum(GENRES).nullable().optional(),
  region: z.enum(REGIONS).nullable().optional(),
  zone: zoneName.optional(),
  startsAt: instant.optional(),
  opensAt: instant.optional(),
  closesAt: instant.optional(),
  limitPerPerson: jsonInteger(1, 100).optional(),
  notice: noticeInput.optional(),
  ticketTypes: z.array(changedType).max(MAX_TICKET_TYPES).refine(haveDistinctIds).optional(),
})
const actInput = z.strictObject({ reason: reason.min(1), message })
const reasonInput = z.strictObject({ reason: reason.min(1) })
const duplicateInput = z.strictObject({
  reason: reason.default(''),
  startsAt: z.array(instant).min(1).max(MAX_COPIES),
  keepsOpening: z.boolean().default(false),
})
const eventsQuery = listQuery.extend({ q: z.string().max(100).default(''), status: z.enum(ADMIN_EVENT_STATUSES).optional() })

function haveDistinctIds(types: { id?: number | undefined }[]): boolean {
  const ids = types.flatMap(({ id }) => id ?? [])
  return new Set(ids).size === ids.length
}

/** Events: list, create, change, publish, stop, resume, duplicate, cancel, delete. */
export const eventApi: readonly AdminRoute[] = [
  { method: 'GET', path: '/api/admin/events', permission: 'figures.read', handle: list },
  { method: 'POST', path: '/api/admin/events', permission: 'events.edit', handle: create },
  { method: 'GET', path: '/api/admin/events/:id', permission: 'figures.read', handle: withEvent(show) },
  {
    method: 'PATCH',
    path: '/api/admin/events/:id',
    permission: 'events.edit',
    handle: change(patchInput, ({ version, reason, ...changes }) => ({ version, reason, changes })),
  },
  { method: 'DELETE', path: '/api/admin/events/:id', permission: 'events.edit', handle: withEvent(remove) },
  {
    method: 'POST',
    path: '/api/admin/events/:id/publish',
    permission: 'events.edit',
    handle: change(reasonInput, ({ reason }) => publishing(reason)),
  },
  {
    method: 'POST',
    path: '/api/admin/events/:id/stop',
    permission: 'sales.control',
    handle: change(actInput, ({ reason, message }) => stopping(reason, message)),
  },
  {
    method: 'POST',
    path: '/api/admin/events/:id/resume',
    permission: 'sales.control',
    handle: change(reasonInput, ({ reason }) => resuming(reason)),
  },
  { method: 'POST', path: '/api/admin/events/:id/duplicate', permission: 'events.edit', handle: withEvent(duplicate) },
  { method: 'POST', path: '/api/admin/events/:id/cancel', permission: 'sales.control', handle: withEvent(cancel) },
]

type Act = Pick<EventChange, 'version' | 'changes' | 'reason' | 'action'>

export const publishing = (reason: string): Act => ({
  version: null,
  reason,
  changes: { published: true },
  action: 'event.publish',
})
export const stopping = (reason: string, message: string): Act => ({
  version: null,
  reason,
  changes: { saleState: 'stopped', stopMessage: message },
  action: 'event.stop',
})
export const resuming = (reason: string): Act => ({
  version: null,
  reason,
  changes: { saleState: 'on_sale', stopMessage: '' },
  action: 'event.resume',
})

/** Runs a handler with the event id of the path. */
function withEvent(handle: (request: AdminRequest, eventId: number) => Promise<Response>): AdminRoute['handle'] {
  return (request) => {
    const eventId = eventIdOf(request.c)
    return eventId === undefined ? problem(request.c, 'not_found') : handle(request, eventId)
  }
}

function change<Input>(schema: z.ZodType<Input>, toAct: (input: Input) => Act): AdminRoute['handle'] {
  return withEvent(async ({ c, deps, actor }, eventId) => {
    const input = await readJson(c, schema)
    if (input instanceof Response) return input
    return respond(c, await changeEvent(deps, Object.assign({ eventId, actor }, toAct(input))))
  })
}

function respond(c: Ctx, result: ChangeResult | CancelEventResult): Response {
  if (result.kind === 'changed') return c.json(result.event)
  const language = c.get('language')
  if (result.kind === 'not_published' || result.kind === 'event_over') return problem(c, ...cancelEventProblem(result, language))
  return problem(c, ...changeProblem(result, language))
}

async function list({ c, deps }: AdminRequest): Promise<Response> {
  const query = checkInput(c, eventsQuery, readQuery(c))
  if (query instanceof Response) return query
  const { q, status = null, page, size } = query
  return c.json(await listAdminEvents(deps, { q, status, page, size }))
}

async function create({ c, deps, actor }: AdminRequest): Promise<Response> {
  const input = await readJson(c, createInput)
  if (input instanceof Response) return input
  const { reason, ...values } = input
  const event = await createEvent(deps, values, { actor, reason })
  c.header('location', `/api/admin/events/${event.id}`)
  return c.json(event, 201)
}

async function show({ c, deps }: AdminRequest, eventId: number): Promise<Response> {
  const event = await readAdminEvent(deps, eventId)
  return event ? c.json(event) : problem(c, 'not_found')
}

async function remove({ c, deps, actor }: AdminRequest, eventId: number): Promise<Response> {
  const { kind } = await deleteEvent(deps, { eventId, actor, reason: '' })
  return kind === 'deleted' ? c.body(null, 204) : problem(c, kind)
}

async function duplicate({ c, deps, actor }: AdminRequest, eventId: number): Promise<Response> {
  const input = await readJson(c, duplicateInput)
  if (input instanceof Response) return input
  const { reason, ...copies } = input
  const result = await duplicateEvent(deps, eventId, copies, { actor, reason })
  if (result.kind === 'duplicated') return c.json({ events: result.events }, 201)
  return result.kind === 'not_found'
    ? problem(c, 'not_found')
    : problem(c, ...changeProblem({ kind: 'invalid', field: 'closesAt' }, c.get('language')))
}

async function cancel({ c, deps, actor }: AdminRequest, eventId: number): Promise<Response> {
  const input = await readJson(c, actInput)
  if (input instanceof Response) return input
  const { reason, message } = input
  const result = await cancelEvent(deps, { eventId, actor, reason, message })
  if (result.kind === 'changed') deps.eventCancellations.start(eventId)
  return respond(c, result)
}
