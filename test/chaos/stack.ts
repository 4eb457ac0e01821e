import { Redis } from 'ioredis'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Database, openDatabase } from '../../db/mysql.ts'
import { migrateDatabase } from '../../db/run-migrations.ts'
import { freePort, type Running, startProcess } from '../../dev/processes.ts'
import { makeSecrets } from '../../dev/secrets.ts'
import { startStores } from '../../dev/stores.ts'
import { readTokenKeys, type TokenKeys } from '../../edge/contract/tokens.ts'
import { type Front, startFront } from '../front.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const ORIGIN_COMMAND = [join(ROOT, 'node_modules/.bin/bun'), join(ROOT, 'origin/main.ts')]
const EDGE_COMMAND = [
  join(ROOT, 'node_modules/.bin/deno'),
  'run',
  '--allow-net',
  '--allow-env',
  '--allow-read',
  '--allow-sys',
  join(ROOT, 'edge/main.ts'),
]

/** A process of the stack that a fault can hit; `start` starts it again with the same data and port. */
export type Part = { name: string; running: Running; start(): Promise<Running> }

export type Stack = {
  dir: string
  db: Database
  redis: Redis
  tokenKeys: TokenKeys
  edgeUrls: string[]
  parts: Part[]
  /** Between each edge and its origin; empty without the option `--front`. */
  fronts: Front[]
  close(): Promise<void>
  /** Deletes data and logs. */
  discard(): Promise<void>
}

/**
 * Starts Redis, MySQL, two origins and two edges, each a process on its own port. `hasFronts` puts a front with TLS and HTTP/2 between each
 * edge and its origin.
 */
export async function startStack(acknowledge: string, hasFronts: boolean, print: (line: string) => void): Promise<Stack> {
  const dir = await mkdtemp(join(tmpdir(), 'neticket-chaos-'))
  const { tokenSecret } = makeSecrets()
  const stores = await startStores({ dir, print, secrets: makeSecrets() })
  const { db, close: closeDatabase } = openDatabase(stores.mysqlUrl, 4)
  await migrateDatabase(stores.mysqlUrl)
  const redis = new Redis(stores.redisUrl, { enableAutoPipelining: true })
  // Faults close this connection too; ioredis reconnects.
  redis.on('error', () => {})
  const parts: Part[] = stores.started.filter(({ name }) => name !== 's3')
    .map(({ name, running, start }) => ({ name, running, start }))

  async function addPart(name: string, command: string[], env: Record<string, string>, port: number): Promise<void> {
    const isReady = async () => {
      const response = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(1_000) })
      await response.body?.cancel()
      return response.ok
    }
    const start = () => startProcess({ name, command, env, dir, isReady })
    parts.push({ name, start, running: await start() })
  }

  const edgeUrls: string[] = []
  const fronts: Front[] = []
  for (const number of [1, 2]) {
    const [originPort, edgePort] = [await freePort(), await freePort()]
    const env = {
      REDIS_URL: stores.redisUrl,
      MYSQL_URL: stores.mysqlUrl,
      TOKEN_SECRET: tokenSecret,
      ACKNOWLEDGE: acknowledge,
      WRITE_BACK_MS: '200',
      TRUSTED_PROXIES: '1',
      ORIGIN_PORT: String(originPort),
      ORIGIN_URL: `http://127.0.0.1:${originPort}`,
      EDGE_PORT: String(edgePort),
    }
    if (hasFronts) {
      const front = await startFront(originPort)
      fronts.push(front)
      Object.assign(env, front.settings())
    }
    await addPart(`origin-${number}`, ORIGIN_COMMAND, env, originPort)
    await addPart(`edge-${number}`, EDGE_COMMAND, env, edgePort)
    edgeUrls.push(`http://127.0.0.1:${edgePort}`)
  }

  return {
    dir,
    db,
    redis,
    tokenKeys: readTokenKeys(tokenSecret),
    edgeUrls,
    parts,
    fronts,
    async close() {
      for (const part of parts.toReversed()) await part.running.stop()
      for (const front of fronts) await front.close()
      redis.disconnect()
      await closeDatabase().catch(() => {})
      await stores.stop()
    },
    discard: () => rm(dir, { recursive: true, force: true }),
  }
}
