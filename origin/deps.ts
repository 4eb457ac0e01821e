import { AutoScalingClient } from '@aws-sdk/client-auto-scaling'
import type { Redis } from 'ioredis'
import { type Database, openDatabase } from '../db/mysql.ts'
import { openRedis } from '../db/redis/client.ts'
import { defineLoginScripts } from '../db/redis/login/login-attempts.ts'
import { openRevokedSessions, type RevokedSessions } from '../db/redis/revoked-sessions.ts'
import { defineSaleChangeScripts } from '../db/redis/sale/sale-change.ts'
import { defineSaleScripts } from '../db/redis/sale/sale.ts'
import { createBookingMemory, defineRecentBookingScripts, type RememberBooking } from '../db/redis/sale/recent-bookings.ts'
import { createSeatBatcher, defineSeatScripts, type ReserveSeats } from '../db/redis/sale/seats.ts'
import type { TokenKeys } from '../edge/contract/tokens.ts'
import { type Log, logToStdout } from '../runtime/log.ts'
import { createSingleFlight } from '../runtime/single-flight.ts'
import { type Catalogue, openCatalogue } from './catalogue-refresh.ts'
import type { Config } from './config.ts'
import { openFleetPlan } from './fleet.ts'
import { createGroupCommit, type FindCommitted } from './group-commit.ts'
import { type ImageStore, openImageStore } from './images.ts'
import { type InventoryWatch, openInventoryWatch } from './inventory-watch.ts'
import { createLoginGuard, type LoginGuard } from './login-guard.ts'
import { type Metrics, openMetrics } from './metrics.ts'
import { type MysqlHealth, openMysqlHealth } from './mysql-health.ts'
import { createPasswords, type Passwords } from './passwords.ts'
import { openRehearsals, type Rehearsals } from './rehearsal/rehearsals.ts'
import { createRoomEpochs, type FindRoomEpoch } from './room-epochs.ts'
import { createSaleFacts, type FindSaleFacts } from './sale-facts.ts'
import { type PutOnSale, putOnSale } from './sale-loader.ts'
import { openSessionPurge } from './session-purge.ts'
import { openWriteBack, type WriteBack } from './write-back.ts'

/** The parts of a running origin. Each function takes only the parts that it uses. */
export type Deps = {
  db: Database
  mysqlHealth: MysqlHealth
  redis: Redis
  reserveSeats: ReserveSeats
  rememberBooking: RememberBooking
  images: ImageStore
  catalogue: Catalogue
  /** `putOnSale` of sale-loader.ts; concurrent calls for one event share a run. */
  putOnSale(eventId: number): Promise<PutOnSale>
  findSaleFacts: FindSaleFacts
  findRoomEpoch: FindRoomEpoch
  writeBack: WriteBack
  findCommitted: FindCommitted
  inventoryWatch: InventoryWatch
  rehearsals: Rehearsals
  metrics: Pick<Metrics, 'text'>
  tokenKeys: TokenKeys
  passwords: Passwords
  loginGuard: LoginGuard
  revokedSessions: RevokedSessions
  /** Whether a booking is confirmed when Redis has it, or when MySQL has committed it. */
  acknowledge: 'redis' | 'mysql'
  /** An event rejects bookings while this many of its log entries wait for MySQL. */
  backlogLimit: number
  now(): Date
  /** A new UUID of version 7. */
  newId(): string
  log: Log
}

/** How often each origin deletes expired refresh tokens. */
const SESSION_PURGE_MS = 10 * 60_000
/** How often each origin looks for rehearsals that were interrupted. */
const REHEARSAL_UPKEEP_MS = 10_000

/** Opens the stores and starts the background jobs. `close` stops the jobs, the write-back after a last run, then the connections. */
export function openDeps(config: Config, writeLine: Log = logToStdout()): Deps & { close(): Promise<void> } {
  const metrics = openMetrics(writeLine)
  const { log } = metrics
  const now = () => new Date()
  const newId = () => Bun.randomUUIDv7()
  const { db, close: closeDatabase } = openDatabase(config.mysqlUrl)
  const redis = openRedis(config.redisUrl, (state, cause) => log(`redis_${state}`, cause && { error: cause.message }))
  defineSaleScripts(redis)
  defineSaleChangeScripts(redis)
  defineSeatScripts(redis)
  defineLoginScripts(redis)
  defineRecentBookingScripts(redis)
  const elapsedMs = () => performance.now()
  const mysqlHealth = openMysqlHealth({ db, log, elapsedMs }, config.mysqlSlowMs)
  const writeBack = openWriteBack({ db, redis, log, now }, config.writeBackMs)
  const inventoryWatch = openInventoryWatch({ db, redis, log, now, newId }, config.inventoryWatchMs)
  const catalogue = openCatalogue({ db, log, mysqlHealth, elapsedMs }, config.catalogueMaxAgeMs)
  const revokedSessions = openRevokedSessions({ redis, log, now: () => now().getTime() })
  const sessionPurge = openSessionPurge({ db, log, now }, SESSION_PURGE_MS)
  const fleetPlan = config.fleet.groups.length > 0 ? startFleetPlan({ db, log, now }, config.fleet) : null
  metrics.watch(writeBack, inventoryWatch)
  const putOnSaleOnce = createSingleFlight((eventId: number) => putOnSale({ db, redis, log, now }, eventId))
  const rehearsals = openRehearsals(
    { db, redis, log, writeBack, putOnSale: putOnSaleOnce, tokenKeys: config.tokenKeys, now, newId, elapsedMs },
    { edgeUrl: config.edgeUrl, everyMs: REHEARSAL_UPKEEP_MS },
  )
  return {
    db,
    mysqlHealth,
    redis,
    reserveSeats: createSeatBatcher(redis),
    rememberBooking: createBookingMemory(redis),
    putOnSale: putOnSaleOnce,
    findSaleFacts: createSaleFacts({ db, catalogue, mysqlHealth }),
    findRoomEpoch: createRoomEpochs(redis),
    writeBack,
    findCommitted: createGroupCommit({ db, writeBack }),
    inventoryWatch,
    rehearsals,
    catalogue,
    metrics,
    images: openImageStore(config.imageStore),
    tokenKeys: config.tokenKeys,
    passwords: createPasswords(),
    loginGuard: createLoginGuard(redis),
    revokedSessions,
    acknowledge: config.acknowledge,
    backlogLimit: config.backlogLimit,
    now,
    newId,
    log,
    async close() {
      await rehearsals.close()
      await fleetPlan?.close()
      await sessionPurge.close()
      await revokedSessions.close()
      await catalogue.close()
      await mysqlHealth.close()
      await inventoryWatch.close()
      await writeBack.close()
      redis.disconnect()
      await closeDatabase()
    },
  }
}

function startFleetPlan(parts: Pick<Deps, 'db' | 'log' | 'now'>, fleet: Config['fleet']) {
  const scaling = new AutoScalingClient({ region: fleet.region, maxAttempts: 2 })
  return openFleetPlan({ ...parts, scaling }, fleet)
}
