import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { inject } from 'vitest'
import { freePort } from '../dev/processes.ts'
import type { Person } from '../origin/accounts.ts'
import { buyerHeaders, openShop, type Shop, TOKEN_SECRET } from './shop.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** A real origin on Bun and a real edge on Deno, on stores of their own, and the shop's parts to fill and to check them. */
export type Site = {
  shop: Shop
  edgeUrl: string
  /** One for each edge; `edgeUrl` is the first. */
  edgeUrls: string[]
  originUrl: string
  /** The headers of a person who has come in through the event's line. */
  insider(person: Person, eventId: number, wish?: Parameters<typeof buyerHeaders>[2]): ReturnType<typeof buyerHeaders>
  /** Ends the origin without warning. */
  killOrigin(): Promise<void>
  startOrigin(): Promise<void>
  /** Ends the edge without warning and starts another on its port. */
  restartEdge(): Promise<void>
  close(): Promise<void>
}

export async function openSite(
  env: Record<string, string> = {},
  redisUrl = inject('stores').redisUrl,
  edgeCount = 1,
): Promise<Site> {
  // The shop of the test leaves the writing back to the real origin.
  const shop = await openShop({ writeBackMs: 3_600_000, redisUrl })
  const [originPort, ...edgePorts] = await Promise.all(Array.from({ length: 1 + edgeCount }, freePort))
  const { s3 } = inject('stores')
  const settings = {
    ...process.env,
    REDIS_URL: shop.redisUrl,
    MYSQL_URL: shop.mysqlUrl,
    S3_ENDPOINT: s3.endpoint,
    S3_BUCKET: s3.bucket,
    AWS_REGION: s3.region,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    TOKEN_SECRET,
    // What a test has added is listed at once.
    CATALOGUE_MAX_AGE_MS: '0',
    ORIGIN_PORT: String(originPort),
    ORIGIN_URL: `http://127.0.0.1:${originPort}`,
    ...env,
  }
  const originUrl = settings.ORIGIN_URL
  const edgeUrls = edgePorts.map((port) => `http://127.0.0.1:${port}`)
  const edgeUrl = edgeUrls[0]!
  let origin: ChildProcess
  const startOrigin = async () => {
    // The edge may have been given another way to it.
    origin = await startProgram('origin', `http://127.0.0.1:${settings.ORIGIN_PORT}`, settings)
  }
  await startOrigin()
  const edges = await Promise.all(edgeUrls.map((url) => startProgram('edge', url, settings)))
  return {
    shop,
    edgeUrl,
    edgeUrls,
    originUrl,
    startOrigin,
    async insider(person, eventId, wish = {}) {
      const snapshot = await (await fetch(`${edgeUrl}/queue/event-${eventId}`)).json() as { epoch?: number }
      return buyerHeaders(person, eventId, { epoch: snapshot.epoch ?? 1, ...wish })
    },
    async restartEdge() {
      await end(edges[0]!, 'SIGKILL')
      edges[0] = await startProgram('edge', edgeUrl, settings)
    },
    killOrigin: () => end(origin, 'SIGKILL'),
    async close() {
      await Promise.all(edges.map((edge) => end(edge, 'SIGTERM')))
      await end(origin, 'SIGTERM')
      await shop.close()
    },
  }
}

const PROGRAMS = {
  edge: ['deno', 'run', '--allow-net', '--allow-env', '--allow-read', '--allow-sys', 'edge/main.ts'],
  origin: ['bun', 'origin/main.ts'],
}

/** Starts an edge on Deno or an origin on Bun at this address; it is ready, and so is what stands behind it. */
export async function startProgram(
  name: keyof typeof PROGRAMS,
  url: string,
  settings: Record<string, string | undefined>,
): Promise<ChildProcess> {
  const child = start(PROGRAMS[name], { ...settings, [`${name.toUpperCase()}_PORT`]: new URL(url).port })
  await untilAnswers(`${url}/readyz`, child)
  return child
}

function start([program, ...args]: string[], env: Record<string, string | undefined>): ChildProcess {
  const child = spawn(`${ROOT}node_modules/.bin/${program}`, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (said = (said + chunk).slice(-4_000)))
  return Object.assign(child, { said: () => said })
}

async function untilAnswers(url: string, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (child.exitCode !== null) break
    const response = await fetch(url).catch(() => null)
    await response?.body?.cancel()
    if (response?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  child.kill('SIGKILL')
  throw new Error(`${url} never answered; it said:\n${(child as ChildProcess & { said(): string }).said()}`)
}

export async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  const impatience = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await ended
  clearTimeout(impatience)
}
