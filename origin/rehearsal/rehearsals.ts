/**
 * Rehearsals: one at a time over all origins, by a lease in Redis.
 *
 *   lease ──▶ row and audit act ──▶ accounts ──▶ copy of the event, on sale ──▶ load through the edge ──▶ result ──▶ remove data ──▶ done
 *
 * The row names what must be removed before it is written. If the process dies anywhere, its lease ends within 20 s, and the upkeep of any
 * origin takes the lease, removes the data and ends the row as `interrupted`. Edges keep the copy's room for a minute after its last request
 * and may write it back to Redis, so its keys are removed once more two minutes later.
 */
import { and, desc, eq, isNull, ne } from 'drizzle-orm'
import { setTimeout as sleep } from 'node:timers/promises'
import { REHEARSAL_LEASE_KEY } from '../../db/redis/keys.ts'
import { rehearsals } from '../../db/schema.ts'
import { isStoreUnavailable } from '../../db/store-unavailable.ts'
import type { Rehearsal, RehearsalProgress, RehearsalSheet } from '../../edge/contract/rehearsals.ts'
import { describeError } from '../../runtime/log.ts'
import { type Operator, recordAct } from '../audit-log.ts'
import { findObstacle, type Obstacle } from './obstacles.ts'
import { LEASE_MS, rehearse, type RunParts } from './rehearsal-run.ts'
import { removeRehearsal, removeRoomKeys } from './rehearsal-removal.ts'

export type RehearsalRequest = {
  eventId: number
  buyers: number
  seconds: number
  expected: number
  actor: Operator
}

export type Rehearsals = {
  /** Starts a rehearsal, which then runs in the background. Throws StoreUnavailable. */
  start(request: RehearsalRequest): Promise<{ kind: 'started'; id: number } | { kind: 'refused'; obstacle: Obstacle }>
  /** Ends the rehearsal of an event early, from any origin, within two seconds. `not_running`: there is none. */
  stop(eventId: number, actor: Operator): Promise<'stopping' | 'not_running'>
  /** What forbids a rehearsal now; null: nothing. */
  findObstacle(eventId: number): Promise<Obstacle | null>
  /** The last rehearsals of an event, newest first. */
  list(eventId: number): Promise<Rehearsal[]>
  /** Removes what interrupted rehearsals have left. Also runs on a schedule. */
  upkeep(): Promise<void>
  /** Stops the schedule. A rehearsal of this process ends, and its data is removed. */
  close(): Promise<void>
}

const KEPT_IN_LIST = 10
/** Edges forget a room a minute after its last request. */
const ROOM_FORGOTTEN_MS = 120_000

type Parts = RunParts & { newId(): string; now(): Date }

export function openRehearsals(parts: Parts, { edgeUrl, everyMs }: { edgeUrl: string | null; everyMs: number }): Rehearsals {
  const { db, redis, log, now } = parts
  const closing = new AbortController()
  let running: Promise<void> = Promise.resolve()

  async function start(request: RehearsalRequest): ReturnType<Rehearsals['start']> {
    const obstacle = await findObstacle(db, { eventId: request.eventId, edgeUrl, now: now() })
    if (obstacle || edgeUrl === null) return { kind: 'refused', obstacle: obstacle ?? { kind: 'no_edge' } }
    const lease = parts.newId()
    if (await redis.set(REHEARSAL_LEASE_KEY, lease, 'PX', LEASE_MS, 'NX') !== 'OK') {
      return { kind: 'refused', obstacle: { kind: 'running' } }
    }
    const id = await addRow(parts, request, lease)
    const { eventId, buyers, seconds, expected } = request
    running = rehearse(parts, { id, lease, eventId, buyers, seconds, expected, edgeUrl }, closing.signal)
      .catch((error) => log('rehearsal_not_removed', { id, ...describeError(error) }))
    return { kind: 'started', id }
  }

  async function runSchedule(): Promise<void> {
    while (!closing.signal.aborted) {
      await sleep(everyMs, undefined, { signal: closing.signal }).catch(() => {})
      if (closing.signal.aborted) return
      await upkeep(parts).catch((error) => {
        // Others report an outage.
        if (!isStoreUnavailable(error)) log('rehearsal_upkeep_failed', describeError(error))
      })
    }
  }
  const schedule = runSchedule()
  return {
    start,
    stop: (eventId, actor) => stopRehearsal(parts, eventId, actor),
    findObstacle: async (eventId) =>
      await findObstacle(db, { eventId, edgeUrl, now: now() }) ??
        (await redis.exists(REHEARSAL_LEASE_KEY) ? { kind: 'running' } : null),
    list: (eventId) => listRehearsals(parts, eventId),
    upkeep: () => upkeep(parts),
    async close() {
      closing.abort()
      await Promise.all([schedule, running])
    },
  }
}

