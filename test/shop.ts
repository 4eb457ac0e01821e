import { createConnection } from 'mysql2/promise'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { migrateDatabase } from '../db/run-migrations.ts'
import { makeSecrets } from '../dev/secrets.ts'
import { startStores } from '../dev/stores.ts'
import { openRedis, untilReady } from '../db/redis/client.ts'
import { users } from '../db/schema.ts'
import { addEvent } from '../dev/demo/load.ts'
import { eventRoom } from '../edge/contract/rooms.ts'
import { readTokenKeys, signPass, type TokenKeys } from '../edge/contract/tokens.ts'
import type { Person } from '../origin/accounts.ts'
import { type Deps, openDeps } from '../origin/deps.ts'
import { signAccess } from '../origin/sessions.ts'

export const TOKEN_SECRET = 'a secret for tests that has enough bytes'
export const tokenKeys: TokenKeys = readTokenKeys(TOKEN_SECRET)

/** A database of its own, with the tables and nothing in them, and a Redis database of its own; dropped by `drop`. */
export async function freshStores(
  redisUrl = inject('stores').redisUrl,
): Promise<{ mysqlUrl: string; redisUrl: string; drop(): Promise<void> }> {
  const { mysqlUrl } = inject('stores')
  const name = `test_${randomBytes(6).toString('hex')}`
  const admin = await createConnection(mysqlUrl)
  await admin.query(`create database ${name} character set utf8mb4 collate utf8mb4_unicode_ci`)
  const url = new URL(mysqlUrl)
  url.pathname = `/${name}`
  await migrateDatabase(url.href)

  const counter = openRedis(redisUrl)
  await untilReady(counter)
  const number = await counter.incr('test:databases')
  counter.disconnect()
  const ownRedis = new URL(redisUrl)
  ownRedis.pathname = `/${number}`
  return {
    mysqlUrl: url.href,
    redisUrl: ownRedis.href,
    async drop() {
      await admin.query(`drop database ${name}`)
      await admin.end()
    },
  }
}

export type Shop = Deps & {
  mysqlUrl: string
  redisUrl: string
  addSale(sale?: Partial<Sale>): Promise<{ eventId: number; ticketTypeIds: number[] }>
  addPeople(count: number): Promise<Person[]>
  close(): Promise<void>
}
export type Sale = {
  title: string
  opensInMs: number
  closesInMs: number
  startsInMs: number
  limitPerPerson: number
  seats: number[]
}

const HOUR_MS = 3_600_000

/** The origin's parts on stores of their own, with ways to fill them. `overrides` replace parts, such as the clock. */
export async function openShop(
  settings: {
    writeBackMs?: number
    acknowledge?: 'redis' | 'mysql'
    redisUrl?: string
    /** Stores to be used as they are. */
    stores?: { redisUrl: string; mysqlUrl: string }
  } = {},
  overrides: Partial<Deps> = {},
): Promise<Shop> {
  const stores = settings.stores ? { ...settings.stores, drop: () => Promise.resolve() } : await freshStores(settings.redisUrl)
  const s3 = inject('stores').s3
  const deps = openDeps({
    listen: { hostname: '127.0.0.1', port: 0 },
    redisUrl: stores.redisUrl,
    mysqlUrl: stores.mysqlUrl,
    imageStore: { endpoint: s3.endpoint, bucket: s3.bucket, region: s3.region },
    tokenKeys,
    acknowledge: settings.acknowledge ?? 'redis',
    writeBackMs: settings.writeBackMs ?? 200,
    backlogLimit: 100_000,
    inventoryWatchMs: 3_600_000,
    catalogueMaxAgeMs: 0,
    fleet: { region: s3.region, groups: [], times: { leadMs: 0, holdMs: 0 } },
    drainMs: 0,
  }, () => {})
  await untilReady(deps.redis)
  return {
    ...deps,
    ...overrides,
    ...stores,
    async addSale(sale = {}) {
      const {
        title = `공연 ${randomUUID().slice(0, 8)}`,
        opensInMs = -HOUR_MS,
        closesInMs = 24 * HOUR_MS,
        startsInMs = 240 * HOUR_MS,
      } = sale
      const now = new Date()
      const inMs = (ms: number) => new Date(now.getTime() + ms)
      const eventId = await addEvent(deps.db, {
        title,
        titleEn: `${title} in English`,
        venue: '시험 홀',
        venueEn: 'Test Hall',
        startsAt: inMs(startsInMs),
        opensAt: inMs(opensInMs),
        closesAt: inMs(closesInMs),
        limitPerPerson: sale.limitPerPerson ?? 4,
        ticketTypes: (sale.seats ?? [100]).map((seats, i) => ({
          name: `${i + 1}등석`,
          nameEn: `Grade ${i + 1}`,
          price: 10_000 * (i + 1),
          seats,
        })),
      }, { now })
      const types = await deps.db.query.ticketTypes.findMany({ where: (type, { eq }) => eq(type.eventId, eventId) })
      return { eventId, ticketTypeIds: types.sort((a, b) => a.sortOrder - b.sortOrder).map(({ id }) => id) }
    },
    async addPeople(count) {
      const people: Person[] = []
      for (let start = 0; start < count; start += 1_000) {
        const names = Array.from({ length: Math.min(1_000, count - start) }, () => randomBytes(5).toString('hex'))
        const [{ insertId }] = await deps.db.insert(users).values(
          names.map((nickname) => ({ email: `${nickname}@test.example`, passwordHash: '-', nickname, createdAt: new Date() })),
        )
        names.forEach((nickname, i) => people.push({ id: insertId + i, nickname, role: 'user' }))
      }
      return people
    },
    async close() {
      await deps.close()
      await stores.drop()
    },
  }
}

/** The headers that a person with a pass of this event sends. */
export async function buyerHeaders(
  person: Person,
  eventId: number,
  wish: { passId?: string; expiresInMs?: number; room?: string; epoch?: number } = {},
) {
  const expiresAtMs = Date.now() + (wish.expiresInMs ?? 600_000)
  const pass = {
    id: wish.passId ?? randomUUID(),
    room: wish.room ?? eventRoom(eventId),
    epoch: wish.epoch ?? 1,
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

/** A Redis for one test file alone: to be stopped and started, or to have its commands counted. */
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
