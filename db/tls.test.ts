import { spawnSync } from 'node:child_process'
import { Redis } from 'ioredis'
import { createConnection } from 'mysql2/promise'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort, type Running, startProcess } from '../dev/processes.ts'
import { ensureProgram, findProgram } from '../dev/programs.ts'
import { makeSecrets } from '../dev/secrets.ts'
import { passKey, saleKeys } from './redis/keys.ts'

const ROOT = resolve(import.meta.dirname, '..')
const ACCESS = readFileSync(join(ROOT, 'terraform/stores.tf'), 'utf8').match(/access_string = "([^"]+)"/)![1]!
const { mysqlPassword: password, redisPassword } = makeSecrets()

let dir: string
let mysql: Running
let redis: Running
let [mysqlPort, redisPort] = [0, 0]

/**
 * A MySQL and a Redis that speak TLS only, with a certificate for `localhost` by an authority that nobody knows. The Redis is a cluster of one
 * node, which tells its name and not its address, and has a user with the rights that Terraform gives to one.
 */
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'neticket-tls-'))
  const file = (name: string) => join(dir, name)
  const openssl = (...args: string[]) => run('openssl', ...args)
  const key = (name: string) => ['-newkey', 'rsa:2048', '-nodes', '-keyout', file(`${name}.key`), '-subj', `/CN=${name}`]
  openssl('req', '-x509', '-days', '2', ...key('ca'), '-out', file('ca.pem'))
  openssl(
    'req',
    '-x509',
    '-days',
    '2',
    ...key('localhost'),
    '-CA',
    file('ca.pem'),
    '-CAkey',
    file('ca.key'),
    '-out',
    file('server.pem'),
    '-addext',
    'subjectAltName=DNS:localhost',
    '-addext',
    'basicConstraints=CA:FALSE',
  )
  ;[mysqlPort, redisPort] = [await freePort(), await freePort()]
  const program = ensureProgram('mysql', () => {})
  const user = process.getuid?.() === 0 ? ['--user=root'] : []
  const data = `--datadir=${file('mysql')}`
  const installer = findProgram(['mariadb-install-db'])
  if (installer) run(installer, '--no-defaults', ...user, data, '--auth-root-authentication-method=normal', '--skip-test-db')
  else run(program, '--no-defaults', ...user, data, '--initialize-insecure')
  mysql = await startProcess({
    name: 'mysql',
    dir,
    command: [
      ...[
        program,
        '--no-defaults',
        ...user,
        data,
        `--port=${mysqlPort}`,
        '--bind-address=127.0.0.1',
        `--socket=${file('my.sock')}`,
      ],
      ...[
        '--require-secure-transport=ON',
        `--ssl-ca=${file('ca.pem')}`,
        `--ssl-cert=${file('server.pem')}`,
        `--ssl-key=${file('localhost.key')}`,
      ],
    ],
    async isReady() {
      const root = await createConnection({ user: 'root', socketPath: file('my.sock') })
      await root.query('create database if not exists neticket')
      await root.query(`create user if not exists neticket@'%' identified by '${password}'`)
      await root.query("grant all privileges on neticket.* to neticket@'%'")
      await root.end()
      return true
    },
  })
  redis = await startProcess({
    name: 'redis',
    dir,
    command: [
      ...[
        ensureProgram('redis', () => {}),
        '--port',
        '0',
        '--tls-port',
        String(redisPort),
        '--bind',
        '127.0.0.1',
        '--dir',
        dir,
        '--requirepass',
        redisPassword,
      ],
      ...[
        '--tls-cert-file',
        file('server.pem'),
        '--tls-key-file',
        file('localhost.key'),
        '--tls-ca-cert-file',
        file('ca.pem'),
        '--tls-auth-clients',
        'no',
      ],
      ...['--cluster-enabled', 'yes', '--cluster-port', String(await freePort()), '--tls-cluster', 'yes'],
      ...['--cluster-announce-hostname', 'localhost', '--cluster-preferred-endpoint-type', 'hostname'],
    ],
    async isReady() {
      const tls = { ca: readFileSync(file('ca.pem')) }
      const node = new Redis(redisPort, 'localhost', {
        password: redisPassword,
        tls,
        lazyConnect: true,
        retryStrategy: () => null,
      })
      node.on('error', () => {/* not ready yet */})
      try {
        await node.connect()
        if ((await node.cluster('INFO')).includes('cluster_slots_assigned:0')) await node.cluster('ADDSLOTSRANGE', 0, 16_383)
        await node.acl('SETUSER', 'neticket', `>${redisPassword}`, ...ACCESS.split(' '))
        return (await node.cluster('INFO')).includes('cluster_state:ok')
      } finally {
        node.disconnect()
      }
    },
  })
})
afterAll(async () => {
  await mysql?.stop()
  await redis?.stop()
  rmSync(dir, { recursive: true, force: true })
})

