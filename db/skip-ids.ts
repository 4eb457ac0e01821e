import { max, sql } from 'drizzle-orm'
import type { Database } from './mysql.ts'
import { events, ticketTypes, users } from './schema.ts'

/** Far more rows than can have been lost between a backup and now. */
const SKIPPED = 1_000_000
/** Tables whose ids are outside MySQL too: in access tokens, in Redis and in addresses. */
const TABLES = { users, events, ticketTypes }

export type NextIds = Record<keyof typeof TABLES, number>

/**
 * Makes sure that ids of rows that a restored database no longer has are not issued again: a new account with the id of a lost one could be
 * opened with the access token of the lost one. Returns the next ids. Statements that change a table commit by themselves; running it again
 * skips more ids and does no harm.
 */
export async function skipIds(db: Database): Promise<NextIds> {
  const next: Partial<NextIds> = {}
  for (const [name, table] of Object.entries(TABLES) as [keyof NextIds, (typeof TABLES)[keyof NextIds]][]) {
    const [row] = await db.select({ largest: max(table.id) }).from(table)
    const id = (row?.largest ?? 0) + SKIPPED
    await db.execute(sql`alter table ${table} auto_increment = ${sql.raw(String(id))}`)
    next[name] = id
  }
  return next as NextIds
}
