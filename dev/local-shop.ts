import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { buildBrowserCode } from '../web/build.ts'
import { watchBrowserCode } from './browser-code.ts'
import { lockFolder } from './data-folder.ts'
import { createParts, type Parts } from './parts.ts'
import { endLeftover, freePort, isTaken, startProcess } from './processes.ts'
import type { Print } from './programs.ts'
import { keepSecrets, type Secrets } from './secrets.ts'
import { startStores, type Stores } from './stores.ts'

const ROOT = resolve(import.meta.dirname, '..')
const BIN = join(ROOT, 'node_modules/.bin')

/** The programs of a shop, as commands; tests replace them with small ones. */
export type Programs = { prepare: string[]; mail: string[]; origin: string[]; edge: string[] }

function programs(watch: boolean): Programs {
  const flags = watch ? ['--watch'] : []
  return {
    prepare: [join(BIN, 'bun'), join(ROOT, 'dev/prepare.ts')],
    mail: [join(BIN, 'bun'), join(ROOT, 'dev/mail/main.ts')],
    origin: [join(BIN, 'bun'), ...flags, join(ROOT, 'origin/main.ts')],
    edge: [
      join(BIN, 'deno'),
      'run',
      ...flags,
      '--allow-net',
      '--allow-env',
      '--allow-read',
      '--allow-sys',
      join(ROOT, 'edge/main.ts'),
    ],
  }
}

type Env = Record<string, string | undefined>

export type LocalShop = {
  url: string
  /** Resolves when a process crashed too often to be restarted. Everything has been stopped by then. */
  failed: Promise<Error>
  /** Stops the edge, the origin and the stores, in this order. */
  stop(): Promise<void>
  /** Kills what is left without waiting. */
  kill(): void
}

type ShopOptions = { env: Env; watch?: boolean; print: Print; programs?: Programs; now?: () => number }

/**
 * Starts a shop on this machine: browser code, stores, mail catcher, tables and catalogue, origin, edge. Processes that crash are restarted; with `watch`,
 * changed sources are too. Throws an Error whose message is one sentence for the developer, after stopping everything that it started.
 */
export async function startShop(options: ShopOptions): Promise<LocalShop> {
  const { env, watch = false, print, now = Date.now } = options
  const dir = resolve(env.DATA_DIR ?? '.data')
  const ports = { edge: readPort(env, 'EDGE_PORT', 8080), origin: readPort(env, 'ORIGIN_PORT', 3000) }
  const url = `http://localhost:${ports.edge}`
  const unlock = lockFolder(dir, url)
  const parts = createParts(print, now)
  try {
    const settings = await startParts(parts, dir, ports, options)
    print(openingNote(url, dir, settings))
  } catch (error) {
    await parts.stop(() => {})
    unlock()
    throw error
  }
  const stopWatching = watch ? watchBrowserCode(print, () => parts.restart(['origin', 'edge'])) : () => {}
  let stopped: Promise<void> | null = null
  const stop = () =>
    stopped ??= (async () => {
      print('\nStopping NETicket')
      stopWatching()
      await parts.stop(print)
      unlock()
      print('Stopped. The data is kept.')
    })()
  const failed = parts.supervise().then(async (error) => {
    await stop()
    return error
  })
  return { url, failed, stop, kill: parts.kill }
}

type Ports = { edge: number; origin: number }

/** Starts everything in order and returns the settings that the programs were given. */
async function startParts(parts: Parts, dir: string, ports: Ports, options: ShopOptions): Promise<Env> {
  const { env, watch = false, print, programs: run = programs(watch) } = options
  for (const name of ['edge', 'origin', 'mail']) await endLeftover(dir, name)
  await requireFreePort('EDGE_PORT', ports.edge)
  await requireFreePort('ORIGIN_PORT', ports.origin)
  const secrets = keepSecrets(dir)
  const step = createStepPrinter(print)

  print('Starting NETicket')
  await buildBrowserCode()
  const stores = await startStores({ dir, print, secrets, env })
  for (const { name, running, start } of stores.started) parts.add(name, start, running)
  step(stores.started.map(({ name }) => name).join(', ') || 'your stores')
  const mail = env.SMTP_URL ? { SMTP_URL: env.SMTP_URL } : await startMail(parts, dir, run.mail, env)
  if (!env.SMTP_URL) step('mail catcher')
  const settings = Object.assign(settingsOf(env, ports, stores, secrets), mail)
  await prepare(run.prepare, settings, print)
  step('tables and catalogue')
  for (const name of ['origin', 'edge'] as const) {
    const isReady = () => isOk(`http://127.0.0.1:${ports[name]}/readyz`)
    await parts.start(name, () => startProcess({ name, command: run[name], env: settings, dir, isReady }))
    step(name)
  }
  return settings
}

