/** A running site for tests: an origin on Bun and edges on Deno, as separate processes, on the stores of a shop (test/shop.ts). */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { inject } from 'vitest'
import { freePort } from '../dev/processes.ts'
import type { Person } from '../origin/accounts.ts'
import { buyerHeaders, openShop, type Shop, type StoreAddresses, TOKEN_SECRET } from './shop.ts'

const ROOT = resolve(import.meta.dirname, '..')
/** Generous, because a test run on a busy machine starts several programs at once. */
const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 30_000

export type Site = {
  /** Fills and inspects the stores of this site. */
  shop: Shop
  /** The first edge. */
  edgeUrl: string
  edgeUrls: string[]
  originUrl: string
  /** The headers of a booking request of a person who has a pass of the event's room, in its current epoch. */
  insider(person: Person, eventId: number, options?: Parameters<typeof buyerHeaders>[2]): ReturnType<typeof buyerHeaders>
  /** Kills the origin with SIGKILL. */
  killOrigin(): Promise<void>
  startOrigin(): Promise<void>
  /**
   * Starts another origin, to which no edge forwards, with at most `maxFiles` file descriptors. `ready` rejects if it does not become ready
   * within a minute.
   */
  addOrigin(maxFiles?: number): Promise<{ url: string; ready: Promise<ChildProcess> }>
  /** Kills the first edge with SIGKILL and starts another one on its port. */
  restartEdge(): Promise<void>
  /** The first hundred log lines since all programs became ready that report a fault, and output that is no log line. */
  faults(): string[]
  close(): Promise<void>
}

/**
 * Starts an origin and `edgeCount` edges and waits until they are ready. `env` adds or replaces environment variables of all programs, given
 * the address of the first edge if it is a function. `stores`
 * are existing databases, or a Redis server in which to make one.
 */
export async function openSite(
  env: Record<string, string> | ((edgeUrl: string) => Record<string, string>) = {},
  stores: string | StoreAddresses = inject('stores').redisUrl,
  edgeCount = 1,
): Promise<Site> {
  // Only the real origin writes back.
  const shop = await openShop({ writeBackMs: 3_600_000, ...typeof stores === 'string' ? { redisUrl: stores } : { stores } })
  const [originPort, ...edgePorts] = await Promise.all(Array.from({ length: 1 + edgeCount }, freePort))
  const edgeUrls = edgePorts.map((port) => `http://127.0.0.1:${port}`)
  const edgeUrl = edgeUrls[0]!
  const settings = { ...siteSettings(shop, originPort!), ...typeof env === 'function' ? env(edgeUrl) : env }
  // ORIGIN_URL is what the edges forward to. A test may point it at a proxy in front of ORIGIN_PORT.
  const faults = createFaultCollector()
  const startOrigin = () =>
    startProgram('origin', `http://127.0.0.1:${settings.ORIGIN_PORT}`, settings, { onLine: faults.onLine })
  const startEdge = (url: string) => startProgram('edge', url, settings, { onLine: faults.onLine })

  let origin = await startOrigin()
  const added: Promise<ChildProcess>[] = []
  const edges = await Promise.all(edgeUrls.map(startEdge))
  // A program that starts may report that another one is not ready yet.
  faults.forget()
  return {
    shop,
    edgeUrl,
    edgeUrls,
    originUrl: settings.ORIGIN_URL,
    async insider(person, eventId, options = {}) {
      const snapshot = await (await fetch(`${edgeUrl}/queue/event-${eventId}`)).json() as { epoch?: number }
      return buyerHeaders(person, eventId, { epoch: snapshot.epoch ?? 1, ...options })
    },
    killOrigin: () => end(origin, 'SIGKILL'),
    async startOrigin() {
      origin = await startOrigin()
    },
    async addOrigin(maxFiles) {
      const url = `http://127.0.0.1:${await freePort()}`
      const ready = startProgram('origin', url, settings, maxFiles === undefined ? {} : { maxFiles })
      ready.catch(() => {/* the caller awaits it too */})
      added.push(ready)
      return { url, ready }
    },
    async restartEdge() {
      await end(edges[0]!, 'SIGKILL')
      edges[0] = await startEdge(edgeUrl)
    },
    faults: faults.found,
    // Killed, because a graceful shutdown waits up to 10 s for the idle connections of this process. test/deploy.test.ts covers SIGTERM.
    async close() {
      const others = (await Promise.allSettled(added)).flatMap((result) => result.status === 'fulfilled' ? [result.value] : [])
      await Promise.all([...edges, origin, ...others].map((program) => end(program, 'SIGKILL')))
      await shop.close()
    },
  }
}

