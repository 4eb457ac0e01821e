import { spawnSync } from 'node:child_process'
import { createConnection } from 'mysql2/promise'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort, type Running, startProcess } from './local/processes.ts'
import { ensureProgram, findProgram } from './local/programs.ts'
import { makeSecrets } from './local/secrets.ts'

const ROOT = resolve(import.meta.dirname, '..')
const { mysqlPassword: password, redisPassword } = makeSecrets()

let dir: string
let mysql: Running
let redis: Running
let [mysqlPort, redisPort] = [0, 0]

/** A MySQL and a Redis that speak TLS only, with a certificate for `localhost` by an authority that nobody knows. */
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
    ],
    isReady: () =>
      fetch(`https://localhost:${redisPort}`, { tls: { rejectUnauthorized: false } }).then(
        () => true,
        (error) => error.code !== 'ConnectionRefused',
      ),
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
function ping(runtime: string[], authorities: string | undefined): string {
  const script = `
    const { openRedis, untilReady } = await import(${JSON.stringify(join(ROOT, 'db/redis/client.ts'))})
    const redis = openRedis('rediss://:${redisPassword}@localhost:${redisPort}')
    await untilReady(redis, 3000)
    console.log(await redis.ping())
    redis.disconnect()`
  const [program, ...args] = runtime
  const { stdout, stderr } = spawnSync(join(ROOT, 'node_modules/.bin', program!), [...args, script], {
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

test('Redis over TLS, from both runtimes: with an authority that is trusted only', () => {
  const ours = join(dir, 'ca.pem')
  for (const runtime of [['bun', '-e'], ['deno', 'eval']]) {
    expect(ping(runtime, ours)).toBe('PONG')
    expect(ping(runtime, undefined)).not.toBe('PONG')
  }
})
