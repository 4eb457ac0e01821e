import { Redis } from 'ioredis'
import { createConnection } from 'mysql2/promise'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort, type Running, startProcess } from '../dev/processes.ts'
import { ensureProgram, findProgram } from '../dev/programs.ts'
import { makeSecrets } from '../dev/secrets.ts'
import { runProgram } from '../test/run-program.ts'
import { passKey, saleKeys } from './redis/keys.ts'

const ROOT = resolve(import.meta.dirname, '..')
const ACCESS = readFileSync(join(ROOT, 'terraform/stores.tf'), 'utf8').match(/access_string = "([^"]+)"/)![1]!
const { mysqlPassword: password, redisPassword } = makeSecrets()

let dir: string
let mysql: Running
let redis: Running
let [mysqlPort, redisPort] = [0, 0]

/**
 * A MySQL and a Redis that accept only TLS, with a certificate for `localhost` from a private authority. The Redis is a cluster of one node,
 * which announces its name instead of its address. Its user has the rights that Terraform grants.
 */
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'neticket-tls-'))
  makeCertificates()
  mysqlPort = await freePort()
  redisPort = await freePort()
  mysql = await startMysql()
  redis = await startRedis()
})
afterAll(async () => {
  await mysql?.stop()
  await redis?.stop()
  rmSync(dir, { recursive: true, force: true })
})

const file = (name: string) => join(dir, name)

function makeCertificates(): void {
  const key = (name: string) => ['-newkey', 'rsa:2048', '-nodes', '-keyout', file(`${name}.key`), '-subj', `/CN=${name}`]
  const request = ['req', '-x509', '-days', '2']
  run('openssl', ...request, ...key('ca'), '-out', file('ca.pem'))
  const issuer = ['-CA', file('ca.pem'), '-CAkey', file('ca.key')]
  const extensions = ['-addext', 'subjectAltName=DNS:localhost', '-addext', 'basicConstraints=CA:FALSE']
  run('openssl', ...request, ...key('localhost'), ...issuer, '-out', file('server.pem'), ...extensions)
}

function startMysql(): Promise<Running> {
  const program = ensureProgram('mysql', () => {})
  const user = process.getuid?.() === 0 ? ['--user=root'] : []
  const data = `--datadir=${file('mysql')}`
  const installer = findProgram(['mariadb-install-db'])
  if (installer) run(installer, '--no-defaults', ...user, data, '--auth-root-authentication-method=normal', '--skip-test-db')
  else run(program, '--no-defaults', ...user, data, '--initialize-insecure')
  const address = [`--port=${mysqlPort}`, '--bind-address=127.0.0.1', `--socket=${file('my.sock')}`]
  const tls = [
    '--require-secure-transport=ON',
    `--ssl-ca=${file('ca.pem')}`,
    `--ssl-cert=${file('server.pem')}`,
    `--ssl-key=${file('localhost.key')}`,
  ]
  return startProcess({
    name: 'mysql',
    dir,
    command: [program, '--no-defaults', ...user, data, ...address, ...tls],
    async isReady() {
      const root = await createConnection({ user: 'root', socketPath: file('my.sock') })
      await root.query('create database if not exists neticket')
      await root.query(`create user if not exists neticket@'%' identified by '${password}'`)
      await root.query("grant all privileges on neticket.* to neticket@'%'")
      await root.end()
      return true
    },
  })
}

async function startRedis(): Promise<Running> {
  const options: Record<string, string> = {
    port: '0',
    'tls-port': String(redisPort),
    bind: '127.0.0.1',
    dir,
    requirepass: redisPassword,
    'tls-cert-file': file('server.pem'),
    'tls-key-file': file('localhost.key'),
    'tls-ca-cert-file': file('ca.pem'),
    'tls-auth-clients': 'no',
    'tls-cluster': 'yes',
    'cluster-enabled': 'yes',
    'cluster-port': String(await freePort()),
    'cluster-announce-hostname': 'localhost',
    'cluster-preferred-endpoint-type': 'hostname',
  }
  const command = [ensureProgram('redis', () => {})]
  for (const [option, value] of Object.entries(options)) command.push(`--${option}`, value)
  return startProcess({ name: 'redis', dir, command, isReady: prepareRedis })
}

/** Makes the node a cluster of one, and adds the user. */
async function prepareRedis(): Promise<boolean> {
  const tls = { ca: readFileSync(file('ca.pem')) }
  const node = new Redis(redisPort, 'localhost', { password: redisPassword, tls, lazyConnect: true, retryStrategy: () => null })
  node.on('error', () => {/* not ready yet */})
  try {
    await node.connect()
    if ((await node.cluster('INFO')).includes('cluster_slots_assigned:0')) await node.cluster('ADDSLOTSRANGE', 0, 16_383)
    await node.acl('SETUSER', 'neticket', `>${redisPassword}`, ...ACCESS.split(' '))
    return (await node.cluster('INFO')).includes('cluster_state:ok')
  } finally {
    node.disconnect()
  }
}

