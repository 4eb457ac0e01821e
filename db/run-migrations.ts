import { drizzle } from 'drizzle-orm/mysql2'
import { migrate } from 'drizzle-orm/mysql2/migrator'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { fileURLToPath } from 'node:url'
import { connectionOptions, type Database } from './mysql.ts'
import * as schema from './schema.ts'

/** Whoever waits for another's migrations waits no longer than this. */
const LOCK_DEADLINE_SECONDS = 300
const NAME = "left(concat('migrate ', database()), 64)"

/**
 * Brings the tables to the newest migration, and then does `next` with them. One process at a time, by a lock of MySQL that ends with its
 * connection: Drizzle locks nothing, and two that create one table at once would leave it half migrated. Others wait, and find it done. A
 * statement may take as long as it needs. Throws when the lock does not come free in time.
 */
export async function migrateDatabase(url: string, next: (db: Database) => Promise<void> = async () => {}): Promise<void> {
  const connection = await createConnection(connectionOptions(url))
  try {
    await connection.query("set session time_zone = '+00:00'")
    const [[got]] = await connection.query<RowDataPacket[]>(`select get_lock(${NAME}, ${LOCK_DEADLINE_SECONDS}) as locked`)
    if (got?.locked !== 1) throw new Error(`Another migration has held the database for ${LOCK_DEADLINE_SECONDS} s`)
    const db = drizzle(connection, { schema, mode: 'default' })
    await migrate(db, { migrationsFolder: fileURLToPath(new URL('./migrations', import.meta.url)) })
    await next(db)
  } finally {
    // The lock ends with it.
    await connection.end()
  }
}
