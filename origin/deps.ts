import { AutoScalingClient } from '@aws-sdk/client-auto-scaling'
import type { Redis } from 'ioredis'
import { type Database, openDatabase } from '../db/mysql.ts'
import { openRedis } from '../db/redis/client.ts'
import { openLiveReporter } from '../db/redis/live/live-reporter.ts'
import { defineLoginScripts } from '../db/redis/login/login-attempts.ts'
import { openRevokedSessions, type RevokedSessions } from '../db/redis/revoked-sessions.ts'
import { defineSaleChangeScripts } from '../db/redis/sale/sale-change.ts'
import { defineOperateScript } from '../db/redis/room/operate.ts'
import { defineRoomScripts } from '../db/redis/room/room.ts'
import { defineSaleScripts } from '../db/redis/sale/sale.ts'
import { defineBuyerScript } from '../db/redis/sale/buyer.ts'
import { createBookingMemory, defineRecentBookingScripts, type RememberBooking } from '../db/redis/sale/recent-bookings.ts'
import { createSeatBatcher, defineSeatScripts, type ReserveSeats } from '../db/redis/sale/seats.ts'
import type { TokenKeys } from '../edge/contract/tokens.ts'
import { createFairQueue } from '../runtime/fair-queue.ts'
import { type Log, logToStdout } from '../runtime/log.ts'
import { createSingleFlight } from '../runtime/single-flight.ts'
import { openResetRequests, type ResetRequests } from './account/reset-requests.ts'
import { type Catalogue, openCatalogue } from './catalogue-refresh.ts'
import type { Config } from './config.ts'
import { type EventCancellations, openEventCancellations } from './event-cancellation.ts'
import { openFleetPlan } from './fleet.ts'
import { createGroupCommit, type FindCommitted } from './group-commit.ts'
import { createHeavyReads, type HeavyReads } from './heavy-reads.ts'
import { createImageEncoder, type ImageEncoder } from './admin/image-encoder.ts'
import { openImageCollection } from './image-collection.ts'
import { type ImageStore, openImageStore } from './images.ts'
import { type InventoryWatch, openInventoryWatch } from './inventory-watch.ts'
import { type LiveBoards, openLiveBoards } from './live/live-boards.ts'
import { openLiveRecorder } from './live/live-recorder.ts'
import { createLoginGuard, type LoginGuard } from './login-guard.ts'
import { type Mailer, openMailer } from './mail/mailer.ts'
import { openSmtp } from './mail/smtp.ts'
import { type Metrics, openMetrics } from './metrics.ts'
import { type MysqlHealth, openMysqlHealth } from './mysql-health.ts'
import { createPasswords, type Passwords } from './passwords.ts'
import { openRoomCarrier, type RoomCarrier } from './room-carrier.ts'
import { openRehearsals, type Rehearsals } from './rehearsal/rehearsals.ts'
import { createRoomEpochs, type FindRoomEpoch } from './room-epochs.ts'
import { createSaleFacts, type FindSaleFacts } from './sale-facts.ts'
import { type PutOnSale, putOnSale } from './sale-loader.ts'
import { CODE_RULES } from './second-factor.ts'
import { openSecondFactorUpkeep } from './second-factor-upkeep.ts'
import { openSessionPurge } from './session-purge.ts'
import { type CountRenewed, createRenewedRequests } from './renewed-requests.ts'
import { createSessionRenewals, type RenewSession } from './session-renewals.ts'
import { createTicketDocuments, type RenderTickets } from './ticket-documents.ts'
import type { TicketKeys } from './ticket-keys.ts'
import { createTicketViews, type TicketViews } from './ticket-views.ts'
import { openWriteBack, type WriteBack } from './write-back.ts'

