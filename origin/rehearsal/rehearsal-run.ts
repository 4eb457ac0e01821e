import { count, eq, sql, sum } from 'drizzle-orm'
import type { Redis } from 'ioredis'
import type { Database } from '../../db/mysql.ts'
import { REHEARSAL_LEASE_KEY } from '../../db/redis/keys.ts'
import { deadLetters, rehearsals, reservations, ticketTypes } from '../../db/schema.ts'
import type { RehearsalEnd, RehearsalSheet } from '../../edge/contract/rehearsals.ts'
import type { TokenKeys } from '../../edge/contract/tokens.ts'
import { describeError, type Log } from '../../runtime/log.ts'
import { auditInventory } from '../inventory-audit.ts'
import type { PutOnSale } from '../sale-loader.ts'
import { signAccess } from '../sessions.ts'
import type { WriteBack } from '../write-back.ts'
import { runLoad } from './load.ts'
import { createLoadClient, pause } from './load-client.ts'
import { createLoadFigures, type LoadFigures } from './load-figures.ts'
import { addRehearsalEvent, carryRehearsalRoom, type RehearsalEvent } from './rehearsal-event.ts'
import { removeRehearsal } from './rehearsal-removal.ts'
import { forecastInWorker } from './forecast-in-worker.ts'
import { type Integrity, makeSheet } from './rehearsal-sheet.ts'
import { addSyntheticBuyers } from './synthetic-buyers.ts'

/** The lease of a process that has died ends after this time. */
export const LEASE_MS = 20_000
/** Buyers join for this long before the opening. */
const LOBBY_MS = 5_000
/** The sale of the copy closes this long after the last second of the load. */
const CLOSE_AFTER_MS = 120_000
/** How often the integrity check waits for the write-back. */
const AUDIT_ATTEMPTS = 20

export type RunParts = {
  db: Database
  redis: Redis
  log: Log
  writeBack: Pick<WriteBack, 'flushEvent' | 'status'>
  putOnSale(eventId: number): Promise<PutOnSale>
  tokenKeys: TokenKeys
  now(): Date
  elapsedMs(): number
}

export type Run = {
  id: number
  lease: string
  eventId: number
  buyers: number
  seconds: number
  expected: number
  edgeUrl: string
}

/** Runs one rehearsal whose lease this process holds, and removes its data. Rejects only if the data could not be removed. */
export async function rehearse(parts: RunParts, run: Run, closing: AbortSignal): Promise<void> {
  // Also while the forecast is made and the data is removed. `watch` reports a lease that is lost.
  const keeper = setInterval(() => void keepLease(parts.redis, run.lease).catch(() => {}), LEASE_MS / 4)
  try {
    await sellAndRemove(parts, run, closing)
  } finally {
    clearInterval(keeper)
  }
}

async function sellAndRemove(parts: RunParts, run: Run, closing: AbortSignal): Promise<void> {
  const { db, redis, log, now } = parts
  let sheet: RehearsalSheet | null = null
  try {
    sheet = await sellCopy(parts, run, closing)
  } catch (error) {
    log('rehearsal_failed', { id: run.id, ...describeError(error) })
  }
  await db.update(rehearsals).set({ state: 'removing', sheet: sheet && JSON.stringify(sheet) }).where(eq(rehearsals.id, run.id))
  const [row] = await db.select({ copyId: rehearsals.copyId }).from(rehearsals).where(eq(rehearsals.id, run.id))
  // Without the lease too: another origin may have removed the data before the last of it was written.
  await removeRehearsal(parts, { id: run.id, copyId: row?.copyId ?? null })
  await db.update(rehearsals).set({ state: 'done', endedAt: now() }).where(eq(rehearsals.id, run.id))
  if (await redis.get(REHEARSAL_LEASE_KEY) === run.lease) await redis.del(REHEARSAL_LEASE_KEY)
  log('rehearsal_done', { id: run.id, eventId: run.eventId, verdict: sheet?.verdict, end: sheet?.end })
}

/** Extends the lease; false if another process has it. */
async function keepLease(redis: Redis, lease: string): Promise<boolean> {
  if (await redis.get(REHEARSAL_LEASE_KEY) !== lease) return false
  return await redis.pexpire(REHEARSAL_LEASE_KEY, LEASE_MS) === 1
}

