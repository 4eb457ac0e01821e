/** The seats of all sales and of one event as operators see them, and what operators do with them. Nothing here removes a reservation. */
import { and, asc, count, eq, gt, inArray, isNull, or } from 'drizzle-orm'
import { unloadSale } from '../../db/redis/sale/sale.ts'
import { deadLetters, events, ticketTypes } from '../../db/schema.ts'
import { type Operator, recordAct } from '../audit-log.ts'
import type { Deps } from '../deps.ts'
import { describeInventory } from '../describe-inventory.ts'
import { auditInventory, type AuditResult, type Inventory, repairSeats } from '../inventory-audit.ts'
import { KEEP_MS, lockLedger } from '../ledger.ts'

type Parts = Pick<Deps, 'db' | 'redis' | 'putOnSale' | 'log' | 'now'>

export type TicketTypeSeats = {
  id: number
  name: string
  nameEn: string
  total: number
  sold: number
  inFlight: number
  deadLettered: number
  /** Null while the sale is not in Redis. */
  left: number | null
  drift: number
}

export type SaleSeats = {
  event: { id: number; title: string; titleEn: string; opensAt: Date; closesAt: Date; published: boolean }
  /** `changing`: the log was trimmed during each audit, so that the figures are those of MySQL. */
  state: 'loaded' | 'not_loaded' | 'changing'
  isPaused: boolean
  ticketTypes: TicketTypeSeats[]
  /** People who hold more than the limit, at most 10. */
  overLimit: number
  deadLetters: number
}

const MAX_SALES = 100

/**
 * The seats of published events until a week after their start, and of those with dead letters; sales with a problem first. Audits one sale
 * after the other. Throws StoreUnavailable.
 */
export async function readSales(parts: Pick<Parts, 'db' | 'redis' | 'now'>): Promise<SaleSeats[]> {
  const { db, now } = parts
  const letters = await countLetters(parts)
  const isCurrent = and(eq(events.published, true), gt(events.startsAt, new Date(now().getTime() - KEEP_MS)))
  const condition = letters.size > 0 ? or(isCurrent, inArray(events.id, [...letters.keys()])) : isCurrent
  const rows = await selectEvents(db).where(and(condition, isNull(events.rehearsalOf))).orderBy(asc(events.opensAt)).limit(
    MAX_SALES,
  )
  const sales: SaleSeats[] = []
  for (const event of rows) sales.push(await readEventSeats(parts, event, letters.get(event.id) ?? 0))
  return sales.sort((a, b) => urgencyOf(b) - urgencyOf(a))
}

/** The seats of one event, audited now; null if there is no such event. */
export async function readSeats(parts: Pick<Parts, 'db' | 'redis'>, eventId: number): Promise<SaleSeats | null> {
  const [event] = await selectEvents(parts.db).where(and(eq(events.id, eventId), isNull(events.rehearsalOf)))
  if (!event) return null
  const letters = await countLetters(parts, eventId)
  return await readEventSeats(parts, event, letters.get(eventId) ?? 0)
}

const selectEvents = (db: Deps['db']) =>
  db.select({
    id: events.id,
    title: events.title,
    titleEn: events.titleEn,
    opensAt: events.opensAt,
    closesAt: events.closesAt,
    published: events.published,
  }).from(events).$dynamic()

async function countLetters({ db }: Pick<Parts, 'db'>, eventId?: number): Promise<Map<number, number>> {
  const rows = await db.select({ eventId: deadLetters.eventId, letters: count() }).from(deadLetters)
    .where(eventId === undefined ? undefined : eq(deadLetters.eventId, eventId)).groupBy(deadLetters.eventId).limit(MAX_SALES)
  return new Map(rows.map((row) => [row.eventId, row.letters]))
}

async function readEventSeats(
  parts: Pick<Parts, 'db' | 'redis'>,
  event: SaleSeats['event'],
  letters: number,
): Promise<SaleSeats> {
  const audited = await auditInventory(parts, event.id)
  const types = await parts.db.select().from(ticketTypes).where(eq(ticketTypes.eventId, event.id))
    .orderBy(asc(ticketTypes.sortOrder))
  const found = new Map(audited.kind === 'audited' ? audited.ticketTypes.map((type) => [type.id, type]) : [])
  return {
    event,
    state: STATES[audited.kind],
    isPaused: audited.kind === 'audited' && audited.state.paused,
    ticketTypes: types.map(({ id, name, nameEn, seats, sold }) => {
      const type = found.get(id) ?? { id, total: seats, sold, inFlight: 0, deadLettered: 0, left: null, drift: 0 }
      return Object.assign({ name, nameEn }, type)
    }),
    overLimit: audited.kind === 'audited' ? audited.overLimit.length : 0,
    deadLetters: letters,
  }
}

