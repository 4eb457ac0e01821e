/** Prepares the stores for the programs: migrates the tables, and makes the bucket, an admin and a demo catalogue if they are missing. */
import { S3Client } from '@aws-sdk/client-s3'
import * as z from 'zod'
import { openDatabase } from '../db/mysql.ts'
import { migrateDatabase } from '../db/run-migrations.ts'
import { ensureAdmin, loadDemoCatalogue, makeBucket } from './demo/load.ts'

const env = z.object({
  MYSQL_URL: z.url(),
  S3_ENDPOINT: z.url().optional(),
  S3_BUCKET: z.string().default('neticket'),
  AWS_REGION: z.string().default('ap-northeast-2'),
  ADMIN_EMAIL: z.string().toLowerCase(),
  ADMIN_PASSWORD: z.string().min(8),
  DEMO: z.enum(['yes', 'no']).default('yes'),
}).parse(process.env)

const print = (line: string) => process.stdout.write(`${line}\n`)
const now = new Date()
const { db, close } = openDatabase(env.MYSQL_URL, 2)
const s3 = new S3Client(
  env.S3_ENDPOINT ? { region: env.AWS_REGION, endpoint: env.S3_ENDPOINT, forcePathStyle: true } : { region: env.AWS_REGION },
)

await migrateDatabase(env.MYSQL_URL)
await makeBucket(s3, env.S3_BUCKET)
await ensureAdmin(db, { email: env.ADMIN_EMAIL, password: env.ADMIN_PASSWORD }, now, print)
if (env.DEMO === 'yes') await loadDemoCatalogue(db, s3, env.S3_BUCKET, now, print)
await close()
