import * as z from 'zod'
import { integerSetting, readSettings } from '../runtime/settings.ts'
import { tokenSecret } from '../edge/contract/tokens.ts'

/** `name:idle:sale`, several with commas between them. */
const fleetGroups = z.string().default('').transform((text, check) =>
  text.split(',').filter((part) => part !== '').map((part) => {
    const [name, idle, sale, ...rest] = part.split(':')
    const group = { name: name!, idle: Number(idle), sale: Number(sale) }
    const isRight = name && rest.length === 0 && /^\d+$/.test(idle ?? '') && /^\d+$/.test(sale ?? '') && group.idle <= group.sale
    if (!isRight) check.addIssue(`"${part}" is not <group>:<machines at rest>:<machines around an opening>`)
    return group
  })
)

const settings = z.object({
  ORIGIN_HOST: z.string().default('127.0.0.1'),
  ORIGIN_PORT: integerSetting(0, 65535, 3000),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }),
  MYSQL_URL: z.url({ protocol: /^mysql$/ }),
  S3_ENDPOINT: z.url().optional(),
  S3_BUCKET: z.string().min(3).default('neticket'),
  AWS_REGION: z.string().default('ap-northeast-2'),
  TOKEN_SECRET: tokenSecret,
  ACKNOWLEDGE: z.enum(['redis', 'mysql']).default('redis'),
  WRITE_BACK_MS: integerSetting(10, 3_600_000, 1_000),
  INVENTORY_WATCH_MS: integerSetting(100, 3_600_000, 3_000),
  CATALOGUE_MAX_AGE_MS: integerSetting(0, 60_000, 1_000),
  FLEET_GROUPS: fleetGroups,
  FLEET_LEAD_MINUTES: integerSetting(5, 720, 30),
  FLEET_HOLD_MINUTES: integerSetting(5, 1_440, 60),
  BACKLOG_LIMIT: integerSetting(1, 100_000_000, 500_000),
  DRAIN_MS: integerSetting(0, 600_000, 0),
})

export type Config = ReturnType<typeof readConfig>

/** Reads the origin's settings. Throws one error that names every setting that is missing or wrong. */
export function readConfig(env: Record<string, string | undefined>) {
  const found = readSettings('origin', settings, env)
  return {
    listen: { hostname: found.ORIGIN_HOST, port: found.ORIGIN_PORT },
    redisUrl: found.REDIS_URL,
    mysqlUrl: found.MYSQL_URL,
    imageStore: { endpoint: found.S3_ENDPOINT, bucket: found.S3_BUCKET, region: found.AWS_REGION },
    tokenKeys: found.TOKEN_SECRET,
    acknowledge: found.ACKNOWLEDGE,
    writeBackMs: found.WRITE_BACK_MS,
    /** How long it goes on serving after it was asked to stop, so that its balancer has noticed. */
    drainMs: found.DRAIN_MS,
    backlogLimit: found.BACKLOG_LIMIT,
    inventoryWatchMs: found.INVENTORY_WATCH_MS,
    /** The Auto Scaling groups that grow for openings; none where there are none. */
    fleet: {
      region: found.AWS_REGION,
      groups: found.FLEET_GROUPS,
      // A minute more, away from the round times that Terraform's own actions have: AWS would refuse theirs where ours are already.
      times: { leadMs: (found.FLEET_LEAD_MINUTES + 1) * 60_000, holdMs: (found.FLEET_HOLD_MINUTES + 1) * 60_000 },
    },
    catalogueMaxAgeMs: found.CATALOGUE_MAX_AGE_MS,
  }
}
