import { createConnection } from 'mysql2/promise'
import { Redis } from 'ioredis'
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openSmtp } from '../origin/mail/smtp.ts'
import { endLeftover, freePort, isRunning, startProcess } from './processes.ts'
import { ensureProgram, findProgram } from './programs.ts'
import { keepSecrets, makeSecrets } from './secrets.ts'
import { endLeftovers } from './data-folder.ts'
import { type Programs, startShop } from './local-shop.ts'
import { startStores } from './stores.ts'

let dir: string
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'neticket-local-'))))
afterEach(() => rmSync(dir, { recursive: true, force: true }))
const silent = () => {}

/** Programs that respond on their ports, as the origin and the edge do when they are ready. */
function smallPrograms(): Programs {
  const server = (
    port: string,
  ) => [
    process.execPath,
    '-e',
    `Bun.serve({ port: Number(process.env.${port}), hostname: '127.0.0.1', fetch: () => new Response('ok') })`,
  ]
  const mail = [process.execPath, join(import.meta.dirname, 'mail/main.ts')]
  return { prepare: [process.execPath, '-e', ''], mail, origin: server('ORIGIN_PORT'), edge: server('EDGE_PORT') }
}
/** Settings with addresses of stores, which need not exist. */
const settings = async () => ({
  DATA_DIR: dir,
  EDGE_PORT: String(await freePort()),
  ORIGIN_PORT: String(await freePort()),
  REDIS_URL: 'redis://127.0.0.1:1',
  MYSQL_URL: 'mysql://nobody@127.0.0.1:1/none',
  S3_ENDPOINT: 'http://127.0.0.1:1',
  SMTP_URL: 'smtp://127.0.0.1:1',
})
const pidOf = (name: string) => JSON.parse(readFileSync(join(dir, 'run', `${name}.pid`), 'utf8')) as { pid: number }

describe('startStores()', () => {
  test('keeps acknowledged writes when every store is killed, and starts again with them', async () => {
    const secrets = makeSecrets()
    const first = await startStores({ dir, print: silent, secrets })
    const redis = new Redis(first.redisUrl)
    await redis.set('kept', 'yes')
    const mysql = await createConnection(first.mysqlUrl)
    await mysql.query('create table kept (word varchar(9))')
    await mysql.query("insert into kept values ('yes')")
    redis.disconnect()
    mysql.destroy()
    for (const { running } of first.started) process.kill(running.pid, 'SIGKILL')
    await Promise.all(first.started.map(({ running }) => running.ended))

    const second = await startStores({ dir, print: silent, secrets })
    const redisAgain = new Redis(second.redisUrl)
    expect(await redisAgain.get('kept')).toBe('yes')
    redisAgain.disconnect()
    const mysqlAgain = await createConnection(second.mysqlUrl)
    expect((await mysqlAgain.query('select word from kept'))[0]).toEqual([{ word: 'yes' }])
    await mysqlAgain.end()
    await second.stop()
    expect(second.started.some(({ running }) => isRunning({ pid: running.pid, words: [] }))).toBe(false)
  })

  test('leaves processes that a later run finds and ends', async () => {
    const { started } = await startStores({ dir, print: silent, secrets: makeSecrets() })
    await endLeftovers(dir)
    await Promise.all(started.map(({ running }) => running.ended))
    expect(started.map(({ running }) => isRunning({ pid: running.pid, words: [] }))).toEqual([false, false, false])
  })

  test('makes the data folder of MySQL again after an interruption', async () => {
    mkdirSync(join(dir, 'mysql.new'))
    writeFileSync(join(dir, 'mysql.new', 'half'), '')
    const env = { REDIS_URL: 'redis://127.0.0.1:1', S3_ENDPOINT: 'http://127.0.0.1:1' }
    const stores = await startStores({ dir, print: silent, secrets: makeSecrets(), env })
    const mysql = await createConnection(stores.mysqlUrl)
    expect((await mysql.query('select @@tmpdir as own'))[0]).toEqual([{ own: join(dir, 'mysql-tmp') }])
    await mysql.end()
    await stores.stop()
  })

  test('starts no store whose address is set', async () => {
    const { started, redisUrl } = await startStores({ dir, print: silent, secrets: makeSecrets(), env: await settings() })
    expect(started).toEqual([])
    expect(redisUrl).toBe('redis://127.0.0.1:1')
  })
})