async function addRow({ db, now }: Parts, request: RehearsalRequest, lease: string): Promise<number> {
  const { eventId, buyers, seconds, expected, actor } = request
  return await db.transaction(async (tx) => {
    const [{ insertId }] = await tx.insert(rehearsals)
      .values({ eventId, lease, operatorId: actor.id, buyers, seconds, expected, startedAt: now() })
    const detail = { rehearsal: insertId, buyers, seconds, expected }
    await recordAct(tx, { at: now(), actor, action: 'rehearsal.start', subject: `event:${eventId}`, detail })
    return insertId
  })
}

async function stopRehearsal({ db, now }: Parts, eventId: number, actor: Operator): Promise<'stopping' | 'not_running'> {
  return await db.transaction(async (tx) => {
    const [found] = await tx.select({ id: rehearsals.id }).from(rehearsals)
      .where(and(eq(rehearsals.eventId, eventId), eq(rehearsals.state, 'running'))).for('update')
    if (!found) return 'not_running'
    await tx.update(rehearsals).set({ state: 'stopping' }).where(eq(rehearsals.id, found.id))
    const detail = { rehearsal: found.id }
    await recordAct(tx, { at: now(), actor, action: 'rehearsal.stop', subject: `event:${eventId}`, detail })
    return 'stopping'
  })
}

async function listRehearsals({ db }: Parts, eventId: number): Promise<Rehearsal[]> {
  const rows = await db.select().from(rehearsals).where(eq(rehearsals.eventId, eventId))
    .orderBy(desc(rehearsals.startedAt), desc(rehearsals.id)).limit(KEPT_IN_LIST)
  return rows.map(({ id, state, buyers, seconds, expected, startedAt, endedAt, progress, sheet }) => ({
    id,
    state,
    buyers,
    seconds,
    expected,
    startedAt: startedAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    // Both were written by `rehearse`.
    progress: progress === null ? null : JSON.parse(progress) as RehearsalProgress,
    sheet: sheet === null ? null : JSON.parse(sheet) as RehearsalSheet,
  }))
}

/** Ends rehearsals whose origin has died, and removes the rooms that edges have kept. */
async function upkeep(parts: Parts): Promise<void> {
  const { db, redis, log, now, newId } = parts
  const open = await db.select().from(rehearsals).where(isNull(rehearsals.removedAt)).limit(20)
  for (const { id, lease, copyId, state, endedAt } of open) {
    if (state === 'done') {
      if (endedAt && now().getTime() - endedAt.getTime() < ROOM_FORGOTTEN_MS) continue
      if (copyId !== null) await removeRoomKeys(redis, copyId)
      await db.update(rehearsals).set({ removedAt: now() }).where(eq(rehearsals.id, id))
      continue
    }
    const own = newId()
    if (await redis.get(REHEARSAL_LEASE_KEY) === lease) continue
    if (await redis.set(REHEARSAL_LEASE_KEY, own, 'PX', LEASE_MS, 'NX') !== 'OK') continue
    const [{ affectedRows }] = await db.update(rehearsals).set({ lease: own, state: 'removing' })
      .where(and(eq(rehearsals.id, id), eq(rehearsals.lease, lease), ne(rehearsals.state, 'done')))
    if (affectedRows === 1) {
      await removeRehearsal(parts, { id, copyId })
      await db.update(rehearsals).set({ state: 'done', endedAt: now() }).where(eq(rehearsals.id, id))
      log('rehearsal_interrupted', { id, copyId })
    }
    if (await redis.get(REHEARSAL_LEASE_KEY) === own) await redis.del(REHEARSAL_LEASE_KEY)
  }
}
