import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis'
import { readFileSync } from 'node:fs'

/** No command may take longer than this. */
const COMMAND_DEADLINE_MS = 1_000

const CONNECTION = {
  commandTimeout: COMMAND_DEADLINE_MS,
  connectTimeout: COMMAND_DEADLINE_MS,
  // A connection that says nothing while it is asked is given up: its server may be gone without a word.
  socketTimeout: 3 * COMMAND_DEADLINE_MS,
} satisfies RedisOptions
const ALIKE = { enableAutoPipelining: true, enableOfflineQueue: false, lazyConnect: true } satisfies RedisOptions & ClusterOptions
/** Of every Redis Cluster. */
const SLOTS = 16_384
const nextTryMs = (attempt: number) => Math.min(50 * attempt, 500)

/**
 * Opens Redis: one server, or with `?cluster=yes` a cluster, which is spoken to alike. Commands issued in the same turn of the event loop travel
 * together; a command fails at once while Redis is away and after its deadline when it does not answer, so that nothing hangs; the
 * connection comes back by itself. `onChange` hears of every loss and return, once each. Throws for an address that cannot be meant.
 */
export function openRedis(url: string, onChange: (state: 'ready' | 'lost', cause?: Error) => void = () => {}): Redis {
  const redis = isCluster(url) ? openCluster(new URL(url)) : new Redis(url.replace(/\?.*$/, ''), {
    ...{ ...ALIKE, ...CONNECTION },
    maxRetriesPerRequest: 0,
    retryStrategy: nextTryMs,
  })
  let lost = false
  redis.on('ready', () => {
    lost = false
    readyAt.set(redis, performance.now())
    onChange('ready')
  })
  redis.on('error', (cause: Error) => {
    if (!lost) onChange('lost', cause)
    lost = true
  })
  redis.connect().catch(() => {/* reported by 'error'; it goes on trying */})
  return redis
}

function isCluster(url: string): boolean {
  const { searchParams } = new URL(url)
  const unknown = [...searchParams.keys()].find((name) => name !== 'cluster')
  if (unknown !== undefined) throw new Error(`REDIS_URL has "?${unknown}", of which nothing is known; "?cluster=yes" is`)
  const cluster = searchParams.get('cluster') ?? 'no'
  if (cluster !== 'yes' && cluster !== 'no') throw new Error(`REDIS_URL has "?cluster=${cluster}": it is yes or no`)
  return cluster === 'yes'
}

/** A cluster by any of its nodes. A command that was sent to a node that is gone, or no longer the master, is sent thrice more at most. */
function openCluster({ protocol, hostname, port, username, password }: URL): Redis {
  const cluster = new Cluster([{ host: hostname, port: Number(port || 6379) }], {
    ...ALIKE,
    maxRedirections: 3,
    retryDelayOnFailover: 100,
    retryDelayOnClusterDown: 100,
    clusterRetryStrategy: nextTryMs,
    slotsRefreshTimeout: COMMAND_DEADLINE_MS,
    // What travels together is chosen by the first key, which this one names behind a number: it would be put with those of another node.
    autoPipeliningIgnoredCommands: ['reserveSeats'],
    // Commands that travel together are told of a move, and do not follow it.
    slotsRefreshInterval: 1_000,
    // Nodes are known by names that their certificates have.
    dnsLookup: (address, done) => done(null, address),
    redisOptions: {
      ...CONNECTION,
      ...(username && { username: decodeURIComponent(username) }),
      ...(password && { password: decodeURIComponent(password) }),
      ...(protocol === 'rediss:' && { tls: {} }),
    },
  })
  // Our functions take what both have in common.
  return cluster as unknown as Redis
}

const readyAt = new WeakMap<Redis, number>()
/** How long a connection has been good, ms; 0 for one that has not been yet. */
export const connectedForMs = (redis: Redis): number => performance.now() - (readyAt.get(redis) ?? performance.now())

/** The servers that hold the data between them: the one, or each master of a cluster. Throws when not all of them are known. */
export function mastersOf(redis: Redis): Redis[] {
  const connection: unknown = redis
  if (!(connection instanceof Cluster)) return [redis]
  const masters = connection.nodes('master')
  const known = new Set(masters.map(({ options: { host, port } }) => `${host}:${port}`))
  for (let slot = 0; slot < SLOTS; slot++) {
    if (!known.has(connection.slots[slot]?.[0] ?? '')) {
      throw new Error(`CLUSTERDOWN No master is connected that holds slot ${slot}`)
    }
  }
  return masters
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
