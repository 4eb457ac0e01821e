import { Redis } from 'ioredis'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { createConnection } from 'mysql2/promise'
import { basename, dirname, join, resolve } from 'node:path'
import { ensureProgram, findProgram, type Print } from './programs.ts'
import { endLeftover, freePort, type Running, startProcess } from './processes.ts'
import type { Secrets } from './secrets.ts'

export type ImageStoreAddress = { endpoint: string; bucket: string; region: string; accessKeyId: string; secretAccessKey: string }
export type Stores = {
  redisUrl: string
  mysqlUrl: string
  s3: ImageStoreAddress
  /** The stores that were started here, without those given by address. */
  started: { name: string; running: Running; start(): Promise<Running> }[]
  stop(): Promise<void>
}

type StoresOptions = {
  /** The folder for data, logs and sockets. */
  dir: string
  print: Print
  secrets: Pick<Secrets, 'redisPassword' | 'mysqlPassword'>
  /** Addresses of existing stores. */
  env?: Record<string, string | undefined>
}
type StorePlan = { name: string; start(): Promise<Running> }

const HOST = '127.0.0.1'
const BUCKET = 'neticket'
const REGION = 'ap-northeast-2'

/** Starts Redis, MySQL (or MariaDB) and an S3-compatible store on loopback at the same time, except those whose addresses are in `env`. */
export async function startStores({ dir, print, secrets, env = {} }: StoresOptions): Promise<Stores> {
  const [redisPort, mysqlPort, s3Port] = [await freePort(), await freePort(), await freePort()]
  const plans: StorePlan[] = []
  if (!env.REDIS_URL) plans.push(planRedis(dir, redisPort, secrets.redisPassword, ensureProgram('redis', print)))
  if (!env.MYSQL_URL) plans.push(planMysql(dir, mysqlPort, secrets.mysqlPassword, ensureProgram('mysql', print)))
  if (!env.S3_ENDPOINT) plans.push(planImageStore(dir, s3Port))

  const results = await Promise.allSettled(plans.map(async (plan) => {
    await endLeftover(dir, plan.name)
    return { ...plan, running: await plan.start() }
  }))
  const started = results.flatMap((result) => result.status === 'fulfilled' ? [result.value] : [])
  const stop = async () => void await Promise.all(started.map((store) => store.running.stop()))
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) {
    await stop()
    throw failed.reason
  }
  return {
    redisUrl: env.REDIS_URL ?? `redis://:${secrets.redisPassword}@${HOST}:${redisPort}`,
    mysqlUrl: env.MYSQL_URL ?? `mysql://neticket:${secrets.mysqlPassword}@${HOST}:${mysqlPort}/neticket`,
    s3: {
      endpoint: env.S3_ENDPOINT ?? `http://${HOST}:${s3Port}`,
      bucket: env.S3_BUCKET ?? BUCKET,
      region: env.AWS_REGION ?? REGION,
      accessKeyId: env.AWS_ACCESS_KEY_ID ?? 'S3RVER',
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? 'S3RVER',
    },
    started,
    stop,
  }
}

/** Redis with an append-only file that is synced before each reply, and without eviction. */
function planRedis(dir: string, port: number, password: string, program: string): StorePlan {
  const data = makeFolder(dir, 'redis')
  const command = [
    program,
    ...flags({
      port: String(port),
      bind: HOST,
      dir: data,
      requirepass: password,
      appendonly: 'yes',
      appendfsync: 'always',
      save: '',
      'maxmemory-policy': 'noeviction',
      // Each test file uses a separate database.
      databases: '256',
      // Keeps the command line as it is: `endLeftover` identifies the process by it.
      'set-proc-title': 'no',
    }),
  ]
  const isReady = async () => {
    const redis = new Redis(port, HOST, { password, lazyConnect: true, retryStrategy: () => null })
    redis.on('error', () => {/* not ready yet */})
    try {
      await redis.connect()
      // While the server reads its file, it replies with the error LOADING.
      return await redis.ping() === 'PONG'
    } finally {
      redis.disconnect()
    }
  }
  return { name: 'redis', start: () => startProcess({ name: 'redis', command, dir, isReady }) }
}

