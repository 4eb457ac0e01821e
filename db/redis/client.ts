import {
  type Callback,
  type ChainableCommander,
  Cluster,
  type ClusterOptions,
  type Command,
  Pipeline,
  Redis,
  type RedisOptions,
} from 'ioredis'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { StoreUnavailable } from '../store-unavailable.ts'
import { isRedisUnavailable } from './errors.ts'

/** Deadline of each command. A command that a cluster redirects may take three of them. */
const COMMAND_TIMEOUT_MS = 1_000

const CONNECTION = {
  commandTimeout: COMMAND_TIMEOUT_MS,
  connectTimeout: COMMAND_TIMEOUT_MS,
  // Closes a connection on which an expected reply does not arrive: the server may have vanished without closing it.
  socketTimeout: 3 * COMMAND_TIMEOUT_MS,
} satisfies RedisOptions
const COMMON = { enableAutoPipelining: true, enableOfflineQueue: false, lazyConnect: true } satisfies
  & RedisOptions
  & ClusterOptions
/** The number of hash slots in every Redis Cluster. */
const SLOTS = 16_384
const reconnectDelayMs = (attempt: number) => Math.min(50 * attempt, 500)

/**
 * Opens Redis: one server, or a cluster with `?cluster=yes`. Both take the same commands. Commands issued in the same turn of the event loop
 * are pipelined. A command rejects with `StoreUnavailable` at once while the connection is down, and after its deadline without a reply.
 * The client reconnects automatically. It calls `onChange` once for each loss and each recovery; a cluster counts as lost while any of its
 * masters is lost. Throws for an invalid address.
 */
export function openRedis(url: string, onChange: (state: 'ready' | 'lost', cause?: Error) => void = () => {}): Redis {
  const connection = isCluster(url) ? openCluster(new URL(url)) : openServer(url)
  let isLost = false
  const setReady = () => {
    isLost = false
    connection.readyAtMs = performance.now()
    onChange('ready')
  }
  const setLost = (cause: Error) => {
    if (!isLost) onChange('lost', cause)
    isLost = true
  }
  connection.on('ready', setReady)
  connection.on('error', setLost)
  if (connection instanceof Cluster) watchMasters(connection, setLost, () => isLost && setReady())
  connection.connect().catch(() => {/* the event 'error' reports it, and the client keeps trying */})
  // The commands that this project uses have the same types on both.
  return connection as unknown as Redis
}

/** Whether an address names a cluster. Throws for options that are unknown or contradict each other. */
function isCluster(url: string): boolean {
  const { searchParams, pathname } = new URL(url)
  const unknown = [...searchParams.keys()].find((name) => name !== 'cluster')
  if (unknown !== undefined) throw new Error(`REDIS_URL has the unknown option "?${unknown}"; only "?cluster=yes" is allowed`)
  const cluster = searchParams.has('cluster') ? searchParams.getAll('cluster').join(' and ') : 'no'
  if (cluster !== 'yes' && cluster !== 'no') throw new Error(`REDIS_URL has "?cluster=${cluster}": it must be yes or no`)
  if (cluster === 'yes' && !['', '/', '/0'].includes(pathname)) {
    throw new Error(`REDIS_URL has the database "${pathname}": a cluster has only database 0`)
  }
  return cluster === 'yes'
}

function openServer(url: string): ServerConnection {
  return new ServerConnection(url.replace(/\?.*$/, ''), {
    ...COMMON,
    ...CONNECTION,
    maxRetriesPerRequest: 0,
    retryStrategy: reconnectDelayMs,
  })
}

/** Opens a cluster through any of its nodes. A command is retried at most twice when its node is down or no longer the master. */
function openCluster({ protocol, hostname, port, username, password }: URL): ClusterConnection {
  return new ClusterConnection([{ host: hostname, port: Number(port || 6379) }], {
    ...COMMON,
    maxRedirections: 2,
    retryDelayOnFailover: 100,
    retryDelayOnClusterDown: 100,
    clusterRetryStrategy: reconnectDelayMs,
    slotsRefreshTimeout: COMMAND_TIMEOUT_MS,
    // ioredis picks the node for a pipelined command by its first argument. For this script that is the number of keys, not a key.
    autoPipeliningIgnoredCommands: ['reserveSeats'],
    // Pipelined commands do not follow a MOVED reply, so the slot table is refreshed every second.
    slotsRefreshInterval: 1_000,
    // Connect to the names that nodes announce: their certificates carry names, not addresses.
    dnsLookup: (address, done) => done(null, address),
    redisOptions: {
      ...CONNECTION,
      ...(username && { username: decodeURIComponent(username) }),
      ...(password && { password: decodeURIComponent(password) }),
      ...(protocol === 'rediss:' && { tls: {} }),
    },
  })
}

/** Converts an error of ioredis that means an unavailable store, and keeps its message; returns every other error unchanged. */
function toStoreUnavailable(error: Error): Error {
  if (error instanceof StoreUnavailable || !isRedisUnavailable(error)) return error
  return new StoreUnavailable('redis', error.message, { cause: error })
}

type ServerStream = Parameters<Redis['sendCommand']>[1]
type ClusterStream = Parameters<Cluster['sendCommand']>[1]

/** Converts the errors of a command before ioredis rejects its promise. This includes pipelined commands and scripts. */
function convertErrors(command: Command): void {
  const { reject } = command
  command.reject = (error) => reject.call(command, toStoreUnavailable(error))
}

