import { type Database, openDatabase } from '../db/mysql.ts'
import { migrateDatabase } from '../db/run-migrations.ts'

export type { Database }

/** A separate database on a shared server. */
export type FreshDatabase = {
  url: string
  db: Database
  close(): Promise<void>
  /** Closes the connections and drops the database. */
  drop(): Promise<void>
}

/** Creates an empty, migrated database beside the one that `mysqlUrl` names. */
export async function createFreshDatabase(mysqlUrl: string, name: string): Promise<FreshDatabase> {
  const admin = openDatabase(mysqlUrl, 1)
  await admin.db.execute(`create database ${name} character set utf8mb4 collate utf8mb4_unicode_ci`)
  const url = new URL(mysqlUrl)
  url.pathname = `/${name}`
  await migrateDatabase(url.href)
  const { db, close } = openDatabase(url.href, 4)
  return {
    url: url.href,
    db,
    async close() {
      await close()
      await admin.close()
    },
    async drop() {
      await close()
      await admin.db.execute(`drop database ${name}`)
      await admin.close()
    },
  }
}
