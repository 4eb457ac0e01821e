import { unloadSale } from '../../db/redis/sale/sale.ts'
import type { Deps } from '../deps.ts'
import { describeInventory } from '../describe-inventory.ts'
import { type Ctx, eventIdOf, problem } from '../http.tsx'
import { auditInventory, repairSeats } from '../inventory-audit.ts'
import type { AdminRequest, AdminRoute } from './admin-route.ts'

/** An event's seats: audit them, load or unload the sale, repair a drift. */
export const seatApi: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/api/admin/seats',
    permission: 'figures.read',
    handle: ({ c, deps }) => c.json({ sales: deps.inventoryWatch.last().map(describeInventory) }),
  },
  { method: 'POST', path: '/api/admin/events/:id/seats/load', permission: 'sales.control', handle: withEvent(load) },
  // For use after MySQL was restored to an earlier point in time, which Redis does not match.
  { method: 'POST', path: '/api/admin/events/:id/seats/unload', permission: 'sales.control', handle: withEvent(unload) },
  {
    method: 'POST',
    path: '/api/admin/events/:id/seats/audit',
    permission: 'sales.control',
    handle: withEvent(({ c, deps }, eventId) => respondAudit(c, deps, eventId)),
  },
  { method: 'POST', path: '/api/admin/events/:id/seats/repair', permission: 'sales.control', handle: withEvent(repair) },
]

/** Runs a handler with the event id of the path. */
function withEvent(handle: (request: AdminRequest, eventId: number) => Promise<Response>): AdminRoute['handle'] {
  return (request) => {
    const eventId = eventIdOf(request.c)
    return eventId === undefined ? problem(request.c, 'not_found') : handle(request, eventId)
  }
}

async function load({ c, deps }: AdminRequest, eventId: number): Promise<Response> {
  const put = await deps.putOnSale(eventId)
  if (put.kind === 'no_sale') return problem(c, 'not_found')
  return put.kind === 'busy' ? problem(c, 'busy', { retryAfterSeconds: 1 }) : respondAudit(c, deps, eventId)
}

async function unload({ c, deps, actor }: AdminRequest, eventId: number): Promise<Response> {
  await unloadSale(deps.redis, eventId)
  deps.log('sale_unloaded', { eventId, person: actor.id })
  return c.body(null, 204)
}

async function respondAudit(c: Ctx, deps: Deps, eventId: number): Promise<Response> {
  const inventory = await auditInventory(deps, eventId)
  if (inventory.kind === 'not_loaded') return problem(c, 'not_found')
  return inventory.kind === 'moved' ? problem(c, 'busy', { retryAfterSeconds: 1 }) : c.json(describeInventory(inventory))
}

async function repair({ c, deps, actor }: AdminRequest, eventId: number): Promise<Response> {
  const inventory = await auditInventory(deps, eventId)
  if (inventory.kind === 'not_loaded') return problem(c, 'not_found')
  if (inventory.kind === 'moved') return problem(c, 'busy', { retryAfterSeconds: 1 })
  const repaired = await repairSeats(deps, inventory, actor)
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
