import { drizzle } from 'drizzle-orm/mysql2'
import { migrate } from 'drizzle-orm/mysql2/migrator'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { fileURLToPath } from 'node:url'
import { connectionOptions, type Database } from './mysql.ts'
import * as schema from './schema.ts'

/** How long to wait for the migrations of another process. */
const LOCK_TIMEOUT_SECONDS = 300
const LOCK_NAME = "left(concat('migrate ', database()), 64)"

/**
 * Applies all pending migrations, and then runs `next` on the database. A MySQL lock admits one process at a time, because Drizzle takes no
 * lock and two concurrent runs would leave a migration half applied. Other processes wait and then find nothing to do. Statements have no
 * deadline here. Throws when the lock is not free in time.
 */
export async function migrateDatabase(url: string, next: (db: Database) => Promise<void> = async () => {}): Promise<void> {
  const connection = await createConnection(connectionOptions(url))
  try {
    await connection.query("set session time_zone = '+00:00'")
    const [[lock]] = await connection.query<RowDataPacket[]>(`select get_lock(${LOCK_NAME}, ${LOCK_TIMEOUT_SECONDS}) as locked`)
    if (lock?.locked !== 1) throw new Error(`Another process has held the migration lock for ${LOCK_TIMEOUT_SECONDS} s`)
    const db = drizzle(connection, { schema, mode: 'default' })
    await migrate(db, { migrationsFolder: fileURLToPath(new URL('./migrations', import.meta.url)) })
    await next(db)
  } finally {
    // MySQL releases the lock with the connection.
    await connection.end()
  }
}