/** The parts of a running origin. Each function takes only the parts that it uses. */
export type Deps = {
  db: Database
  /** A few connections for the admin pages alone, so that operators do not wait behind the queries of buyers. */
  operatorDb: Database
  mysqlHealth: MysqlHealth
  redis: Redis
  reserveSeats: ReserveSeats
  rememberBooking: RememberBooking
  images: ImageStore
  imageEncoder: ImageEncoder
  catalogue: Catalogue
  /** `putOnSale` of sale-loader.ts; concurrent calls for one event share a run. */
  putOnSale(eventId: number): Promise<PutOnSale>
  findSaleFacts: FindSaleFacts
  findRoomEpoch: FindRoomEpoch
  roomCarrier: RoomCarrier
  writeBack: WriteBack
  findCommitted: FindCommitted
  inventoryWatch: InventoryWatch
  eventCancellations: EventCancellations
  heavyReads: HeavyReads
  /** Downloads of people's own data, in fair shares of accounts. */
  dataExports: ReturnType<typeof createFairQueue>
  rehearsals: Rehearsals
  metrics: Pick<Metrics, 'text'>
  liveBoards: LiveBoards
  tokenKeys: TokenKeys
  ticketKeys: TicketKeys
  ticketViews: TicketViews
  renderTickets: RenderTickets
  passwords: Passwords
  loginGuard: LoginGuard
  /** Slows down guesses of one-time codes. */
  codeGuard: LoginGuard
  /** Whether the admin pages need a session with a second factor, or only for operators who have one. */
  operatorTwoFactor: 'required' | 'optional'
  revokedSessions: RevokedSessions
  renewSession: RenewSession
  countRenewed: CountRenewed
  mailer: Mailer
  resetRequests: ResetRequests
  /** The address by which buyers reach the shop, without a path; null if it is not configured. */
  publicUrl: string | null
  /** Whether a booking is confirmed when Redis has it, or when MySQL has committed it. */
  acknowledge: 'redis' | 'mysql'
  /** An event rejects bookings while this many of its log entries wait for MySQL. */
  backlogLimit: number
  now(): Date
  /** A new UUID of version 7. */
  newId(): string
  log: Log
}

/**
 * Connections to MySQL by purpose. Sales have their own, so that no number of open pages delays a booking that waits for its commit; and the
 * health check has one, so that a busy pool does not look like a lost server. Operators
 * have some besides, which are opened when they are first used.
 */
const CONNECTIONS = { pages: 10, sales: 6, health: 1, operators: 3 }

/** Each reads many rows, with one connection. */
const DATA_EXPORTS = { concurrency: 1, perClient: 2, total: 20, maxWaitMs: 5_000 }

/** How often each origin deletes expired refresh tokens. */
const SESSION_PURGE_MS = 10 * 60_000
const SECOND_FACTOR_UPKEEP_MS = 10 * 60_000
/** How often each origin writes the settings of rooms to Redis where they differ. */
const ROOM_CARRIER_MS = 2_000
/** How often each origin deletes images that are no longer used. */
const IMAGE_COLLECTION_MS = 10 * 60_000
/** How often each origin looks for rehearsals that were interrupted. */
const REHEARSAL_UPKEEP_MS = 10_000

