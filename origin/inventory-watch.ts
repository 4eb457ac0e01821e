import type { Redis } from 'ioredis'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../db/mysql.ts'
import { INVENTORY_WATCH_KEY } from '../db/redis/keys.ts'
import { markAudited } from '../db/redis/live/audited.ts'
import { pauseSale, readHeads } from '../db/redis/sale/sale.ts'
import { describeError, type Log } from '../runtime/log.ts'
import { auditInventory, hasDrift, type Inventory } from './inventory-audit.ts'
import { holdLease } from './lease.ts'
import { readLiveLedgers } from './ledger.ts'
import { putOnSale } from './sale-loader.ts'

/** How long a sale counts as audited, at least. */
const MIN_AUDITED_MS = 30_000

type Parts = { db: Database; redis: Redis; log: Log; now(): Date }

export type InventoryWatch = {
  /** The latest audit of each live sale, if this origin made it; empty while another origin watches. */
  last(): Inventory[]
  close(): Promise<void>
}

/**
 * Audits all live sales every `everyMs`, in one origin at a time, and pauses a sale with a drift, so that no seat is sold twice. Approves a
 * sale that an interrupted change has left suspended (event-change.ts).
 */
export function openInventoryWatch(parts: Parts & { newId(): string }, everyMs: number): InventoryWatch {
  const ownId = parts.newId()
  const stopped = new AbortController()
  let inventories: Inventory[] = []

  async function runSchedule() {
    while (!stopped.signal.aborted) {
      try {
        const isWatcher = await holdLease(parts.redis, INVENTORY_WATCH_KEY, ownId, everyMs * 3)
        inventories = isWatcher ? await auditAll(parts, Math.max(MIN_AUDITED_MS, everyMs * 3)) : []
      } catch (error) {
        parts.log('inventory_audit_failed', describeError(error))
      }
      await sleep(everyMs, undefined, { signal: stopped.signal }).catch(() => {})
    }
  }
  const schedule = runSchedule()
  return {
    last: () => inventories,
    async close() {
      stopped.abort()
      await schedule
    },
  }
}

/** Audits all live sales. Each counts as audited for `auditedMs`. */
async function auditAll(parts: Parts, auditedMs: number): Promise<Inventory[]> {
  const live = await readLiveLedgers(parts.db, parts.now())
  const heads = await readHeads(parts.redis, live.map(({ eventId }) => eventId))
  const inventories: Inventory[] = []
  for (const [i, { eventId }] of live.entries()) {
    // A sale that is not loaded, or is on an unreachable cluster node, does not hold up the others.
    if (!heads[i]?.last) continue
    if (heads[i].isSuspended) await approveSuspended(parts, eventId)
    const inventory = await auditInventory(parts, eventId)
    if (inventory.kind !== 'audited') continue
    inventories.push(inventory)
    await markAudited(parts.redis, eventId, auditedMs)
    const { state, ticketTypes, overLimit } = inventory
    if (hasDrift(inventory) && !state.paused && await pauseSale(parts.redis, eventId, state.last.epoch)) {
      parts.log('sale_paused', { eventId, ticketTypes, overLimit })
    }
  }
  return inventories
}

/**
 * Waits for a change in progress, by the lock on the ledger, at most until a statement's deadline. Then approves the sale with the rules that
 * MySQL has, whether that change was committed or not; approving it twice changes nothing.
 */
async function approveSuspended(parts: Parts, eventId: number): Promise<void> {
  try {
    const { kind } = await putOnSale(parts, eventId)
    parts.log('suspended_sale_approved', { eventId, kind })
  } catch (error) {
    // The next run tries again. Meanwhile the other sales are audited.
    parts.log('sale_not_approved', { eventId, ...describeError(error) })
  }
}
