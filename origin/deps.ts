import { AutoScalingClient } from '@aws-sdk/client-auto-scaling'
import type { Redis } from 'ioredis'
import { type Database, openDatabase } from '../db/mysql.ts'
import { openRedis } from '../db/redis/client.ts'
import { defineSaleScripts } from '../db/redis/sale/sale.ts'
import { createSeatBatcher, defineSeatScripts, type ReserveSeats } from '../db/redis/sale/seats.ts'
import type { TokenKeys } from '../edge/contract/tokens.ts'
import { type InventoryWatch, openInventoryWatch } from './inventory-audit.ts'
import { type Catalogue, openCatalogue } from './catalogue-refresh.ts'
import type { Config } from './config.ts'
import { openFleetPlan } from './fleet.ts'
import { type ImageStore, openImageStore } from './images.ts'
import { type Log, logToStdout } from '../runtime/log.ts'
import { type Metrics, openMetrics } from './metrics.ts'
import { createPasswords, type Passwords } from './passwords.ts'
import { openWriteBack, type WriteBack } from './write-back.ts'

/** What the origin owns while it runs. Functions take the part that they use. */
export type Deps = {
  db: Database
  redis: Redis
  reserveSeats: ReserveSeats
  images: ImageStore
  catalogue: Catalogue
  writeBack: WriteBack
  inventoryWatch: InventoryWatch
  metrics: Pick<Metrics, 'text'>
  tokenKeys: TokenKeys
  passwords: Passwords
  acknowledge: 'redis' | 'mysql'
  /** Entries of an event that may wait for MySQL before it takes no more bookings. */
  backlogLimit: number
  now(): Date
  /** A new UUID of version 7. */
  newId(): string
  log: Log
}

/** Opens the stores and what runs beside requests; `close` ends the write-back with a last round, then the connections. */
export function openDeps(config: Config, writeLine: Log = logToStdout()): Deps & { close(): Promise<void> } {
  const metrics = openMetrics(writeLine)
  const { log } = metrics
  const now = () => new Date()
  const newId = () => Bun.randomUUIDv7()
  const { db, close: closeDatabase } = openDatabase(config.mysqlUrl)
  const redis = openRedis(config.redisUrl, (state, cause) => log(`redis_${state}`, cause && { error: cause.message }))
  defineSaleScripts(redis)
  defineSeatScripts(redis)
  const writeBack = openWriteBack({ db, redis, log, now }, config.writeBackMs)
  const books = openInventoryWatch({ db, redis, log, now, newId }, config.inventoryWatchMs)
  const catalogue = openCatalogue({ db, log }, config.catalogueMaxAgeMs)
  const { groups, region } = config.fleet
  const scaling = new AutoScalingClient({ region, maxAttempts: 2 })
  const fleet = groups.length > 0 ? openFleetPlan({ db, log, now, scaling }, config.fleet) : null
  metrics.watch(writeBack, books)
  return {
    db,
    redis,
    reserveSeats: createSeatBatcher(redis),
    writeBack,
    inventoryWatch: books,
    catalogue,
    metrics,
    images: openImageStore(config.imageStore),
    tokenKeys: config.tokenKeys,
    passwords: createPasswords(),
    acknowledge: config.acknowledge,
    backlogLimit: config.backlogLimit,
    now,
    newId,
    log,
    async close() {
      await fleet?.close()
      await catalogue.close()
      await books.close()
      await writeBack.close()
      redis.disconnect()
      await closeDatabase()
    },
  }
}
