import { hasDrift, type Inventory } from './inventory-audit.ts'

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
