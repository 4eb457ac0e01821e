/**
 * The origin's parts on real stores, for tests that call the domain directly, and ways to fill the stores. test/site.ts adds a running
 * edge and origin. Vitest starts the servers once (test/stores.ts); every shop has databases of its own in them.
 */
import { createConnection } from 'mysql2/promise'
import { randomBytes, randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { openRedis, untilReady } from '../db/redis/client.ts'
import { migrateDatabase } from '../db/run-migrations.ts'
import { events, users } from '../db/schema.ts'
import { addEvent } from '../dev/demo/load.ts'
import { signalGroup } from '../dev/processes.ts'
import { makeSecrets } from '../dev/secrets.ts'
import { startStores } from '../dev/stores.ts'
import { eventRoom } from '../edge/contract/rooms.ts'
import { internalToken } from '../edge/contract/internal-access.ts'
import { readTokenKeys, signPass, type TokenKeys } from '../edge/contract/tokens.ts'
import type { Person } from '../origin/accounts.ts'
import { type Deps, openDeps } from '../origin/deps.ts'
import { createTicketKeys } from '../origin/ticket-keys.ts'
import { signAccess } from '../origin/sessions.ts'

export const TOKEN_SECRET = 'a secret for tests that has enough bytes'
export const tokenKeys: TokenKeys = readTokenKeys(TOKEN_SECRET)
/** The address with which links in mails begin. */
export const PUBLIC_URL = 'https://shop.neticket.example'
/** The headers with which operators read the metrics and the inventory of an origin. */
export const operatorHeaders = { authorization: `Bearer ${internalToken(tokenKeys)}` }

export type Shop = Deps & StoreAddresses & {
  /** Adds an event with its ticket types, by default one that is on sale. */
  addSale(sale?: Partial<Sale>): Promise<{ eventId: number; ticketTypeIds: number[] }>
  /** Opens a sale now whose opening is in the future. */
  openSale(eventId: number): Promise<void>
  /** Adds users. They have no password: sign their access tokens (`buyerHeaders`) instead of logging in. */
  addPeople(count: number): Promise<Person[]>
  close(): Promise<void>
}

export type StoreAddresses = { redisUrl: string; mysqlUrl: string }

export type Sale = {
  title: string
  /** Times relative to now; a negative one is in the past. */
  opensInMs: number
  closesInMs: number
  startsInMs: number
  limitPerPerson: number
  /** The number of seats of each ticket type. The first costs 10,000 won, the second 20,000, and so on. */
  seats: number[]
}

export type ShopSettings = {
  writeBackMs?: number
  mysqlSlowMs?: number
  acknowledge?: 'redis' | 'mysql'
  operatorTwoFactor?: 'required' | 'optional'
  /** The mail server to send to; without it mails wait in the outbox. */
  smtpUrl?: string
  mailerMs?: number
  /** A Redis server other than the shared one. */
  redisUrl?: string
  /** Existing databases to use instead of new ones; `close` keeps them. */
  stores?: StoreAddresses
}

const HOUR_MS = 3_600_000

/** Opens the origin's parts on databases of their own. `overrides` replace parts, such as the clock. */
export async function openShop(settings: ShopSettings = {}, overrides: Partial<Deps> = {}): Promise<Shop> {
  const stores = settings.stores ? { ...settings.stores, drop: () => Promise.resolve() } : await freshStores(settings.redisUrl)
  const { s3 } = inject('stores')
  const deps = openDeps({
    listen: { hostname: '127.0.0.1', port: 0 },
    redisUrl: stores.redisUrl,
    mysqlUrl: stores.mysqlUrl,
    imageStore: { endpoint: s3.endpoint, bucket: s3.bucket, region: s3.region },
    tokenKeys,
    ticketKeys: createTicketKeys(undefined, tokenKeys),
    operatorTwoFactor: settings.operatorTwoFactor ?? 'optional',
    release: 'test',
    acknowledge: settings.acknowledge ?? 'redis',
    writeBackMs: settings.writeBackMs ?? 200,
    // A slow machine must not look like a lost MySQL.
    mysqlSlowMs: settings.mysqlSlowMs ?? 5_000,
    backlogLimit: 100_000,
    inventoryWatchMs: HOUR_MS,
    catalogueMaxAgeMs: 0,
    fleet: { region: s3.region, groups: [], times: { leadMs: 0, holdMs: 0 } },
    drainMs: 0,
    edgeUrl: null,
    mail: {
      smtpUrl: settings.smtpUrl ?? null,
      from: 'NETicket <shop@neticket.example>',
      publicUrl: PUBLIC_URL,
      everyMs: settings.mailerMs ?? 2_000,
    },
    publicUrl: PUBLIC_URL,
  }, () => {})
  await untilReady(deps.redis)
  return {
    ...deps,
    ...overrides,
    redisUrl: stores.redisUrl,
    mysqlUrl: stores.mysqlUrl,
    addSale: (sale) => addSale(deps, sale),
    addPeople: (count) => addPeople(deps, count),
    async openSale(eventId) {
      await deps.db.update(events).set({ opensAt: new Date(Date.now() - 1_000) }).where(eq(events.id, eventId))
      await deps.putOnSale(eventId)
    },
    async close() {
      await deps.close()
      await stores.drop()
    },
  }
}

async function addSale({ db }: Deps, sale: Partial<Sale> = {}): Promise<{ eventId: number; ticketTypeIds: number[] }> {
  const now = new Date()
  const inMs = (ms: number) => new Date(now.getTime() + ms)
  const title = sale.title ?? `공연 ${randomUUID().slice(0, 8)}`
  const eventId = await addEvent(db, {
    title,
    titleEn: `${title} in English`,
    venue: '시험 홀',
    venueEn: 'Test Hall',
    startsAt: inMs(sale.startsInMs ?? 240 * HOUR_MS),
    opensAt: inMs(sale.opensInMs ?? -HOUR_MS),
    closesAt: inMs(sale.closesInMs ?? 24 * HOUR_MS),
    limitPerPerson: sale.limitPerPerson ?? 4,
    ticketTypes: (sale.seats ?? [100]).map((seats, i) => ({
      name: `${i + 1}등석`,
      nameEn: `Grade ${i + 1}`,
      price: 10_000 * (i + 1),
      seats,
    })),
  }, { now })
  const types = await db.query.ticketTypes.findMany({ where: (type, { eq }) => eq(type.eventId, eventId) })
  return { eventId, ticketTypeIds: types.sort((a, b) => a.sortOrder - b.sortOrder).map(({ id }) => id) }
}

async function addPeople({ db }: Deps, count: number): Promise<Person[]> {
  const ROWS_PER_INSERT = 1_000
  const people: Person[] = []
  while (people.length < count) {
    const size = Math.min(ROWS_PER_INSERT, count - people.length)
    const nicknames = Array.from({ length: size }, () => randomBytes(5).toString('hex'))
    const [{ insertId }] = await db.insert(users).values(
      nicknames.map((nickname) => ({ email: `${nickname}@test.example`, passwordHash: '-', nickname, createdAt: new Date() })),
    )
    nicknames.forEach((nickname, i) => people.push({ id: insertId + i, nickname, role: 'user', verified: false }))
  }
  return people
}

/** The headers of a booking request: the person's access token, a pass for the event's room and a new idempotency key. */
export async function buyerHeaders(
  person: Person,
  eventId: number,
  options: { passId?: string; expiresInMs?: number; room?: string; epoch?: number } = {},
) {
  const expiresAtMs = Date.now() + (options.expiresInMs ?? 600_000)
  const pass = {
    id: options.passId ?? randomUUID(),
    room: options.room ?? eventRoom(eventId),
    epoch: options.epoch ?? 1,
    expiresAtMs,
    untilMs: expiresAtMs,
  }
  return {
    'content-type': 'application/json',
    authorization: `Bearer ${await signAccess({ tokenKeys, now: () => new Date() }, person)}`,
    'x-queue-pass': signPass(pass, tokenKeys),
    'idempotency-key': randomUUID() as string,
  }
}

/** Creates an empty, migrated MySQL database, and picks a Redis database that no other test uses. `drop` deletes the MySQL database. */
export async function freshStores(redisUrl = inject('stores').redisUrl): Promise<StoreAddresses & { drop(): Promise<void> }> {
  const { mysqlUrl } = inject('stores')
  const name = `test_${randomBytes(6).toString('hex')}`
  const admin = await createConnection(mysqlUrl)
  await admin.query(`create database ${name} character set utf8mb4 collate utf8mb4_unicode_ci`)
  const ownMysql = new URL(mysqlUrl)
  ownMysql.pathname = `/${name}`
  await migrateDatabase(ownMysql.href)

  return {
    mysqlUrl: ownMysql.href,
    redisUrl: await freshRedisUrl(redisUrl),
    async drop() {
      await admin.query(`drop database ${name}`)
      await admin.end()
    },
  }
}

/** The address of a Redis database that no other test uses. Counts in database 0, which no test uses otherwise. */
async function freshRedisUrl(redisUrl: string): Promise<string> {
  const redis = openRedis(redisUrl)
  await untilReady(redis)
  const own = new URL(redisUrl)
  own.pathname = `/${await redis.incr('test:databases')}`
  redis.disconnect()
  return own.href
}

/** Starts a Redis server for one test file, so that the file can stop it or count its commands. */
export async function ownRedis() {
  const dir = await mkdtemp(join(tmpdir(), 'neticket-own-'))
  const { mysqlUrl, s3 } = inject('stores')
  const stores = await startStores({
    dir,
    print: () => {},
    secrets: makeSecrets(),
    env: { MYSQL_URL: mysqlUrl, S3_ENDPOINT: s3.endpoint },
  })
  return {
    dir,
    url: stores.redisUrl,
    server: stores.started[0]!,
    async close() {
      await stores.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** Starts a MySQL server for one test file, so that the file can stop it, with an empty, migrated database. */
export async function ownMysql() {
  const dir = await mkdtemp(join(tmpdir(), 'neticket-own-'))
  const { redisUrl, s3 } = inject('stores')
  const stores = await startStores({
    dir,
    print: () => {},
    secrets: makeSecrets(),
    env: { REDIS_URL: redisUrl, S3_ENDPOINT: s3.endpoint },
  })
  await migrateDatabase(stores.mysqlUrl)
  const [server] = stores.started
  return {
    stores: { mysqlUrl: stores.mysqlUrl, redisUrl: await freshRedisUrl(redisUrl) },
    stop: () => server!.running.stop(),
    async kill() {
      signalGroup(server!.running.pid, 'SIGKILL')
      await server!.running.ended
    },
    async start() {
      server!.running = await server!.start()
    },
    /** Stops the process without ending it: it keeps its connections and does not reply. */
    freeze: () => signalGroup(server!.running.pid, 'SIGSTOP'),
    thaw: () => signalGroup(server!.running.pid, 'SIGCONT'),
    async close() {
      signalGroup(server!.running.pid, 'SIGCONT')
      await server!.running.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
