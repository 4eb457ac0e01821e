import { sql } from 'drizzle-orm'
import type { Database } from '../db/mysql.ts'
import { reservations } from '../db/schema.ts'
import type { WriteResult, WrittenRow } from './booking-log-writer.ts'
import type { WriteBack } from './write-back.ts'

type Rows = WriteResult['rows']
type Parts = { db: Database; writeBack: Pick<WriteBack, 'flushEvent'> }

/**
 * Waits until a reservation's log entry is committed and returns its row; undefined if MySQL does not have it. Rejects if the write-back
 * failed for this event.
 */
export type FindCommitted = (eventId: number, id: string) => Promise<WrittenRow | undefined>

/** Rows per statement. */
const CHUNK = 1_000

/**
 * Group commit: callers that wait for the same run of the write-back share its transaction, and one SELECT for the rows that the run did
 * not insert itself. The SELECT is necessary: after a Redis was restored from an older copy, a run may succeed with nothing to write, and
 * only MySQL knows whether the reservation exists.
 */
export function createGroupCommit({ db, writeBack }: Parts): FindCommitted {
  const groups = new WeakMap<Promise<Rows>, { ids: Set<string>; rows: Promise<Rows> }>()

  function groupOf(run: Promise<Rows>) {
    const known = groups.get(run)
    if (known) return known
    const ids = new Set<string>()
    // A run admits no caller after its cut-off, so `ids` is complete when it resolves.
    const rows = run.then(async (written) => new Map([...written, ...await selectRows(db, ids.difference(written))]))
    const group = { ids, rows }
    groups.set(run, group)
    return group
  }

  return async (eventId, id) => {
    const { ids, rows } = groupOf(writeBack.flushEvent(eventId))
    ids.add(id)
    return (await rows).get(id)
  }
}

async function selectRows(db: Database, ids: Set<string>): Promise<Rows> {
  const found: Rows = new Map()
  const missing = [...ids]
  for (let start = 0; start < missing.length; start += CHUNK) {
    // One parameter, which the client expands.
    const idParam = sql.param(missing.slice(start, start + CHUNK).map((id) => reservations.id.mapToDriverValue(id)))
    const rows = await db.select({ id: reservations.id, status: reservations.status, quantity: reservations.quantity })
      .from(reservations).where(sql`${reservations.id} in (${idParam})`)
    for (const row of rows) found.set(row.id, row)
  }
  return found
}