/** Closes a connection whose replies cannot be trusted; the client opens a new one. Commands in flight reject with `StoreUnavailable`. */
export function replaceConnection(connection: Redis | Cluster, cause: StoreUnavailable): void {
  connection.emit('error', cause)
  for (const server of connection instanceof Cluster ? connection.nodes() : [connection]) server.stream?.destroy()
}

class ServerConnection extends Redis {
  /** When the connection was last established, by the monotonic clock; null before. */
  readyAtMs: number | null = null

  override sendCommand(command: Command, stream?: ServerStream): unknown {
    convertErrors(command)
    return super.sendCommand(command, stream)
  }
}

/** Where ioredis sends a pipeline of a cluster: it sets `redis` when it has chosen the server. */
const isDestination = (node: unknown): node is { redis?: Redis } => typeof node === 'object' && node !== null

class ClusterConnection extends Cluster {
  /** When all masters were last reachable again, by the monotonic clock; null before. */
  readyAtMs: number | null = null

  /** The destinations of pipelines of which a command found no ready server. */
  readonly #unsent = new WeakSet<object>()

  /** Cluster follows redirections by the original errors; `convertErrors` receives the final error. */
  override sendCommand(command: Command, stream?: ClusterStream, node?: unknown): unknown {
    convertErrors(command)
    if (!isDestination(node)) return super.sendCommand(command, stream, node)
    // A pipeline is sent once all its commands are written. If ioredis rejects the first for want of a ready server, it chooses again for the
    // others: it queues them for a server that may be ready but never gets them, and all later replies of that server go to wrong commands.
    if (this.#unsent.has(node)) command.reject(new Error('Connection is closed.'))
    else super.sendCommand(command, stream, node)
    if (!node.redis) this.#unsent.add(node)
    return command.promise
  }

  /** A cluster also rejects whole pipelines, when their slots move before they are sent. */
  override pipeline(commands?: unknown[][]): ChainableCommander {
    const pipeline = super.pipeline(commands)
    if (!(pipeline instanceof Pipeline)) throw new TypeError('ioredis returned an unknown pipeline')
    const { reject } = pipeline
    pipeline.reject = (error) => reject.call(pipeline, toStoreUnavailable(error))
    return pipeline
  }

  override delayUntilReady(callback: Callback): void {
    super.delayUntilReady((error) => callback(error && toStoreUnavailable(error)))
  }
}

/**
 * Reports the loss and the recovery of single masters. ioredis itself emits only the loss of a cluster's last node. `onAllFound` runs after
 * each refresh of the slot table in which every master that holds slots is connected.
 */
function watchMasters(cluster: Cluster, onLost: (cause: Error) => void, onAllFound: () => void): void {
  const missing = new Set<string>()
  cluster.on('+node', (node: Redis) => node.once('ready', () => missing.delete(nameOf(node))))
  cluster.on('-node', (node: Redis) => {
    // The loss of a node without slots does not matter, nor does any loss after the connection is closed.
    if (cluster.status !== 'ready' || !cluster.slots.some(([master]) => master === nameOf(node))) return
    missing.add(nameOf(node))
    onLost(new StoreUnavailable('redis', `The master ${nameOf(node)} is unreachable`))
  })
  cluster.on('refresh', () => {
    if (!cluster.slots.some(([master = '']) => missing.has(master))) onAllFound()
  })
  cluster.on('ready', () => missing.clear())
}

const nameOf = ({ options: { host, port } }: Redis): string => `${host}:${port}`

/** How long a connection of `openRedis` has been established, ms; 0 before the first time. */
export function connectedForMs(redis: Redis): number {
  const connection: unknown = redis
  if (!(connection instanceof ServerConnection || connection instanceof ClusterConnection)) {
    throw new TypeError('The connection was not opened by openRedis')
  }
  return connection.readyAtMs === null ? 0 : performance.now() - connection.readyAtMs
}

/** All keys that match a pattern, on one server or on all masters of a cluster. Throws unless every slot is covered. */
export async function* scanKeys(redis: Redis, pattern: string): AsyncGenerator<string> {
  for (const server of mastersOf(redis)) {
    let cursor = '0'
    do {
      // The connection to a single node of a cluster does not convert errors itself.
      const [next, keys] = await server.scan(cursor, 'MATCH', pattern, 'COUNT', 1_000).catch((error) => {
        throw toStoreUnavailable(error)
      })
      yield* keys
      cursor = next
    } while (cursor !== '0')
  }
}

/** The servers that together hold all data. Throws when a slot has no connected master. */
function mastersOf(redis: Redis): Redis[] {
  const connection: unknown = redis
  if (!(connection instanceof Cluster)) return [redis]
  const masters = connection.nodes('master')
  const connected = new Set(masters.map(nameOf))
  for (let slot = 0; slot < SLOTS; slot++) {
    if (!connected.has(connection.slots[slot]?.[0] ?? '')) {
      throw new StoreUnavailable('redis', `No connected master holds slot ${slot}`)
    }
  }
  return masters
}

/** Waits until Redis replies; throws after `timeoutMs`. */
export async function untilReady(redis: Redis, timeoutMs = 10_000): Promise<void> {
  const timeout = AbortSignal.timeout(timeoutMs)
  while (true) {
    try {
      await redis.ping()
      return
    } catch (cause) {
      if (timeout.aborted) throw new Error('Cannot reach Redis', { cause })
      await sleep(50)
    }
  }
}

/** Reads a Lua script by its path below this folder, without the extension. */
export const readScript = (name: string) => readFileSync(new URL(`./${name}.lua`, import.meta.url), 'utf8')
