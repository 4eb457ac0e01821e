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
 * connection comes back by itself. `onChange` hears of every loss and return, once each; a cluster is lost while one of its masters is. Throws
 * for an address that cannot be meant.
 */
export function openRedis(url: string, onChange: (state: 'ready' | 'lost', cause?: Error) => void = () => {}): Redis {
  const redis = isCluster(url) ? openCluster(new URL(url)) : new Redis(url.replace(/\?.*$/, ''), {
    ...{ ...ALIKE, ...CONNECTION },
    maxRetriesPerRequest: 0,
    retryStrategy: nextTryMs,
  })
  let lost = false
  const tellReady = () => {
    lost = false
    readyAt.set(redis, performance.now())
    onChange('ready')
  }
  const tellLost = (cause: Error) => {
    if (!lost) onChange('lost', cause)
    lost = true
  }
  redis.on('ready', tellReady)
  redis.on('error', tellLost)
  const connection: unknown = redis
  if (connection instanceof Cluster) watchMasters(connection, tellLost, () => lost && tellReady())
  redis.connect().catch(() => {/* reported by 'error'; it goes on trying */})
  return redis
}

function isCluster(url: string): boolean {
  const { searchParams, pathname } = new URL(url)
  const unknown = [...searchParams.keys()].find((name) => name !== 'cluster')
  if (unknown !== undefined) throw new Error(`REDIS_URL has "?${unknown}", of which nothing is known; "?cluster=yes" is`)
  const cluster = searchParams.has('cluster') ? searchParams.getAll('cluster').join(' and ') : 'no'
  if (cluster !== 'yes' && cluster !== 'no') throw new Error(`REDIS_URL has "?cluster=${cluster}": it is yes or no`)
  if (cluster === 'yes' && !['', '/', '/0'].includes(pathname)) {
    throw new Error(`REDIS_URL has the database "${pathname}": a cluster has none but 0`)
  }
  return cluster === 'yes'
}

/**
 * A cluster by any of its nodes. A command that was sent to a node that is gone, or no longer the master, is sent twice more at most, so that
 * it may take three deadlines.
 */
function openCluster({ protocol, hostname, port, username, password }: URL): Redis {
  const cluster = new Cluster([{ host: hostname, port: Number(port || 6379) }], {
    ...ALIKE,
    maxRedirections: 2,
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

/** A cluster tells of its first node and of its last. This hears of each master that is lost, and of each look that finds them all again. */
function watchMasters(cluster: Cluster, tellLost: (cause: Error) => void, tellWhole: () => void): void {
  const away = new Set<string>()
  cluster.on('+node', (node: Redis) => node.once('ready', () => away.delete(nameOf(node))))
  cluster.on('-node', (node: Redis) => {
    // A node that holds nothing is no loss, nor is any when the connection is closed.
    if (cluster.status !== 'ready' || !cluster.slots.some(([master]) => master === nameOf(node))) return
    away.add(nameOf(node))
    tellLost(new Error(`CLUSTERDOWN The master ${nameOf(node)} is away`))
  })
  cluster.on('refresh', () => {
    if (!cluster.slots.some(([master = '']) => away.has(master))) tellWhole()
  })
  cluster.on('ready', () => away.clear())
}

const nameOf = ({ options: { host, port } }: Redis): string => `${host}:${port}`

const readyAt = new WeakMap<Redis, number>()
/** How long a connection has been good, ms; 0 for one that has not been yet. */
export const connectedForMs = (redis: Redis): number => performance.now() - (readyAt.get(redis) ?? performance.now())

/** The servers that hold the data between them: the one, or each master of a cluster. Throws when not all of them are known. */
export function mastersOf(redis: Redis): Redis[] {
  const connection: unknown = redis
  if (!(connection instanceof Cluster)) return [redis]
  const masters = connection.nodes('master')
  const known = new Set(masters.map(nameOf))
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
