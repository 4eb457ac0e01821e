import { Redis } from 'ioredis'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createFreshDatabase, type Database } from '../dev/fresh-database.ts'
import { freePort, type Running, startProcess } from '../dev/processes.ts'
import { makeSecrets } from '../dev/secrets.ts'
import { startStores, type Stores } from '../dev/stores.ts'
import { readTokenKeys, type TokenKeys } from '../edge/contract/tokens.ts'
import { profileInto } from './profile.ts'

const ROOT = resolve(import.meta.dirname, '..')
const PERMISSIONS = ['run', '--allow-net', '--allow-env', '--allow-read', '--allow-sys']

/** A running server under measurement. */
export type Server = { name: string; url: string; pid: number; stop(): Promise<void> }
export type Settings = Record<string, string>

/** Stores on free ports with data in a temporary folder, and the servers that a scenario starts in front of them. */
export type Stage = {
  dir: string
  /** The folder for CPU profiles; null to write none. */
  profiles: string | null
  redisUrl: string
  mysqlUrl: string
  redis: Redis
  db: Database
  /** The store of images. */
  s3: Stores['s3']
  tokenKeys: TokenKeys
  /** Process ids by name, of the stores and the running servers. */
  pids(): Map<string, number>
  startOrigin(settings?: Settings): Promise<Server>
  startEdge(origin: Server, settings?: Settings): Promise<Server>
  /** Starts a file of bench/baselines/ on the runtime that it is written for. */
  startBaseline(name: string, runtime: 'bun' | 'deno', settings?: Settings): Promise<Server>
  /** Stops all servers and empties the stores for the next scenario. */
  clear(): Promise<void>
  /** Stops everything. Idempotent. */
  close(): Promise<void>
}

/** Starts the stores of a stage. The servers' starters share one table, by which the stage stops them. */
export async function openStage(print: (line: string) => void, profiles: string | null = null): Promise<Stage> {
  const dir = await mkdtemp(join(tmpdir(), 'neticket-bench-'))
  const { tokenSecret, ...secrets } = makeSecrets()
  const stores = await startStores({ dir, print, secrets })
  const redis = new Redis(stores.redisUrl, { enableAutoPipelining: true })
  const { servers, start } = createServerTable(dir)
  let database = await createFreshDatabase(stores.mysqlUrl, 'bench_0')
  let databases = 1

  async function close() {
    await stopAll(servers)
    await database.close()
    redis.disconnect()
    await stores.stop()
    await rm(dir, { recursive: true, force: true })
  }
  let closing: Promise<void> | undefined
  const bin = (name: string) => join(ROOT, 'node_modules/.bin', name)
  const common = () => ({ REDIS_URL: stores.redisUrl, MYSQL_URL: database.url, TOKEN_SECRET: tokenSecret, TRUSTED_PROXIES: '1' })

  return {
    dir,
    profiles,
    redis,
    redisUrl: stores.redisUrl,
    s3: stores.s3,
    tokenKeys: readTokenKeys(tokenSecret),
    get mysqlUrl() {
      return database.url
    },
    get db() {
      return database.db
    },
    pids: () =>
      new Map([
        ...stores.started.filter(({ name }) => name !== 's3').map(({ name, running }) => [name, running.pid] as const),
        ...[...servers.values()].map(({ name, pid }) => [name, pid] as const),
      ]),
    async startOrigin(settings = {}) {
      const port = await freePort()
      return await start('origin', [bin('bun'), ...profileInto(profiles, 'origin'), join(ROOT, 'origin/main.ts')], port, {
        ...common(),
        ORIGIN_PORT: String(port),
        ...settings,
      })
    },
    async startEdge(origin, settings = {}) {
      const port = await freePort()
      // The load generator has few accounts: without this, joins would measure logins.
      const open = { ROOM_IDENTITY: 'anyone', ROOM_PROOF_OF_WORK: 'never' }
      const env = { ...common(), ...open, EDGE_PORT: String(port), ORIGIN_URL: origin.url, ...settings }
      return await start(
        'edge',
        [bin('deno'), ...PERMISSIONS, ...profileInto(profiles, 'edge'), join(ROOT, 'edge/main.ts')],
        port,
        env,
      )
    },
    async startBaseline(name, runtime, settings = {}) {
      const port = await freePort()
      const file = join(import.meta.dirname, 'baselines', `${name}.ts`)
      const command = runtime === 'deno' ? [bin('deno'), ...PERMISSIONS, file] : [bin('bun'), file]
      return await start(name, command, port, { ...common(), PORT: String(port), ...settings })
    },
    async clear() {
      await stopAll(servers)
      await database.drop()
      database = await createFreshDatabase(stores.mysqlUrl, `bench_${databases++}`)
      await redis.flushall('ASYNC')
    },
    close: () => (closing ??= close()),
  }
}

const stopAll = (servers: Map<string, Server>) => Promise.all([...servers.values()].map((server) => server.stop()))

/** The running servers by name, and a function that starts one and waits until it is healthy. */
function createServerTable(dir: string) {
  const servers = new Map<string, Server>()
  async function start(name: string, command: string[], port: number, settings: Settings): Promise<Server> {
    const unique = servers.has(name) ? `${name}-${servers.size}` : name
    const url = `http://127.0.0.1:${port}`
    const isReady = async () => {
      const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(1_000) })
      await response.body?.cancel()
      return response.ok
    }
    const running: Running = await startProcess({ name: unique, command, env: settings, dir, isReady })
    const stop = async () => {
      servers.delete(unique)
      await running.stop()
    }
    const server = { name: unique, url, pid: running.pid, stop }
    servers.set(unique, server)
    return server
  }
  return { servers, start }
}

const ticksPerSecond = Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout) || 100

/** CPU time of a process group, µs (Linux; 0 elsewhere). */
export function cpuTimeUs(pid: number): number {
  let ticks = 0
  for (const stat of groupStats(pid)) ticks += Number(stat[11]) + Number(stat[12])
  return ticks / ticksPerSecond * 1_000_000
}

/** CPU time of the whole machine, µs (Linux; 0 elsewhere). The part that our processes did not use belongs to others. */
export function machineTimeUs(): number {
  try {
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = readFileSync('/proc/stat', 'utf8')
      .split('\n')[0]!.split(/ +/).slice(1).map(Number)
    return (user + nice + system + irq + softirq + steal) / ticksPerSecond * 1_000_000
  } catch {
    return 0
  }
}

/** Resident memory of a process group, bytes (Linux; 0 elsewhere). */
export function residentBytes(pid: number): number {
  return groupStats(pid).reduce((sum, stat) => sum + Number(stat[21]) * 4096, 0)
}

/** The fields of /proc/<pid>/stat from `state` on, for each process of a group. Every started process leads its own group. */
function groupStats(group: number): string[][] {
  const stats: string[][] = []
  for (const pid of listPids()) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (Number(fields[2]) === group) stats.push(fields)
    } catch {
      // The process has exited.
    }
  }
  return stats
}

function listPids(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {
    return []
  }
}
