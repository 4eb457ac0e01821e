import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { endLeftover, isRunning, isTaken, type Known, type Running, signalGroup, startProcess, thisProcess } from './processes.ts'
import type { Print } from './programs.ts'
import { keepSecrets } from './secrets.ts'
import { startStores } from './stores.ts'

const ROOT = resolve(import.meta.dirname, '..')
const BIN = join(ROOT, 'node_modules/.bin')
/** A data folder that we made; only such a one is ever emptied. */
export const MARKER = 'neticket-data'
const LOCK = 'supervisor.json'

/** The programs that a shop runs; tests put small ones in their place. */
export type Programs = { prepare: string[]; origin: string[]; edge: string[] }

const programs = (watch: boolean): Programs => ({
  prepare: [join(BIN, 'bun'), join(ROOT, 'dev/prepare.ts')],
  origin: [join(BIN, 'bun'), ...(watch ? ['--watch'] : []), join(ROOT, 'origin/main.ts')],
  edge: [
    ...[join(BIN, 'deno'), 'run', ...(watch ? ['--watch'] : [])],
    ...['--allow-net', '--allow-env', '--allow-read', '--allow-sys', join(ROOT, 'edge/main.ts')],
  ],
})

export type LocalShop = {
  url: string
  /** Resolves when something died too often to be started again; everything has been stopped by then. */
  failed: Promise<Error>
  /** Ends the edge, the origin and the stores, in this order. */
  stop(): Promise<void>
  /** Ends what is left without waiting. */
  hurry(): void
}

type Wish = { env: Record<string, string | undefined>; watch?: boolean; print: Print; programs?: Programs }

/**
 * Starts a whole shop on this machine: stores, tables and catalogue, origin, edge. What dies is started again. Throws an Error whose
 * message is one clear sentence, with everything stopped that was started.
 */
export async function startShop({ env, watch = false, print, programs: run = programs(watch) }: Wish): Promise<LocalShop> {
  const dir = resolve(env.DATA_DIR ?? '.data')
  const [edgePort, originPort] = [readPort(env, 'EDGE_PORT', 8080), readPort(env, 'ORIGIN_PORT', 3000)]
  const url = `http://localhost:${edgePort}`
  const unlock = lock(dir, url)
  // In the order of their start; stopped the other way round.
  const parts: Part[] = []
  let isStopping = false
  const stopParts = async (tell: Print) => {
    isStopping = true
    for (const part of parts.reverse()) {
      tell(`  stopping ${part.name}`)
      // A part that is being started again is waited for, so that nothing is left behind.
      await part.running.then((running) => running.stop(), () => {})
    }
    unlock()
  }

  try {
    for (const name of ['edge', 'origin']) await endLeftover(dir, name)
    for (const [name, port] of [['EDGE_PORT', edgePort], ['ORIGIN_PORT', originPort]] as const) {
      if (await isTaken(port)) {
        throw new Error(`Port ${port} is in use by another program: end it, or choose another port with ${name}`)
      }
    }
    const secrets = keepSecrets(dir)
    const step = steps(print)

    print('Starting NETicket')
    const stores = await startStores({ dir, print, secrets, env })
    for (const { name, running, start } of stores.started) parts.push({ name, start, running: Promise.resolve(running) })
    step(stores.started.map(({ name }) => name).join(', ') || 'your stores')
    const settings: Record<string, string | undefined> = {
      ...env,
      REDIS_URL: stores.redisUrl,
      MYSQL_URL: stores.mysqlUrl,
      S3_ENDPOINT: stores.s3.endpoint,
      S3_BUCKET: stores.s3.bucket,
      AWS_REGION: stores.s3.region,
      AWS_ACCESS_KEY_ID: stores.s3.accessKeyId,
      AWS_SECRET_ACCESS_KEY: stores.s3.secretAccessKey,
      TOKEN_SECRET: env.TOKEN_SECRET ?? secrets.tokenSecret,
      ADMIN_EMAIL: env.ADMIN_EMAIL ?? 'admin@neticket.local',
      ADMIN_PASSWORD: env.ADMIN_PASSWORD ?? secrets.adminPassword,
      ORIGIN_PORT: String(originPort),
      ORIGIN_URL: `http://127.0.0.1:${originPort}`,
      EDGE_PORT: String(edgePort),
    }
    await prepare(run.prepare, settings, print)
    step('tables and catalogue')

    for (
      const { name, command, port } of [
        { name: 'origin', command: run.origin, port: originPort },
        { name: 'edge', command: run.edge, port: edgePort },
      ]
    ) {
      const start = () =>
        startProcess({ name, command, env: settings, dir, isReady: () => answers(`http://127.0.0.1:${port}/readyz`) })
      const part: Part = { name, start, running: start() }
      parts.push(part)
      await part.running
      step(name)
    }

    print(`
NETicket is open:  ${url}

  admin            ${settings.ADMIN_EMAIL}
  password         ${settings.ADMIN_PASSWORD}
  data, logs       ${dir}, ${join(dir, 'logs')}
  stop             Ctrl-C, or "npm run stop" elsewhere
  begin anew       npm run reset
`)
    let stopped: Promise<void> | null = null
    const stop = () =>
      stopped ??= (async () => {
        print('\nStopping NETicket')
        await stopParts(print)
        print('Stopped. The data is kept.')
      })()
    const failed = Promise.race(parts.map((part) => keepAlive(part, print, () => isStopping))).then(async (error) => {
      await stop()
      return error
    })
    const hurry = () => parts.forEach((part) => part.running.then(({ pid }) => signalGroup(pid, 'SIGKILL'), () => {}))
    return { url, failed, stop, hurry }
  } catch (error) {
    await stopParts(() => {})
    throw error
  }
}

