/** Skips ids that a restored MySQL no longer has, before the shop opens again (docs/operations.md, Restore). */
import * as z from 'zod'
import { openDatabase } from '../../db/mysql.ts'
import { skipIds } from '../../db/skip-ids.ts'

const env = z.object({ MYSQL_URL: z.url({ protocol: /^mysql$/ }) }).parse(process.env)
const { db, close } = openDatabase(env.MYSQL_URL, 1)
try {
  process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), event: 'ids_skipped', next: await skipIds(db) })}\n`)
} finally {
  await close()
}