/** What a program of ours says that migrates; it trusts our authority or does not. */
function migrate(mysqlUrl: string, authorities: string | undefined): string {
  const { status, stdout, stderr } = spawnSync(join(ROOT, 'node_modules/.bin/bun'), [join(ROOT, 'db/migrate.ts')], {
    env: { PATH: process.env.PATH, MYSQL_URL: mysqlUrl, ...(authorities && { NODE_EXTRA_CA_CERTS: authorities }) },
    encoding: 'utf8',
  })
  return status === 0 ? 'migrated' : `${stdout}${stderr}`
}
/** What a runtime prints of a script that has a connection to Redis. */
function speak(runtime: string[], authorities: string | undefined, { user = '', query = '' }, script: string): string {
  const whole = `
    const { openRedis, untilReady } = await import(${JSON.stringify(join(ROOT, 'db/redis/client.ts'))})
    const redis = openRedis('rediss://${user}:${redisPassword}@localhost:${redisPort}${query}')
    await untilReady(redis, 3000)
    ${script}
    redis.disconnect()`
  const [program, ...args] = runtime
  const { stdout, stderr } = spawnSync(join(ROOT, 'node_modules/.bin', program!), [...args, whole], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: dir, ...(authorities && { NODE_EXTRA_CA_CERTS: authorities, DENO_CERT: authorities }) },
    encoding: 'utf8',
  })
  return stdout.trim() || stderr
}

function run(program: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} failed: ${error?.message ?? stderr}`)
}

test('MySQL over TLS: with an authority that is trusted, and a name that is proved', () => {
  const url = (host: string, ssl: string) => `mysql://neticket:${password}@${host}:${mysqlPort}/neticket${ssl}`
  const ours = join(dir, 'ca.pem')
  expect(migrate(url('localhost', '?ssl={}'), ours)).toBe('migrated')
  expect(migrate(url('localhost', ''), ours)).toMatch(/secure.?transport|Access denied/i)
  expect(migrate(url('localhost', '?ssl={}'), undefined)).toMatch(/certificate/i)
  expect(migrate(url('localhost', '?ssl=Amazon%20RDS'), undefined)).toMatch(/certificate/i)
  expect(migrate(url('127.0.0.1', '?ssl={}'), ours)).not.toBe('migrated')
})

const RUNTIMES = [['bun', '-e'], ['deno', 'eval']]

test('Redis over TLS, from both runtimes: with an authority that is trusted only', () => {
  const ping = 'console.log(await redis.ping())'
  for (const runtime of RUNTIMES) {
    expect(speak(runtime, join(dir, 'ca.pem'), {}, ping)).toBe('PONG')
    expect(speak(runtime, undefined, {}, ping)).not.toBe('PONG')
  }
})

test('a Redis Cluster over TLS, from both runtimes: nodes are reached by their names, by a user with the rights that Terraform gives', () => {
  const ours = join(dir, 'ca.pem')
  const sell = `
    const seats = await import(${JSON.stringify(join(ROOT, 'db/redis/sale/seats.ts'))})
    const sales = await import(${JSON.stringify(join(ROOT, 'db/redis/sale/sale.ts'))})
    const log = await import(${JSON.stringify(join(ROOT, 'db/redis/sale/booking-log.ts'))})
    const rooms = await import(${JSON.stringify(join(ROOT, 'db/redis/room/room.ts'))})
    seats.defineSeatScripts(redis)
    sales.defineSaleScripts(redis)
    rooms.defineRoomScripts(redis)
    const soon = Date.now() + 60_000
    const rules = { opensAtMs: 1, closesAtMs: soon, cancelUntilMs: soon, limitPerPerson: 4 }
    const ticketTypes = [{ id: 1, seats: 10, sold: 0, price: 1000 }]
    const load = { ...rules, epoch: 1, seen: null, expiresAtMs: soon, ticketTypes, held: new Map(), answered: [] }
    const said = [await sales.loadSale(redis, 7, load)]
    said.push(await sales.approveSale(redis, 7, { epoch: 1, seq: 0 }, rules))
    const wish = { person: 7, reservation: 'r', ticketTypeId: 1, quantity: 2, idempotencyKey: 'k', passId: 'p', passMs: 1000, backlogLimit: 9 }
    said.push((await seats.reserveSeats(redis, 7, wish)).kind)
    const cancel = { rowEpoch: 1, person: 7, reservation: 'r', ticketTypeId: 1, quantity: 2, keep: 0 }
    said.push((await seats.cancelSeats(redis, 7, cancel)).kind)
    said.push((await sales.readHeads(redis, [7]))[0].whole, (await log.readLog(redis, 7, { epoch: 1, seq: 0 }, 9)).length)
    await log.trimLog(redis, 7, { epoch: 1, seq: 2 })
    said.push(await log.lastLogEpoch(redis, 7), await sales.findSales(redis))
    await sales.unloadSale(redis, 7)
    await redis.del(${JSON.stringify(saleKeys(7).log)}, ${JSON.stringify(passKey(7, 'p'))})
    const admission = { mode: 'fifo', perMinute: 60, capacity: 10, turnMs: 1000, passMs: 1000, idleMs: 1000, lobbyMs: 0, stepMs: 0 }
    const state = await rooms.tickRoom(redis, 'r', admission, { answered: 0, slow: 0, known: null, step: null })
    said.push(state.issued <= (await rooms.joinRoom(redis, 'r', [null])).indexes[0])
    console.log(JSON.stringify(said))`
  const cluster = { user: 'neticket', query: '?cluster=yes' }
  const done = JSON.stringify(['loaded', 'approved', 'reserved', 'cancelled', true, 2, 1, [7], true])
  for (const runtime of RUNTIMES) expect(speak(runtime, ours, cluster, sell)).toBe(done)
  const [bun] = RUNTIMES
  expect(speak(bun!, ours, { ...cluster, user: 'nobody' }, sell)).toMatch('Cannot reach Redis')
  expect(speak(bun!, undefined, cluster, sell)).toMatch('Cannot reach Redis')
  expect(speak(bun!, ours, cluster, 'console.log(await redis.flushall().catch(String))')).toMatch('NOPERM')
})