/** Rooms that anyone may join, as often as they like: most tests join without an account, and from one address. */
export const OPEN_ROOMS = {
  ROOM_IDENTITY: 'anyone',
  ROOM_PROOF_OF_WORK: 'never',
  ROOM_ANONYMOUS_JOINS: '3000',
  ROOM_ANONYMOUS_JOINS_PER_MINUTE: '12000',
}
/** The rooms of a shop without settings. */
export const DEFAULT_ROOMS = { ROOM_IDENTITY: 'account', ROOM_PROOF_OF_WORK: 'adaptive' }

function siteSettings(shop: Shop, originPort: number) {
  const { s3 } = inject('stores')
  return {
    ...process.env,
    REDIS_URL: shop.redisUrl,
    MYSQL_URL: shop.mysqlUrl,
    S3_ENDPOINT: s3.endpoint,
    S3_BUCKET: s3.bucket,
    AWS_REGION: s3.region,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    TOKEN_SECRET,
    OPERATOR_TWO_FACTOR: 'optional',
    ...OPEN_ROOMS,
    // The catalogue lists an event as soon as a test has added it.
    CATALOGUE_MAX_AGE_MS: '0',
    ORIGIN_PORT: String(originPort),
    ORIGIN_URL: `http://127.0.0.1:${originPort}`,
  }
}

const MAX_FAULTS = 100
/** Names of log events that report a fault of a program or a store. */
const FAULT = /failed|lost|unavailable|down|paused|gap|dead_letter|not_|missing/

/** Collects log lines that report a fault, and lines that are no log line, such as the report of a crash. */
function createFaultCollector() {
  let found: string[] = []
  return {
    onLine(line: string): void {
      const event = line.match(/^\{"at":"[^"]+","event":"(\w+)"/)?.[1]
      const isFault = event === undefined || FAULT.test(event) || (event === 'request' && /"status":50[0-2]/.test(line))
      if (isFault && found.length < MAX_FAULTS) found.push(line)
    },
    found: () => found,
    forget: () => void (found = []),
  }
}

const PROGRAMS = {
  edge: ['deno', 'run', '--allow-net', '--allow-env', '--allow-read', '--allow-sys', 'edge/main.ts'],
  origin: ['bun', 'origin/main.ts'],
} as const

/**
 * Starts an edge or an origin that listens at `url`, and waits until it and what it depends on are ready. `maxFiles` limits its file
 * descriptors. Throws with the end of its output if it exits or does not become ready.
 */
export async function startProgram(
  name: keyof typeof PROGRAMS,
  url: string,
  settings: Record<string, string | undefined>,
  { maxFiles, onLine = () => {} }: { maxFiles?: number; onLine?: (line: string) => void } = {},
): Promise<ChildProcess> {
  const [program, ...args] = PROGRAMS[name]
  const command = [`${ROOT}/node_modules/.bin/${program}`, ...args]
  if (maxFiles !== undefined) command.unshift('sh', '-c', `ulimit -n ${maxFiles}; exec "$0" "$@"`)
  const env = { ...settings, [`${name.toUpperCase()}_PORT`]: new URL(url).port }
  const child = spawn(command[0]!, command.slice(1), { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => (output = (output + chunk).slice(-4_000)))
    createInterface({ input: stream }).on('line', onLine)
  }

  const deadline = performance.now() + START_TIMEOUT_MS
  while (performance.now() < deadline && child.exitCode === null) {
    const response = await fetch(`${url}/readyz`).catch(() => null)
    await response?.body?.cancel()
    if (response?.ok) return child
    await sleep(50)
  }
  child.kill('SIGKILL')
  throw new Error(`The ${name} did not become ready at ${url}. Its output ends:\n${output}`)
}

/** Sends a signal to a program and waits until it has ended. Kills it when it takes too long. */
export async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill(signal)
  const killTimer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await exited
  clearTimeout(killTimer)
}