/** The page of the mail catcher, unless another program has the port. */
const MAIL_PAGE_PORT = 8025

/** Starts the mail catcher and returns the settings with its addresses. */
async function startMail(parts: Parts, dir: string, command: string[], env: Env): Promise<Env> {
  const page = env.MAIL_PAGE_PORT ?? (await isTaken(MAIL_PAGE_PORT) ? await freePort() : MAIL_PAGE_PORT)
  const ports = { MAIL_PAGE_PORT: String(page), MAIL_SMTP_PORT: String(await freePort()) }
  const isReady = () => isOk(`http://127.0.0.1:${page}/`)
  await parts.start('mail', () => startProcess({ name: 'mail', command, env: ports, dir, isReady }))
  return { SMTP_URL: `smtp://127.0.0.1:${ports.MAIL_SMTP_PORT}`, MAIL_PAGE_PORT: ports.MAIL_PAGE_PORT }
}

function settingsOf(env: Env, ports: Ports, { redisUrl, mysqlUrl, s3 }: Stores, secrets: Secrets): Env {
  return {
    ...env,
    REDIS_URL: redisUrl,
    MYSQL_URL: mysqlUrl,
    S3_ENDPOINT: s3.endpoint,
    S3_BUCKET: s3.bucket,
    AWS_REGION: s3.region,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    TOKEN_SECRET: env.TOKEN_SECRET ?? secrets.tokenSecret,
    OPERATOR_TWO_FACTOR: env.OPERATOR_TWO_FACTOR ?? 'optional',
    ADMIN_EMAIL: env.ADMIN_EMAIL ?? 'admin@neticket.local',
    ADMIN_PASSWORD: env.ADMIN_PASSWORD ?? secrets.adminPassword,
    ORIGIN_PORT: String(ports.origin),
    ORIGIN_URL: `http://127.0.0.1:${ports.origin}`,
    EDGE_PORT: String(ports.edge),
    EDGE_URL: env.EDGE_URL ?? `http://127.0.0.1:${ports.edge}`,
    PUBLIC_URL: env.PUBLIC_URL ?? `http://localhost:${ports.edge}`,
  }
}

const openingNote = (url: string, dir: string, settings: Env) => `
NETicket is open:  ${url}

  admin pages      ${url}/admin
  admin            ${settings.ADMIN_EMAIL}
  password         ${settings.ADMIN_PASSWORD}
  mails            ${settings.MAIL_PAGE_PORT ? `http://localhost:${settings.MAIL_PAGE_PORT}` : 'sent to SMTP_URL'}
  data, logs       ${dir}, ${join(dir, 'logs')}
  stop             Ctrl-C, or "npm run stop" in another terminal
  start over       npm run reset
`

/** Migrates the tables and loads the catalogue in a separate process. */
function prepare([program, ...args]: string[], env: Env, print: Print): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program!, args, { env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    let errors = ''
    child.stdout.on('data', (chunk) => String(chunk).trimEnd().split('\n').forEach((line) => print(`  … ${line}`)))
    child.stderr.on('data', (chunk) => (errors = (errors + chunk).slice(-2_000)))
    child.on('error', reject)
    child.on('exit', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`Cannot prepare the tables and the catalogue:\n${errors}`))
    })
  })
}

async function isOk(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
  await response.body?.cancel()
  return response.ok
}

function readPort(env: Env, name: string, fallback: number): number {
  const port = Number(env[name] ?? fallback)
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new Error(`${name} must be a port between 1 and 65535, not "${env[name]}"`)
  }
  return port
}

async function requireFreePort(name: string, port: number): Promise<void> {
  if (!await isTaken(port)) return
  throw new Error(`Port ${port} is in use by another program: end it, or choose another port with ${name}`)
}

/** Prints each step with the seconds that it took. */
function createStepPrinter(print: Print): (done: string) => void {
  let since = performance.now()
  return (done) => {
    const now = performance.now()
    print(`  ✓ ${done.padEnd(24)} ${((now - since) / 1000).toFixed(1)} s`)
    since = now
  }
}