describe('startShop()', () => {
  test('rejects a second shop on the same data, without affecting the first', async () => {
    const env = await settings()
    const shop = await startShop({ env, print: silent, programs: smallPrograms() })
    await expect(startShop({ env, print: silent, programs: smallPrograms() })).rejects.toThrow(
      /already running at http:\/\/localhost:\d+ \(process \d+\)/,
    )
    expect((await fetch(`http://127.0.0.1:${env.EDGE_PORT}/`)).ok).toBe(true)
    await shop.stop()
  })

  test('reports the port that is in use and the setting that changes it', async () => {
    const env = await settings()
    const holder = createServer().listen(Number(env.EDGE_PORT), '127.0.0.1')
    await expect(startShop({ env, print: silent, programs: smallPrograms() })).rejects.toThrow(
      `Port ${env.EDGE_PORT} is in use by another program: end it, or choose another port with EDGE_PORT`,
    )
    holder.close()
  })

  test('starts a mail catcher unless SMTP_URL names a server, prints the address of its page, and shows what it caught', async () => {
    const printed: string[] = []
    const print = (line: string) => void printed.push(line)
    const env = { ...await settings(), SMTP_URL: undefined, MAIL_PAGE_PORT: String(await freePort()) }
    const reportSettings = `require('fs').writeFileSync('${
      join(dir, 'smtp')
    }', process.env.SMTP_URL + ' ' + process.env.PUBLIC_URL)`
    const programs = { ...smallPrograms(), prepare: [process.execPath, '-e', reportSettings] }
    const shop = await startShop({ env, print, programs })
    const [smtpUrl, publicUrl] = readFileSync(join(dir, 'smtp'), 'utf8').split(' ')
    expect(publicUrl).toBe(`http://localhost:${env.EDGE_PORT}`)
    expect(printed.join('\n')).toContain(`http://localhost:${env.MAIL_PAGE_PORT}`)
    const smtp = openSmtp(smtpUrl!, 'NETicket <shop@neticket.example>')
    const mail = { messageId: '<1@neticket.example>', text: 'https://neticket.example/verify', html: '<p>x</p>', language: 'en' }
    await smtp.send({ ...mail, to: 'buyer@test.example', subject: 'Caught <b>mail</b>', unsubscribe: null })
    const page = `http://localhost:${env.MAIL_PAGE_PORT}`
    expect(await (await fetch(page)).text()).toContain('Caught &lt;b>mail&lt;/b>')
    expect(await (await fetch(`${page}/mails/1`)).text()).toContain('href="https://neticket.example/verify"')
    expect((await fetch(`${page}/mails/1/html`)).headers.get('content-security-policy')).toContain('sandbox')
    smtp.close()
    await shop.stop()
    expect(await fetch(page).catch(() => null)).toBeNull()
  })

  test('restarts a process that was killed', async () => {
    const env = await settings()
    const printed: string[] = []
    const shop = await startShop({ env, print: (line) => printed.push(line), programs: smallPrograms() })
    const before = pidOf('origin').pid
    process.kill(before, 'SIGKILL')
    for (let tries = 0; tries < 200 && pidOf('origin').pid === before; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    for (let tries = 0; tries < 200; tries++) {
      if (await fetch(`http://127.0.0.1:${env.ORIGIN_PORT}/`).then((response) => response.ok, () => false)) break
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect((await fetch(`http://127.0.0.1:${env.ORIGIN_PORT}/`)).ok).toBe(true)
    expect(printed).toContain('The origin has ended; restarting it')
    await shop.stop()
    expect(await fetch(`http://127.0.0.1:${env.ORIGIN_PORT}/`).catch(() => null)).toBeNull()
  })

  test('reports the output of a program that cannot start, and leaves nothing running', async () => {
    const programs = { ...smallPrograms(), origin: [process.execPath, '-e', 'console.error("no such setting"); process.exit(1)'] }
    await expect(startShop({ env: await settings(), print: silent, programs })).rejects.toThrow(
      /Cannot start origin: it ended at once[^]*no such setting/,
    )
    expect(await endLeftover(dir, 'edge')).toBe(false)
  })

  test('ends the processes that a killed supervisor left behind, and no others', async () => {
    const bystander = spawn('sleep', ['60'])
    const left = await startProcess({ name: 'origin', command: ['sleep', '61'], dir, isReady: () => Promise.resolve(true) })
    // Between its fork and its exec a process still has its parent's command line.
    while (!isRunning({ pid: left.pid, words: ['61'] })) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await endLeftover(dir, 'origin')).toBe(true)
    await left.ended
    mkdirSync(join(dir, 'run'), { recursive: true })
    // The id of an ended process that now belongs to an unrelated program.
    writeFileSync(join(dir, 'run', 'edge.pid'), JSON.stringify({ pid: bystander.pid, words: ['run', 'edge/main.ts'] }))
    expect(await endLeftover(dir, 'edge')).toBe(false)
    expect(isRunning({ pid: bystander.pid!, words: ['60'] })).toBe(true)
    bystander.kill()
  })
})

describe('freePort()', () => {
  test('never returns a port twice, nor one that an outgoing connection may use', async () => {
    const ask = `
      import { freePort } from '${join(import.meta.dirname, 'processes.ts')}'
      const ports = []
      for (let i = 0; i < 500; i++) ports.push(await freePort())
      console.log(JSON.stringify(ports))
      await Bun.stdin.text()
      process.exit()`
    const askers = [0, 1].map(() => Bun.spawn([process.execPath, '-e', ask], { stdin: 'pipe', stdout: 'pipe' }))
    const firstLine = async (stream: ReadableStream<Uint8Array>) => {
      let text = ''
      for await (const chunk of stream) {
        text += new TextDecoder().decode(chunk)
        if (text.endsWith('\n')) break
      }
      return JSON.parse(text) as number[]
    }
    const ports = (await Promise.all(askers.map(({ stdout }) => firstLine(stdout)))).flat()
    for (const { stdin } of askers) stdin.end()
    expect(new Set(ports).size).toBe(1_000)
    expect(Math.max(...ports)).toBeLessThan(32_768)
  })
})

describe('ensureProgram()', () => {
  test('explains what to do when a program is missing and cannot be installed', () => {
    const path = process.env.PATH
    process.env.PATH = ''
    try {
      expect(() => ensureProgram('redis', silent)).toThrow(
        'Cannot find redis-server or valkey-server: install it, or set REDIS_URL to a Redis of yours',
      )
    } finally {
      process.env.PATH = path
    }
  })

  test('finds a program on the PATH, and returns null for a missing one', () => {
    expect(findProgram(['no-such-program', 'sh'])).toMatch(/\/sh$/)
    expect(findProgram(['no-such-program'])).toBeNull()
  })
})

test('keepSecrets() makes secrets once, with a password that the rules allow', () => {
  const secrets = keepSecrets(dir)
  expect(keepSecrets(dir)).toEqual(secrets)
  expect(secrets.adminPassword).toMatch(/^(?=.*[a-z])(?=.*\d)(?=.*[!@#$%^&*()_+])[a-zA-Z\d!@#$%^&*()_+]{8,20}$/)
})
