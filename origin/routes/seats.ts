import { Hono } from 'hono'
import { unloadSale } from '../../db/redis/sale/sale.ts'
import { auditInventory, hasDrift, type Inventory, repairSeats } from '../inventory-audit.ts'
import type { Deps } from '../deps.ts'
import { type Ctx, type Env, eventIdInput, personal, problem, requirePerson } from '../http.tsx'
import { putOnSale } from '../sales.ts'

/** What operators may do with an event's seats: look at the books, put the sale into Redis or take it out, correct a drift. For admins only. */
export const seats = (deps: Deps) =>
  new Hono<Env>()
    .get('/api/admin/seats', (c) => {
      const refused = refuseOthers(c)
      if (refused) return refused
      personal(c)
      return c.json({ sales: deps.inventoryWatch.last().map(describeInventory) })
    })
    .post('/api/admin/events/:id/seats/load', async (c) => {
      const eventId = eventOf(c)
      if (eventId instanceof Response) return eventId
      const put = await putOnSale(deps, eventId)
      if (put.kind === 'no_sale') return problem(c, 'not_found')
      return put.kind === 'busy' ? problem(c, 'busy', { retryAfterSeconds: 1 }) : answerBooks(c, deps, eventId)
    })
    // After MySQL was restored to an older moment: what Redis knows is then of another past.
    .post('/api/admin/events/:id/seats/unload', async (c) => {
      const eventId = eventOf(c)
      if (eventId instanceof Response) return eventId
      await unloadSale(deps.redis, eventId)
      deps.log('sale_unloaded', { eventId, person: c.get('person')!.id })
      personal(c)
      return c.body(null, 204)
    })
    .post('/api/admin/events/:id/seats/audit', async (c) => {
      const eventId = eventOf(c)
      return eventId instanceof Response ? eventId : await answerBooks(c, deps, eventId)
    })
    .post('/api/admin/events/:id/seats/repair', async (c) => {
      const eventId = eventOf(c)
      if (eventId instanceof Response) return eventId
      const books = await auditInventory(deps, eventId)
      if (books.kind === 'not_loaded') return problem(c, 'not_found')
      if (books.kind === 'moved') return problem(c, 'busy', { retryAfterSeconds: 1 })
      const repaired = await repairSeats(deps, books, c.get('person')!.id)
      switch (repaired.kind) {
        case 'repaired':
          return answerBooks(c, deps, eventId)
        case 'moved':
          return problem(c, 'busy', { retryAfterSeconds: 1 })
        case 'short':
          return problem(c, 'sold_out', {
            figures: { ticketTypeId: repaired.ticketTypeId },
            detail: {
              ko: '판매된 좌석이 전체보다 많아 남은 좌석을 더 줄일 수 없습니다. 예매를 먼저 조정해 주세요.',
              en: 'More is sold than there is: the seats left cannot go below zero. Cancel reservations first.',
            },
          })
      }
    })

/** The books of a sale as operators see them: agreed, or by how many seats not. */
export const describeInventory = (books: Inventory) => ({
  eventId: books.eventId,
  agreed: !hasDrift(books),
  paused: books.state.paused,
  ticketTypes: books.ticketTypes.map(({ id, total, sold, inFlight, deadLettered: aside, left, drift }) => ({
    id,
    redis: left,
    mysql: sold,
    inFlight,
    aside,
    total,
    drift,
  })),
  overLimit: books.overLimit.length,
})

function refuseOthers(c: Ctx): Response | null {
  const person = requirePerson(c)
  if (person instanceof Response) return person
  return person.role === 'admin' ? null : problem(c, 'forbidden')
}

function eventOf(c: Ctx): number | Response {
  const refused = refuseOthers(c)
  if (refused) return refused
  const id = eventIdInput.safeParse(c.req.param('id'))
  return id.success ? id.data : problem(c, 'not_found')
}

async function answerBooks(c: Ctx, deps: Deps, eventId: number): Promise<Response> {
  const books = await auditInventory(deps, eventId)
  personal(c)
  if (books.kind === 'not_loaded') return problem(c, 'not_found')
  return books.kind === 'moved' ? problem(c, 'busy', { retryAfterSeconds: 1 }) : c.json(describeInventory(books))
}
