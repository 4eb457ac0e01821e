import * as z from 'zod'
import { readTokenKeys } from '../edge/contract/tokens.ts'

const settings = z.object({
  ORIGIN_HOST: z.string().default('127.0.0.1'),
  ORIGIN_PORT: z.coerce.number().int().min(0).max(65535).default(3000),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }),
  MYSQL_URL: z.url({ protocol: /^mysql$/ }),
  S3_ENDPOINT: z.url().optional(),
  S3_BUCKET: z.string().min(3).default('neticket'),
  AWS_REGION: z.string().default('ap-northeast-2'),
  TOKEN_SECRET: z.string().transform((setting, check) => {
    try {
      return readTokenKeys(setting)
    } catch (error) {
      check.addIssue((error as Error).message)
      return z.NEVER
    }
  }),
  ACKNOWLEDGE: z.enum(['redis', 'mysql']).default('redis'),
  WRITE_BACK_MS: z.coerce.number().int().min(10).max(60_000).default(1_000),
})

export type Config = ReturnType<typeof readConfig>

/** Reads the origin's settings. Throws one error that names every setting that is missing or wrong. */
export function readConfig(env: Record<string, string | undefined>) {
  const read = settings.safeParse(env)
  if (!read.success) {
    throw new Error(
      `Cannot start the origin:\n${read.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`).join('\n')}`,
    )
  }
  const found = read.data
  return {
    listen: { hostname: found.ORIGIN_HOST, port: found.ORIGIN_PORT },
    redisUrl: found.REDIS_URL,
    mysqlUrl: found.MYSQL_URL,
    imageStore: { endpoint: found.S3_ENDPOINT, bucket: found.S3_BUCKET, region: found.AWS_REGION },
    tokenKeys: found.TOKEN_SECRET,
    acknowledge: found.ACKNOWLEDGE,
    writeBackMs: found.WRITE_BACK_MS,
  }
}
