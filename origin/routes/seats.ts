import { Hono } from 'hono'
import { unloadSale } from '../../db/redis/sale/sale.ts'
import type { Deps } from '../deps.ts'
import { type Ctx, type Env, eventIdOf, personal, problem, requireAdmin } from '../http.tsx'
import { auditInventory, hasDrift, type Inventory, repairSeats } from '../inventory-audit.ts'

/** An event's seats, for admins: audit them, load or unload the sale, repair a drift. */
export const seats = (deps: Deps) =>
  new Hono<Env>()
    .get('/api/admin/seats', (c) => {
      const admin = requireAdmin(c)
      if (admin instanceof Response) return admin
      personal(c)
      return c.json({ sales: deps.inventoryWatch.last().map(describeInventory) })
    })
    .post('/api/admin/events/:id/seats/load', async (c) => {
      const eventId = requireEventId(c)
      if (eventId instanceof Response) return eventId
      const put = await deps.putOnSale(eventId)
      if (put.kind === 'no_sale') return problem(c, 'not_found')
      return put.kind === 'busy' ? problem(c, 'busy', { retryAfterSeconds: 1 }) : respondAudit(c, deps, eventId)
    })
    // For use after MySQL was restored to an earlier point in time, which Redis does not match.
    .post('/api/admin/events/:id/seats/unload', async (c) => {
      const eventId = requireEventId(c)
      if (eventId instanceof Response) return eventId
      await unloadSale(deps.redis, eventId)
      deps.log('sale_unloaded', { eventId, person: c.get('person')!.id })
      personal(c)
      return c.body(null, 204)
    })
    .post('/api/admin/events/:id/seats/audit', (c) => {
      const eventId = requireEventId(c)
      return eventId instanceof Response ? eventId : respondAudit(c, deps, eventId)
    })
    .post('/api/admin/events/:id/seats/repair', (c) => {
      const eventId = requireEventId(c)
      return eventId instanceof Response ? eventId : repair(c, deps, eventId)
    })

async function respondAudit(c: Ctx, deps: Deps, eventId: number): Promise<Response> {
  const inventory = await auditInventory(deps, eventId)
  personal(c)
  if (inventory.kind === 'not_loaded') return problem(c, 'not_found')
  return inventory.kind === 'moved' ? problem(c, 'busy', { retryAfterSeconds: 1 }) : c.json(describeInventory(inventory))
}

async function repair(c: Ctx, deps: Deps, eventId: number): Promise<Response> {
  const inventory = await auditInventory(deps, eventId)
  if (inventory.kind === 'not_loaded') return problem(c, 'not_found')
  if (inventory.kind === 'moved') return problem(c, 'busy', { retryAfterSeconds: 1 })
  const repaired = await repairSeats(deps, inventory, c.get('person')!.id)
  switch (repaired.kind) {
    case 'repaired':
      return respondAudit(c, deps, eventId)
    case 'moved':
      return problem(c, 'busy', { retryAfterSeconds: 1 })
    case 'short':
      return problem(c, 'sold_out', {
        figures: { ticketTypeId: repaired.ticketTypeId },
        detail: {
          ko: '판매된 좌석이 전체 좌석보다 많습니다. 예매를 먼저 취소한 뒤 다시 시도해 주세요.',
          en: 'More seats are sold than exist. Cancel reservations first, then try again.',
        },
      })
    default:
      return repaired satisfies never
  }
}

/** The inventory of a sale as operators see it. */
export const describeInventory = (inventory: Inventory) => ({
  eventId: inventory.eventId,
  agreed: !hasDrift(inventory),
  paused: inventory.state.paused,
  ticketTypes: inventory.ticketTypes.map(({ id, total, sold, inFlight, deadLettered, left, drift }) => ({
    id,
    redis: left,
    mysql: sold,
    inFlight,
    deadLettered,
    total,
    drift,
  })),
  overLimit: inventory.overLimit.length,
})

const requireEventId = (c: Ctx): number | Response => {
  const admin = requireAdmin(c)
  return admin instanceof Response ? admin : eventIdOf(c) ?? problem(c, 'not_found')
}
