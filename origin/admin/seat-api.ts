import type * as z from 'zod'
import { type DecisionResult, dismissDeadLetter, listDeadLetters, retryDeadLetter } from '../dead-letters.ts'
import { isEvent } from '../event-change-rows.ts'
import { eventIdOf, problem } from '../http.tsx'
import { readJson } from '../input.ts'
import { reasonInput } from './act-input.ts'
import type { AdminRequest, AdminRoute } from './admin-route.ts'
import { decisionProblem, seatProblem } from './seat-problems.ts'
import {
  agrees,
  loadSeats,
  readSales,
  readSeats,
  recordAudit,
  repair,
  type SaleSeats,
  type SeatAct,
  type SeatActResult,
  unloadSeats,
} from './seats.ts'

/** An event's seats: audit them, load or unload the sale, repair a drift, decide about dead letters. Each act takes a reason. */
export const seatApi: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/api/admin/seats',
    permission: 'figures.read',
    async handle({ c, deps }) {
      const sales = await deps.heavyReads.run(() => readSales(deps))
      return sales ? c.json({ sales: sales.map(describe) }) : problem(c, 'busy', { retryAfterSeconds: 2 })
    },
  },
  seatAct('/api/admin/events/:id/seats/load', loadSeats),
  seatAct('/api/admin/events/:id/seats/unload', unloadSeats),
  seatAct('/api/admin/events/:id/seats/audit', recordAudit),
  seatAct('/api/admin/events/:id/seats/repair', repair),
  {
    method: 'GET',
    path: '/api/admin/events/:id/dead-letters',
    // A dead letter names a buyer.
    permission: 'sales.control',
    async handle({ c, deps }) {
      const eventId = eventIdOf(c)
      if (eventId === undefined || !await isEvent(deps.db, eventId)) return problem(c, 'not_found')
      return c.json({ deadLetters: await listDeadLetters(deps, eventId) })
    },
  },
  letterAct('/api/admin/events/:id/dead-letters/:letter/retry', retryDeadLetter),
  letterAct('/api/admin/events/:id/dead-letters/:letter/dismiss', dismissDeadLetter),
]

function seatAct(
  path: string,
  run: (parts: AdminRequest['deps'], act: SeatAct) => Promise<SeatActResult>,
): AdminRoute {
  return {
    method: 'POST',
    path,
    permission: 'sales.control',
    handle: (request) =>
      withReason(request, async ({ reason }, eventId) => {
        const { c, deps, actor } = request
        const refusal = seatProblem(await run(deps, { eventId, actor, reason }))
        if (refusal) return problem(c, ...refusal)
        if (run === unloadSeats) return c.body(null, 204)
        const seats = await readSeats(deps, eventId)
        return seats ? c.json(describe(seats)) : problem(c, 'not_found')
      }),
  }
}

function letterAct(path: string, run: typeof retryDeadLetter): AdminRoute {
  return {
    method: 'POST',
    path,
    permission: 'sales.control',
    handle: (request) =>
      withReason(request, async ({ reason }, eventId) => {
        const { c, deps, actor } = request
        const letterId = letterIdOf(c)
        const result: DecisionResult = letterId === undefined
          ? { kind: 'not_found' }
          : await run(deps, { eventId, letterId, actor, reason })
        const refusal = decisionProblem(result)
        return refusal ? problem(c, ...refusal) : c.body(null, 204)
      }),
  }
}

/** The id of the dead letter in the path; undefined if it is invalid. */
export const letterIdOf = (c: AdminRequest['c']): number | undefined => {
  const text = c.req.param('letter') ?? ''
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined
}

async function withReason(
  { c, deps }: AdminRequest,
  handle: (input: z.infer<typeof reasonInput>, eventId: number) => Promise<Response>,
): Promise<Response> {
  const eventId = eventIdOf(c)
  if (eventId === undefined || !await isEvent(deps.db, eventId)) return problem(c, 'not_found')
  const input = await readJson(c, reasonInput)
  return input instanceof Response ? input : await handle(input, eventId)
}

/** The seats of a sale as the API returns them. `agreed`, and `redis` (the seats left there): null while the sale is not loaded. */
const describe = (sale: SaleSeats) => ({
  eventId: sale.event.id,
  state: sale.state,
  agreed: sale.state === 'loaded' ? agrees(sale) : null,
  paused: sale.isPaused,
  ticketTypes: sale.ticketTypes.map(({ id, total, sold, inFlight, deadLettered, left, drift }) => ({
    id,
    redis: left,
    mysql: sold,
    inFlight,
    deadLettered,
    total,
    drift,
  })),
  overLimit: sale.overLimit,
  deadLetters: sale.deadLetters,
})
