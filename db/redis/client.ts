import { Redis } from 'ioredis'
import { readFileSync } from 'node:fs'

/** No command may take longer than this. */
const COMMAND_DEADLINE_MS = 1_000

/**
 * Opens one connection. Commands issued in the same turn of the event loop travel together; a command fails at once while Redis is
 * away and after its deadline when it does not answer, so that nothing hangs; the connection comes back by itself.
 * `onChange` hears of every loss and return, once each.
 */
export function openRedis(url: string, onChange: (state: 'ready' | 'lost', cause?: Error) => void = () => {}): Redis {
  const redis = new Redis(url, {
    enableAutoPipelining: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_DEADLINE_MS,
    connectTimeout: COMMAND_DEADLINE_MS,
    // A connection that says nothing while it is asked is given up: its server may be gone without a word.
    socketTimeout: 3 * COMMAND_DEADLINE_MS,
    retryStrategy: (attempt) => Math.min(50 * attempt, 500),
    lazyConnect: true,
  })
  let lost = false
  redis.on('ready', () => {
    lost = false
    readyAt.set(redis, performance.now())
    onChange('ready')
    readRun(redis).catch(() => {/* it is read again when a sale is checked */})
  })
  // From here to the next ready nobody knows which server will answer.
  redis.on('close', () => runs.delete(redis))
  redis.on('error', (cause: Error) => {
    if (!lost) onChange('lost', cause)
    lost = true
  })
  redis.connect().catch(() => {/* reported by 'error'; it goes on trying */})
  return redis
}

const readyAt = new WeakMap<Redis, number>()
/** How long a connection has been good, ms; 0 for one that has not been yet. */
export const connectedForMs = (redis: Redis): number => performance.now() - (readyAt.get(redis) ?? performance.now())

const runs = new WeakMap<Redis, string>()

/**
 * The run of the server behind a connection, as far as it is known: another one after each restart and each failover, when the data may
 * be older than what was answered. Empty while it is not known.
 */
export const knownRun = (redis: Redis): string => runs.get(redis) ?? ''

/** Asks the server for its run. Throws when it does not answer. */
export async function readRun(redis: Redis): Promise<string> {
  const run = (await redis.info('server')).match(/^run_id:(\w+)/m)?.[1] ?? ''
  runs.set(redis, run)
  return run
}

/** Waits until the connection answers; throws when it does not within `deadlineMs`. */
export async function untilReady(redis: Redis, deadlineMs = 10_000): Promise<void> {
  const giveUpAt = Date.now() + deadlineMs
  while (true) {
    try {
      await redis.ping()
      return
    } catch (cause) {
      if (Date.now() > giveUpAt) throw new Error('Cannot reach Redis', { cause })
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

/** Reads a Lua script that lies beside this file. */
export const readScript = (name: string) => readFileSync(new URL(`./${name}.lua`, import.meta.url), 'utf8')
