import * as z from 'zod'
import { integerSetting, readSettings, releaseSetting } from '../runtime/settings.ts'
import { tokenSecret } from '../edge/contract/tokens.ts'
import { createTicketKeys, ticketSeeds } from './ticket-keys.ts'

/** `<group>:<machines when idle>:<machines around an opening>`, separated by commas. */
const fleetGroups = z.string().default('').transform((text, check) =>
  text.split(',').filter((part) => part !== '').map((part) => {
    const [name, idle, sale, ...rest] = part.split(':')
    const group = { name: name!, idle: Number(idle), sale: Number(sale) }
    const isValid = name && rest.length === 0 && /^\d+$/.test(idle ?? '') && /^\d+$/.test(sale ?? '') && group.idle <= group.sale
    if (!isValid) check.addIssue(`"${part}" is not <group>:<machines when idle>:<machines around an opening>`)
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
  TICKET_KEYS: ticketSeeds,
  OPERATOR_TWO_FACTOR: z.enum(['required', 'optional']).default('required'),
  ACKNOWLEDGE: z.enum(['redis', 'mysql']).default('redis'),
  WRITE_BACK_MS: integerSetting(10, 3_600_000, 1_000),
  INVENTORY_WATCH_MS: integerSetting(100, 3_600_000, 3_000),
  CATALOGUE_MAX_AGE_MS: integerSetting(0, 60_000, 1_000),
  FLEET_GROUPS: fleetGroups,
  FLEET_LEAD_MINUTES: integerSetting(5, 720, 30),
  FLEET_HOLD_MINUTES: integerSetting(5, 1_440, 60),
  MYSQL_SLOW_MS: integerSetting(100, 9_000, 900),
  BACKLOG_LIMIT: integerSetting(1, 100_000_000, 500_000),
  DRAIN_MS: integerSetting(0, 600_000, 0),
  RELEASE: releaseSetting,
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).transform((url) => new URL(url).origin).optional(),
  EDGE_URL: z.url({ protocol: /^https?$/ }).optional(),
  SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  MAIL_FROM: z.string().regex(/^[^\r\n]+$/).default('NETicket <no-reply@neticket.local>'),
}).refine(({ SMTP_URL, PUBLIC_URL }) => !SMTP_URL || PUBLIC_URL, {
  path: ['PUBLIC_URL'],
  error: 'the address of the shop is needed for the links in mails (SMTP_URL is set)',
})

export type Config = ReturnType<typeof readConfig>

/** Reads the origin's settings. Throws one error that names every setting that is missing or wrong. */
export function readConfig(env: Record<string, string | undefined>) {
  const values = readSettings('origin', settings, env)
  return {
    listen: { hostname: values.ORIGIN_HOST, port: values.ORIGIN_PORT },
    redisUrl: values.REDIS_URL,
    mysqlUrl: values.MYSQL_URL,
    imageStore: { endpoint: values.S3_ENDPOINT, bucket: values.S3_BUCKET, region: values.AWS_REGION },
    tokenKeys: values.TOKEN_SECRET,
    ticketKeys: createTicketKeys(values.TICKET_KEYS, values.TOKEN_SECRET),
    operatorTwoFactor: values.OPERATOR_TWO_FACTOR,
    /** The name of the release, as the live board shows it. */
    release: values.RELEASE,
    acknowledge: values.ACKNOWLEDGE,
    writeBackMs: values.WRITE_BACK_MS,
    /** How long the origin serves after a stop signal, so that the load balancer stops sending requests first. */
    drainMs: values.DRAIN_MS,
    /** When MySQL counts as unavailable: far above a busy server's reply, far below the deadline of a statement. */
    mysqlSlowMs: values.MYSQL_SLOW_MS,
    backlogLimit: values.BACKLOG_LIMIT,
    inventoryWatchMs: values.INVENTORY_WATCH_MS,
    /** The Auto Scaling groups that grow for openings; empty outside AWS. */
    fleet: {
      region: values.AWS_REGION,
      groups: values.FLEET_GROUPS,
      // One minute more, to avoid the round times of Terraform's scheduled actions: AWS rejects two actions at the same time.
      times: { leadMs: (values.FLEET_LEAD_MINUTES + 1) * 60_000, holdMs: (values.FLEET_HOLD_MINUTES + 1) * 60_000 },
    },
    /** The address of the edge, or of the balancer in front of several, to which rehearsals send their buyers; null disables rehearsals. */
    edgeUrl: values.EDGE_URL ?? null,
    /** The address by which buyers reach the shop, without a path, for search engines and shared links; null omits those links. */
    publicUrl: values.PUBLIC_URL ?? null,
    catalogueMaxAgeMs: values.CATALOGUE_MAX_AGE_MS,
    mail: {
      /** The mail server; null for a shop that sends no mail. */
      smtpUrl: values.SMTP_URL ?? null,
      from: values.MAIL_FROM,
      /** The address of the shop for its visitors, with which links in mails begin. Never taken from a request. */
      publicUrl: values.PUBLIC_URL ?? 'http://localhost:8080',
      /** How often each origin looks into the outbox for mails of others, and for those whose next attempt is due. */
      everyMs: 2_000,
    },
  }
}