/** Runs db/migrate.ts with additional trusted authorities; returns 'migrated' or its output. */
function migrate(mysqlUrl: string, authorities: string | undefined): string {
  const { status, stdout, stderr } = runProgram(join(ROOT, 'node_modules/.bin/bun'), [join(ROOT, 'db/migrate.ts')], {
    env: { PATH: process.env.PATH, MYSQL_URL: mysqlUrl, ...(authorities && { NODE_EXTRA_CA_CERTS: authorities }) },
  })
  return status === 0 ? 'migrated' : `${stdout}${stderr}`
}
/** Runs a script in a runtime with a connection `redis`; returns what it prints. */
function runWithRedis(runtime: string[], authorities: string | undefined, { user = '', query = '' }, script: string): string {
  const program = `
    const { openRedis, untilReady } = await import(${JSON.stringify(join(ROOT, 'db/redis/client.ts'))})
    const redis = openRedis('rediss://${user}:${redisPassword}@localhost:${redisPort}${query}')
    await untilReady(redis, 3000)
    ${script}
    redis.disconnect()`
  const [runtimeName, ...args] = runtime
  const { stdout, stderr } = runProgram(join(ROOT, 'node_modules/.bin', runtimeName!), [...args, program], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: dir, ...(authorities && { NODE_EXTRA_CA_CERTS: authorities, DENO_CERT: authorities }) },
  })
  return stdout.trim() || stderr
}

function run(program: string, ...args: string[]): void {
  const { status, stderr, error } = runProgram(program, args)
  if (status !== 0) throw new Error(`${program} failed: ${error?.message ?? stderr}`)
}

test('MySQL over TLS requires a trusted authority and a matching host name', () => {
  const url = (host: string, ssl: string) => `mysql://neticket:${password}@${host}:${mysqlPort}/neticket${ssl}`
  const authority = join(dir, 'ca.pem')
  expect(migrate(url('localhost', '?ssl={}'), authority)).toBe('migrated')
  expect(migrate(url('localhost', ''), authority)).toMatch(/secure.?transport|Access denied/i)
  expect(migrate(url('localhost', '?ssl={}'), undefined)).toMatch(/certificate/i)
  expect(migrate(url('localhost', '?ssl=Amazon%20RDS'), undefined)).toMatch(/certificate/i)
  expect(migrate(url('127.0.0.1', '?ssl={}'), authority)).not.toBe('migrated')
})

const RUNTIMES = [['bun', '-e'], ['deno', 'eval']]

test('Redis over TLS requires a trusted authority, in both runtimes', () => {
  const ping = 'console.log(await redis.ping())'
  for (const runtime of RUNTIMES) {
    expect(runWithRedis(runtime, join(dir, 'ca.pem'), {}, ping)).toBe('PONG')
    expect(runWithRedis(runtime, undefined, {}, ping)).not.toBe('PONG')
  }
})

test('a Redis Cluster over TLS is reached by node names, with the rights that Terraform grants, in both runtimes', () => {
  const authority = join(dir, 'ca.pem')
  const script = `
    const seats = await import(${JSON.stringify(join(ROOT, 'db/redis/sale/seats.ts'))})
    const sales = await import(${JSON.stringify(join(ROOT, 'db/redis/sale/sale.ts'))})
    const log = await import(${JSON.stringify(join(ROOT, 'db/redis/sale/booking-log.ts'))})
    const rooms = await import(${JSON.stringify(join(ROOT, 'db/redis/room/room.ts'))})
    seats.defineSeatScripts(redis)
    sales.defineSaleScripts(redis)
    rooms.defineRoomScripts(redis)
    const later = Date.now() + 60_000
    const rules = { opensAtMs: 1, closesAtMs: later, cancelUntilMs: later, limitPerPerson: 4, isStopped: false, stopMessage: '', expiresAtMs: later,
      ticketTypes: [{ id: 1, seats: 10, sold: 0, price: 1000 }] }
    const load = { ...rules, epoch: 1, seen: null, held: new Map(), firstAnswers: [] }
    const results = [await sales.loadSale(redis, 7, load)]
    results.push(await sales.approveSale(redis, 7, { epoch: 1, seq: 0 }, rules))
    const booking = { person: 7, reservation: 'r', ticketTypeId: 1, quantity: 2, idempotencyKey: 'k', passId: 'p', passMs: 1000, backlogLimit: 9 }
    results.push((await seats.reserveSeats(redis, 7, booking)).kind)
    const cancel = { rowEpoch: 1, person: 7, reservation: 'r', ticketTypeId: 1, quantity: 2, keep: 0 }
    results.push((await seats.cancelSeats(redis, 7, cancel)).kind)
    results.push((await sales.readHeads(redis, [7]))[0].whole, (await log.readBookingLog(redis, 7, { epoch: 1, seq: 0 }, 9)).length)
    await log.trimBookingLog(redis, 7, { epoch: 1, seq: 2 })
    results.push(await log.lastBookingLogEpoch(redis, 7), await sales.findSales(redis))
    await sales.unloadSale(redis, 7)
    await redis.del(${JSON.stringify(saleKeys(7).log)}, ${JSON.stringify(passKey(7, 'p'))})
    const admission = { mode: 'fifo', perMinute: 60, capacity: 10, turnMs: 1000, passMs: 1000, idleMs: 1000, lobbyMs: 0, stepMs: 0 }
    const state = await rooms.tickRoom(redis, 'r', admission, { answered: 0, slow: 0, known: null, step: null })
    results.push(state.issued <= (await rooms.joinRoom(redis, 'r', [null])).indexes[0])
    console.log(JSON.stringify(results))`
  const cluster = { user: 'neticket', query: '?cluster=yes' }
  const expected = JSON.stringify(['loaded', 'approved', 'reserved', 'cancelled', true, 2, 1, [7], true])
  for (const runtime of RUNTIMES) expect(runWithRedis(runtime, authority, cluster, script)).toBe(expected)
  const [bun] = RUNTIMES
  expect(runWithRedis(bun!, authority, { ...cluster, user: 'unknown' }, script)).toMatch('Cannot reach Redis')
  expect(runWithRedis(bun!, undefined, cluster, script)).toMatch('Cannot reach Redis')
  expect(runWithRedis(bun!, authority, cluster, 'console.log(await redis.flushall().catch(String))')).toMatch('NOPERM')
})