/** MySQL or MariaDB, which are equivalent for the SQL that this project uses. Each commit is on disk before it is acknowledged. */
function planMysql(dir: string, port: number, password: string, program: string): StorePlan {
  const data = join(resolve(dir), 'mysql')
  // A separate folder: when MariaDB starts, it deletes all temporary tables in the folder, including those of other servers.
  const temporary = makeFolder(dir, 'mysql-tmp')
  const user = process.getuid?.() === 0 ? ['--user=root'] : []
  const command = [
    program,
    '--no-defaults',
    ...user,
    `--datadir=${data}`,
    `--tmpdir=${temporary}`,
    `--port=${port}`,
    `--bind-address=${HOST}`,
    `--socket=${socketPath(dir)}`,
    `--pid-file=${join(dir, 'run', 'mysqld.pid')}`,
    '--character-set-server=utf8mb4',
    '--collation-server=utf8mb4_unicode_ci',
    '--default-time-zone=+00:00',
    '--skip-name-resolve',
    '--innodb-flush-log-at-trx-commit=1',
    '--innodb-doublewrite=ON',
    '--innodb-buffer-pool-size=256M',
    '--skip-log-bin',
    '--max-connections=200',
    '--performance-schema=OFF',
  ]
  const execute = async (login: { user: string; password?: string; database?: string }, statements: string[] = []) => {
    const connection = await createConnection({ host: HOST, port, connectTimeout: 1_000, ...login })
    try {
      for (const statement of statements) await connection.query(statement)
      return true
    } finally {
      await connection.end().catch(() => {})
    }
  }
  const account = { user: 'neticket', password, database: 'neticket' }
  // A new server has only root, without a password. It is ready when our account exists and root has a password.
  const createAccount = [
    'create database if not exists neticket character set utf8mb4 collate utf8mb4_unicode_ci',
    `create user if not exists neticket@'%' identified by '${password}'`,
    "grant all privileges on *.* to neticket@'%'",
    `alter user root@localhost identified by '${password}'`,
  ]
  const isReady = () => execute(account).catch(() => execute({ user: 'root' }, createAccount))
  return {
    name: 'mysql',
    start: () => {
      initialiseMysql(program, data, temporary, user)
      return startProcess({ name: 'mysql', command, dir, isReady, deadlineMs: 60_000 })
    },
  }
}

/** Makes the data folder under another name and renames it when it is complete, so that an interrupted start is repeated. */
function initialiseMysql(program: string, data: string, temporary: string, user: string[]): void {
  if (existsSync(data)) return
  const draft = `${data}.new`
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(dirname(draft), { recursive: true })
  const installer = basename(program).startsWith('mariadbd') ? findProgram(['mariadb-install-db', 'mysql_install_db']) : null
  const [command, ...args] = installer
    ? [installer, '--no-defaults', ...user, `--datadir=${draft}`, '--auth-root-authentication-method=normal', '--skip-test-db']
    : [program, '--no-defaults', ...user, `--datadir=${draft}`, '--initialize-insecure']
  const env = { ...process.env, TMPDIR: temporary }
  const { status, stdout, stderr } = spawnSync(command!, args, { encoding: 'utf8', env })
  if (status !== 0) throw new Error(`Cannot initialise MySQL in ${data}:\n${`${stdout}${stderr}`.slice(-1_500)}`)
  renameSync(draft, data)
}

/** An S3-compatible store that keeps objects in files. Production uses S3. */
function planImageStore(dir: string, port: number): StorePlan {
  const data = makeFolder(dir, 's3')
  const program = join(import.meta.dirname, '../node_modules/.bin/s3rver')
  const command = [
    program,
    '--silent',
    ...flags({ directory: data, address: HOST, port: String(port), 'configure-bucket': BUCKET }),
  ]
  const isReady = async () => {
    const response = await fetch(`http://${HOST}:${port}/`)
    await response.body?.cancel()
    return true
  }
  return { name: 's3', start: () => startProcess({ name: 's3', command, dir, isReady }) }
}

/** Command-line flags: `{ port: '1' }` → `--port 1`. */
function flags(values: Record<string, string>): string[] {
  return Object.entries(values).flatMap(([name, value]) => [`--${name}`, value])
}

function makeFolder(dir: string, name: string): string {
  const folder = join(resolve(dir), name)
  mkdirSync(folder, { recursive: true })
  return folder
}

/** The path of the socket: at most 108 bytes on Linux and 104 on macOS, so a deep data folder gets one in /tmp. */
function socketPath(dir: string): string {
  const beside = join(resolve(dir), 'run', 'mysql.sock')
  return beside.length < 100 ? beside : `/tmp/neticket-${Bun.hash(beside).toString(36)}.sock`
}
