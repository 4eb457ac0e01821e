/**
 * Prepares the database before the programs of a deploy start: migrates the tables, and adds the first admin if there is none. Machines may
 * run it concurrently and repeatedly.
 */
import * as z from 'zod'
import { migrateDatabase } from './run-migrations.ts'
import { addFirstAdmin } from './first-admin.ts'

const env = z.object({
  MYSQL_URL: z.url({ protocol: /^mysql$/ }),
  ADMIN_EMAIL: z.string().toLowerCase().default(''),
  ADMIN_PASSWORD: z.string().min(8).or(z.literal('')).default(''),
}).parse(process.env)

const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = env
const print = (event: string) => process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), event })}\n`)
await migrateDatabase(env.MYSQL_URL, async (db) => {
  print('migrated')
  if (email && password && await addFirstAdmin(db, { email, password }, new Date())) print('first_admin_added')
})