/** A process of the shop; `running` is a promise while it is being started, again or for the first time. */
type Part = { name: string; running: Promise<Running>; start(): Promise<Running> }

/** The supervisor that holds a data folder, if it still runs. */
export function findSupervisor(dir: string): { pid: number; url: string } | null {
  try {
    const held = JSON.parse(readFileSync(join(dir, LOCK), 'utf8')) as Known & { url: string }
    return isRunning(held) ? held : null
  } catch {
    return null
  }
}

/** Ends what a supervisor that was killed has left behind. */
export async function endLeftovers(dir: string): Promise<void> {
  for (const name of ['edge', 'origin', 'redis', 'mysql', 's3']) await endLeftover(dir, name)
}

function lock(dir: string, url: string): () => void {
  const held = findSupervisor(dir)
  if (held) throw new Error(`NETicket is already running at ${held.url} (process ${held.pid}); "npm run stop" ends it`)
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, MARKER), 'This folder belongs to NETicket: "npm run reset" deletes it.\n')
  writeFileSync(join(dir, LOCK), JSON.stringify({ ...thisProcess(), url }))
  return () => rmSync(join(dir, LOCK), { force: true })
}

const RESTARTS_A_MINUTE = 10

/** Starts a part again whenever it dies; resolves when it dies too often or cannot be started. */
async function keepAlive(part: Part, print: Print, isStopping: () => boolean): Promise<Error> {
  let restarts: number[] = []
  while (true) {
    const running = await part.running
    await running.ended
    if (isStopping()) return await new Promise<never>(() => {})
    restarts = [...restarts.filter((at) => Date.now() - at < 60_000), Date.now()]
    if (restarts.length > RESTARTS_A_MINUTE) {
      return new Error(`The ${part.name} died ${RESTARTS_A_MINUTE} times in a minute; its log is ${running.logFile}`)
    }
    print(`The ${part.name} died; starting it again`)
    part.running = part.start()
    try {
      await part.running
    } catch (error) {
      return error as Error
    }
  }
}

function prepare([program, ...args]: string[], env: Record<string, string | undefined>, print: Print): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program!, args, { env: env as NodeJS.ProcessEnv, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    let said = ''
    child.stdout.on('data', (chunk) => String(chunk).trimEnd().split('\n').forEach((line) => print(`  … ${line}`)))
    child.stderr.on('data', (chunk) => (said = (said + chunk).slice(-2_000)))
    child.on('error', reject)
    child.on(
      'exit',
      (code) => code === 0 ? resolve() : reject(new Error(`Cannot prepare the tables and the catalogue:\n${said}`)),
    )
  })
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
  await response.body?.cancel()
  return response.ok
}

function readPort(env: Record<string, string | undefined>, name: string, fallback: number): number {
  const port = Number(env[name] ?? fallback)
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new Error(`${name} must be a port between 1 and 65535, not "${env[name]}"`)
  }
  return port
}

function steps(print: Print): (done: string) => void {
  let at = performance.now()
  return (done) => {
    const now = performance.now()
    print(`  ✓ ${done.padEnd(24)} ${((now - at) / 1000).toFixed(1)} s`)
    at = now
  }
}
