import { sql } from 'drizzle-orm'
import type { Database } from '../db/mysql.ts'
import { reservations } from '../db/schema.ts'
import type { WriteResult, WrittenRow } from './ledger.ts'
import type { WriteBack } from './write-back.ts'

type Look = { ids: Set<string>; rows: Promise<WriteResult['rows']> }

/** Rows looked for by one statement. */
const CHUNK = 1_000

/** By the round of the write-back that they wait for. */
const looks = new WeakMap<Promise<WriteResult['rows']>, Look>()

/**
 * A reservation as it is in MySQL after a round of the write-back; undefined when it is not there. What the round has not written itself is
 * looked for: a Redis that came back older in between has nothing to write and would say that all is well. All who wait for the same round
 * look together. Rejects when the round failed for this event.
 */
export async function findCommitted(
  { db, writeBack }: { db: Database; writeBack: Pick<WriteBack, 'flushEvent'> },
  eventId: number,
  id: string,
): Promise<WrittenRow | undefined> {
  const round = writeBack.flushEvent(eventId)
  let look = looks.get(round)
  if (!look) {
    const ids = new Set<string>()
    // A round takes nobody more when it has begun, so this is everybody.
    look = { ids, rows: round.then(async (rows) => new Map([...rows, ...await selectRows(db, ids.difference(rows))])) }
    looks.set(round, look)
  }
  look.ids.add(id)
  return (await look.rows).get(id)
}

async function selectRows(db: Database, ids: Set<string>): Promise<WriteResult['rows']> {
  const found: WriteResult['rows'] = new Map()
  const missing = [...ids]
  for (let start = 0; start < missing.length; start += CHUNK) {
    // One parameter, which the client spreads.
    const wanted = sql.param(missing.slice(start, start + CHUNK).map((id) => reservations.id.mapToDriverValue(id)))
    const rows = await db.select({ id: reservations.id, status: reservations.status, quantity: reservations.quantity })
      .from(reservations).where(sql`${reservations.id} in (${wanted})`)
    for (const row of rows) found.set(row.id, row)
  }
  return found
}