/** Opens the stores and starts the background jobs. `close` stops the jobs, the write-back after a last run, then the connections. */
export function openDeps(config: Config, writeLine: Log = logToStdout()): Deps & { close(): Promise<void> } {
  const metrics = openMetrics(writeLine)
  const { log } = metrics
  const now = () => new Date()
  const newId = () => Bun.randomUUIDv7()
  const { db, close: closePages } = openDatabase(config.mysqlUrl, CONNECTIONS.pages)
  const { db: saleDb, close: closeSales } = openDatabase(config.mysqlUrl, CONNECTIONS.sales)
  const { db: healthDb, close: closeHealth } = openDatabase(config.mysqlUrl, CONNECTIONS.health)
  const { db: operatorDb, close: closeOperators } = openDatabase(config.mysqlUrl, CONNECTIONS.operators)
  const redis = openRedis(config.redisUrl, (state, cause) => log(`redis_${state}`, cause && { error: cause.message }))
  defineSaleScripts(redis)
  defineSaleChangeScripts(redis)
  defineRoomScripts(redis)
  defineOperateScript(redis)
  defineSeatScripts(redis)
  defineBuyerScript(redis)
  defineLoginScripts(redis)
  defineRecentBookingScripts(redis)
  const elapsedMs = () => performance.now()
  const mysqlHealth = openMysqlHealth({ db: healthDb, log, elapsedMs }, config.mysqlSlowMs)
  const writeBack = openWriteBack({ db: saleDb, redis, log, now }, config.writeBackMs)
  const inventoryWatch = openInventoryWatch({ db: saleDb, redis, log, now, newId }, config.inventoryWatchMs)
  const catalogue = openCatalogue({ db: saleDb, log, mysqlHealth, elapsedMs }, config.catalogueMaxAgeMs)
  const revokedSessions = openRevokedSessions({ redis, log, now: () => now().getTime() })
  const roomCarrier = openRoomCarrier({ db, redis, log, now }, ROOM_CARRIER_MS)
  const sessionPurge = openSessionPurge({ db, log, now }, SESSION_PURGE_MS)
  const secondFactorUpkeep = openSecondFactorUpkeep({ db, log, tokenKeys: config.tokenKeys }, SECOND_FACTOR_UPKEEP_MS)
  const images = openImageStore(config.imageStore)
  const imageCollection = openImageCollection({ db, images, log, now }, IMAGE_COLLECTION_MS)
  const fleetPlan = config.fleet.groups.length > 0 ? startFleetPlan({ db, log, now }, config.fleet) : null
  const smtp = config.mail.smtpUrl === null ? null : openSmtp(config.mail.smtpUrl, config.mail.from)
  if (!smtp) log('mail_disabled')
  const mailer = openMailer(
    { db, tokenKeys: config.tokenKeys, log, now, newId, send: smtp && smtp.send, publicUrl: config.mail.publicUrl },
    config.mail.everyMs,
  )
  const resetRequests = openResetRequests({ db, tokenKeys: config.tokenKeys, mailer, log, now, newId })
  metrics.watch(writeBack, inventoryWatch, mailer)
  const put = createSingleFlight((eventId: number) => putOnSale({ db: saleDb, redis, log, now }, eventId))
  const eventCancellations = openEventCancellations({ db, mysqlHealth, redis, log, now, putOnSale: put, writeBack })
  const live = openLiveReporter({
    redis,
    process: { id: newId(), kind: 'origin', version: config.release },
    health: () => ({ isHealthy: mysqlHealth.isAvailable(), lagMs: writeBack.status().lagMs }),
    rooms: () => [],
    now: Date.now,
    log,
  })
  metrics.countSales(live.add)
  const liveRecorder = openLiveRecorder({ db, redis, log, now, newId })
  const liveBoards = openLiveBoards({ redis, log, now })
  const rehearsals = openRehearsals(
    { db, redis, log, writeBack, putOnSale: put, tokenKeys: config.tokenKeys, now, newId, elapsedMs },
    { edgeUrl: config.edgeUrl, everyMs: REHEARSAL_UPKEEP_MS },
  )
  const ticketViews = createTicketViews(config.ticketKeys)
  return {
    db,
    operatorDb,
    mysqlHealth,
    redis,
    reserveSeats: createSeatBatcher(redis),
    rememberBooking: createBookingMemory(redis),
    putOnSale: put,
    findSaleFacts: createSaleFacts({ db: saleDb, catalogue, mysqlHealth }),
    findRoomEpoch: createRoomEpochs(redis),
    roomCarrier,
    writeBack,
    findCommitted: createGroupCommit({ db: saleDb, writeBack }),
    inventoryWatch,
    eventCancellations,
    heavyReads: createHeavyReads(),
    dataExports: createFairQueue(DATA_EXPORTS),
    rehearsals,
    catalogue,
    metrics,
    liveBoards,
    images,
    imageEncoder: createImageEncoder(),
    tokenKeys: config.tokenKeys,
    ticketKeys: config.ticketKeys,
    ticketViews,
    renderTickets: createTicketDocuments(elapsedMs),
    passwords: createPasswords(),
    loginGuard: createLoginGuard(redis),
    codeGuard: createLoginGuard(redis, CODE_RULES),
    operatorTwoFactor: config.operatorTwoFactor,
    revokedSessions,
    renewSession: createSessionRenewals({ db, tokenKeys: config.tokenKeys, revokedSessions, mysqlHealth, now, newId }),
    countRenewed: createRenewedRequests(now),
    mailer,
    resetRequests,
    publicUrl: config.publicUrl,
    acknowledge: config.acknowledge,
    backlogLimit: config.backlogLimit,
    now,
    newId,
    log,
    async close() {
      await rehearsals.close()
      await resetRequests.close()
      await mailer.close()
      smtp?.close()
      await fleetPlan?.close()
      await ticketViews.close()
      await roomCarrier.close()
      await liveBoards.close()
      await liveRecorder.close()
      await live.close()
      await imageCollection.close()
      await sessionPurge.close()
      await secondFactorUpkeep.close()
      await revokedSessions.close()
      await catalogue.close()
      await mysqlHealth.close()
      await inventoryWatch.close()
      await eventCancellations.close()
      await writeBack.close()
      redis.disconnect()
      await Promise.all([closePages(), closeSales(), closeHealth(), closeOperators()])
    },
  }
}

function startFleetPlan(parts: Pick<Deps, 'db' | 'log' | 'now'>, fleet: Config['fleet']) {
  const scaling = new AutoScalingClient({ region: fleet.region, maxAttempts: 2 })
  return openFleetPlan({ ...parts, scaling }, fleet)
}
