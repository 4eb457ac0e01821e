import * as z from 'zod'
import { changeEvent, type ChangeResult, type EventChange } from '../event-change.ts'
import { type Ctx, eventIdOf, problem } from '../http.tsx'
import { jsonInteger, readJson } from '../input.ts'
import type { AdminRequest, AdminRoute } from './admin-route.ts'

const MAX_PRICE = 100_000_000
const MAX_SEATS = 1_000_000
const MAX_TICKET_TYPES = 100

const time = z.iso.datetime().transform((text) => new Date(text))
  .refine((date) => date.getUTCFullYear() >= 2000 && date.getUTCFullYear() < 2200)
const reason = z.string().trim().max(300)
const ticketType = z.strictObject({
  id: jsonInteger(1, Number.MAX_SAFE_INTEGER),
  price: jsonInteger(0, MAX_PRICE).optional(),
  seats: jsonInteger(0, MAX_SEATS).optional(),
})
const patchInput = z.strictObject({
  version: jsonInteger(1, Number.MAX_SAFE_INTEGER),
  reason: reason.default(''),
  startsAt: time.optional(),
  opensAt: time.optional(),
  closesAt: time.optional(),
  limitPerPerson: jsonInteger(1, 100).optional(),
  ticketTypes: z.array(ticketType).max(MAX_TICKET_TYPES)
    .refine((types) => new Set(types.map(({ id }) => id)).size === types.length).optional(),
})
const stopInput = z.strictObject({ reason: reason.min(1), message: z.string().trim().max(300).default('') })
const reasonInput = z.strictObject({ reason: reason.min(1) })

/** Changes of events. */
export const eventApi: readonly AdminRoute[] = [
  {
    method: 'PATCH',
    path: '/api/admin/events/:id',
    permission: 'events.edit',
    handle: (request) => change(request, patchInput, ({ version, reason, ...changes }) => ({ version, reason, changes })),
  },
  {
    method: 'POST',
    path: '/api/admin/events/:id/publish',
    permission: 'events.edit',
    handle: (request) => change(request, reasonInput, ({ reason }) => ({ version: null, reason, changes: { published: true } })),
  },
  {
    method: 'POST',
    path: '/api/admin/events/:id/stop',
    permission: 'sales.control',
    handle: (request) =>
      change(request, stopInput, ({ reason, message }) => ({
        version: null,
        reason,
        changes: { saleState: 'stopped', stopMessage: message },
      })),
  },
  {
    method: 'POST',
    path: '/api/admin/events/:id/resume',
    permission: 'sales.control',
    handle: (request) =>
      change(request, reasonInput, ({ reason }) => ({
        version: null,
        reason,
        changes: { saleState: 'on_sale', stopMessage: '' },
      })),
  },
]

async function change<Input>(
  { c, deps, actor }: AdminRequest,
  schema: z.ZodType<Input>,
  toChange: (input: Input) => Pick<EventChange, 'version' | 'changes' | 'reason'>,
): Promise<Response> {
  const eventId = eventIdOf(c)
  if (eventId === undefined) return problem(c, 'not_found')
  const input = await readJson(c, schema)
  if (input instanceof Response) return input
  const { version, changes, reason } = toChange(input)
  return respond(c, await changeEvent(deps, { eventId, version, changes, reason, actor }))
}

function respond(c: Ctx, result: ChangeResult): Response {
  switch (result.kind) {
    case 'changed':
      return c.json(result.event)
    case 'not_found':
      return problem(c, 'not_found')
    case 'stale_version':
      return problem(c, 'stale_version', { figures: { version: result.version } })
    case 'seats_below_sold': {
      const { ticketTypeId, left } = result
      return problem(c, 'seats_below_sold', {
        figures: { ticketTypeId, left },
        detail: {
          ko: `지금 줄일 수 있는 좌석은 ${left}석입니다. 나머지는 이미 판매되었습니다.`,
          en: `Only ${left} seats can be withdrawn. The others are already sold.`,
        },
      })
    }
    case 'invalid':
      return problem(c, 'validation_failed', {
        errors: [{ field: result.field, message: INVALID[result.field][c.get('language')] }],
      })
    case 'busy':
      return problem(c, 'busy', { retryAfterSeconds: 1 })
    default:
      return result satisfies never
  }
}

const INVALID = {
  closesAt: {
    ko: '예매 오픈, 예매 마감, 공연 시작 순서가 되도록 입력해 주세요.',
    en: 'The sale must open before it closes, and close before the event starts.',
  },
  ticketTypes: { ko: '이 공연에 없는 좌석 등급입니다.', en: 'This event has no such ticket type.' },
} as const