const STATES = { audited: 'loaded', not_loaded: 'not_loaded', moved: 'changing' } as const satisfies Record<
  AuditResult['kind'],
  SaleSeats['state']
>

/** Whether the stores agree about this sale. */
export const agrees = ({ ticketTypes, overLimit }: SaleSeats): boolean =>
  overLimit === 0 && ticketTypes.every(({ drift }) => drift === 0)

const urgencyOf = (sale: SaleSeats): number =>
  agrees(sale) ? sale.isPaused ? 3 : sale.deadLetters > 0 ? 2 : sale.state === 'loaded' ? 1 : 0 : 4

export type SeatAct = { eventId: number; actor: Operator; reason: string }
export type SeatActResult =
  | { kind: 'done' }
  | { kind: 'not_found' }
  | { kind: 'not_loaded' }
  /** The sale is being loaded or its log was trimmed; try again. */
  | { kind: 'busy' }
  /** More seats are sold than exist. */
  | { kind: 'short'; ticketTypeId: number }

/** Loads the sale into Redis, counted from MySQL, or checks that the loaded one is complete. */
export async function loadSeats(parts: Parts, act: SeatAct): Promise<SeatActResult> {
  const before = await auditInventory(parts, act.eventId)
  const put = await parts.putOnSale(act.eventId)
  if (put.kind !== 'on_sale') return { kind: put.kind === 'no_sale' ? 'not_found' : 'busy' }
  const after = await auditInventory(parts, act.eventId)
  await record(parts, act, 'seats.load', { before: figuresOf(before), after: figuresOf(after) })
  return { kind: 'done' }
}

/**
 * Removes the sale from Redis; the next booking loads it from MySQL again. For use after MySQL was restored to an earlier point in time, which
 * Redis does not match. If the process dies before the commit, the act is in the application log only.
 */
export async function unloadSeats(parts: Parts, act: SeatAct): Promise<SeatActResult> {
  const { db, redis, log, now } = parts
  const { eventId, actor, reason } = act
  const before = await auditInventory(parts, eventId)
  return await db.transaction(async (tx): Promise<SeatActResult> => {
    // No origin loads the sale meanwhile, and nothing is unloaded while MySQL cannot record it.
    if (!await lockLedger(tx, eventId)) return { kind: 'not_found' }
    await unloadSale(redis, eventId)
    log('sale_unloaded', { eventId, person: actor.id })
    const detail = { before: figuresOf(before), after: null }
    await recordAct(tx, { at: now(), actor, action: 'seats.unload', subject: `event:${eventId}`, reason, detail })
    return { kind: 'done' }
  })
}

/** Audits the sale and keeps the result in the audit log. */
export async function recordAudit(parts: Parts, act: SeatAct): Promise<SeatActResult> {
  const found = await auditInventory(parts, act.eventId)
  if (found.kind !== 'audited') return { kind: found.kind === 'moved' ? 'busy' : 'not_loaded' }
  await record(parts, act, 'seats.audit', { found: figuresOf(found) })
  return { kind: 'done' }
}

/** Corrects the seats left by the drift that an audit finds now, and resumes a paused sale. */
export async function repair(parts: Parts, { eventId, actor, reason }: SeatAct): Promise<SeatActResult> {
  const inventory = await auditInventory(parts, eventId)
  if (inventory.kind !== 'audited') return { kind: inventory.kind === 'moved' ? 'busy' : 'not_loaded' }
  const reply = await repairSeats(parts, inventory, actor, reason)
  switch (reply.kind) {
    case 'repaired':
      return { kind: 'done' }
    case 'moved':
      return { kind: 'busy' }
    case 'short':
      return reply
    default:
      return reply satisfies never
  }
}

const figuresOf = (audited: AuditResult) => audited.kind === 'audited' ? describeInventory(audited satisfies Inventory) : null

const record = ({ db, now }: Parts, { eventId, actor, reason }: SeatAct, action: string, detail: unknown): Promise<string> =>
  db.transaction((tx) => recordAct(tx, { at: now(), actor, action, subject: `event:${eventId}`, reason, detail }))