async function sellCopy(parts: RunParts, run: Run, closing: AbortSignal): Promise<RehearsalSheet> {
  const { db, now, elapsedMs, tokenKeys } = parts
  const buyers = await addSyntheticBuyers(db, run.id, run.buyers, now())
  if (!await keepLease(parts.redis, run.lease)) throw new Error('The lease is lost')
  const opensAtMs = now().getTime() + LOBBY_MS
  const event = await addRehearsalEvent(db, { id: run.id, eventId: run.eventId, share: run.buyers / run.expected }, {
    opensAt: new Date(opensAtMs),
    closesAt: new Date(opensAtMs + run.seconds * 1_000 + CLOSE_AFTER_MS),
    now: now(),
  })
  await carryRehearsalRoom(parts, { from: run.eventId, to: event.eventId })
  if ((await parts.putOnSale(event.eventId)).kind !== 'on_sale') throw new Error('The copy could not be put on sale')
  const seats = event.ticketTypes.reduce((all, type) => all + type.seats, 0)
  const opensInMs = elapsedMs() + LOBBY_MS
  const figures = createLoadFigures(seats, () => elapsedMs() - opensInMs)
  const ended = new AbortController()
  const stop = AbortSignal.any([ended.signal, closing])
  const watched = watch(parts, run, figures, ended)
  const load = runLoad({
    event,
    send: createLoadClient(run.edgeUrl, figures, stop, elapsedMs),
    figures,
    signAccess: ({ id, nickname }) => signAccess({ tokenKeys, now }, { id, nickname, role: 'user', verified: true }),
    stop,
    elapsedMs,
    random: Math.random,
  }, buyers).finally(() => ended.abort('completed' satisfies RehearsalEnd))
  await Promise.all([load, watched])
  const end: RehearsalEnd = closing.aborted ? 'stopped' : ended.signal.reason as RehearsalEnd
  const measured = figures.measured()
  const sheet = makeSheet(end, measured, await checkIntegrity(parts, event, measured.booked))
  const real = { buyers: run.expected, seats: await countRealSeats(db, run.eventId) }
  const forecast = sheet.suggestion && await forecastInWorker(sheet.suggestion, measured, real).catch((error) => {
    parts.log('rehearsal_not_forecast', { id: run.id, ...describeError(error) })
    return null
  })
  return Object.assign(sheet, { forecast })
}

/** Once a second: renews the lease, stores the progress, samples the lag, and ends the load when its time is over or an operator stops it. */
async function watch(
  { db, redis, log, writeBack, now, elapsedMs }: RunParts,
  { id, lease, seconds }: Run,
  figures: LoadFigures,
  ended: AbortController,
): Promise<void> {
  const endsAtMs = elapsedMs() + LOBBY_MS + seconds * 1_000
  let keptAtMs = now().getTime()
  while (!ended.signal.aborted) {
    await pause(1_000, ended.signal)
    figures.lag(writeBack.status().lagMs)
    if (elapsedMs() >= endsAtMs) ended.abort('time_over' satisfies RehearsalEnd)
    try {
      await db.update(rehearsals).set({ progress: JSON.stringify(figures.progress()) }).where(eq(rehearsals.id, id))
      const [row] = await db.select({ state: rehearsals.state }).from(rehearsals).where(eq(rehearsals.id, id))
      if (row?.state === 'stopping') ended.abort('stopped' satisfies RehearsalEnd)
      if (!await keepLease(redis, lease)) ended.abort('interrupted' satisfies RehearsalEnd)
      keptAtMs = now().getTime()
    } catch (error) {
      log('rehearsal_not_watched', { id, ...describeError(error) })
      if (now().getTime() - keptAtMs > LEASE_MS / 2) ended.abort('interrupted' satisfies RehearsalEnd)
    }
  }
}

/** Compares what buyers were answered with both stores, after the write-back. */
async function checkIntegrity(
  { db, redis, writeBack }: RunParts,
  { eventId }: RehearsalEvent,
  answered: number,
): Promise<Integrity> {
  await writeBack.flushEvent(eventId)
  let inventory = await auditInventory({ db, redis }, eventId)
  for (let attempt = 1; inventory.kind === 'moved' && attempt < AUDIT_ATTEMPTS; attempt++) {
    inventory = await auditInventory({ db, redis }, eventId)
  }
  if (inventory.kind !== 'audited') throw new Error(`The inventory is ${inventory.kind}`)
  const total = (field: 'total' | 'sold' | 'inFlight' | 'left' | 'drift') =>
    inventory.ticketTypes.reduce((all, type) => all + type[field], 0)
  const [rows] = await db.select({
    rows: count(),
    seats: sql<number>`coalesce(sum(if(${reservations.status} = 'confirmed', ${reservations.quantity}, 0)), 0)`.mapWith(Number),
  }).from(reservations).where(eq(reservations.eventId, eventId))
  const [letters] = await db.select({ count: count() }).from(deadLetters).where(eq(deadLetters.eventId, eventId))
  return {
    seats: total('total'),
    // From the reservations, so that the number of seats sold is checked as well.
    sold: rows!.seats + total('inFlight'),
    left: total('left'),
    drift: total('drift'),
    rows: rows!.rows,
    answered,
    deadLetters: letters!.count,
  }
}

async function countRealSeats(db: Database, eventId: number): Promise<number> {
  const [row] = await db.select({ seats: sum(ticketTypes.seats).mapWith(Number) }).from(ticketTypes).where(
    eq(ticketTypes.eventId, eventId),
  )
  return row?.seats ?? 0
}
