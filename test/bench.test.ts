import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { openBench } from '../bench/bench.ts'
import { addressOf } from '../bench/load.ts'
import type { Report } from '../bench/report.ts'
import { faultsOf } from '../bench/shop.ts'
import { openRedis, untilReady } from '../db/redis/client.ts'

let dir: string
const redis = openRedis(inject('stores').redisUrl)
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'neticket-bench-test-'))
  await untilReady(redis)
})
afterAll(async () => {
  redis.disconnect()
  await rm(dir, { recursive: true, force: true })
})

test('a quick run measures on servers of its own and writes a report as data and as a page', { timeout: 120_000 }, async () => {
  const bench = fileURLToPath(new URL('../bench/run.ts', import.meta.url))
  const child = spawn(process.execPath, [bench, '--quick', '--to', dir, 'poll', 'sale'], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (part) => (said += part))
  const code = await new Promise((resolve) => child.once('exit', resolve))
  expect(code, said).toBe(0)
  expect(said).toContain('| sale | buyers per second, to the end |')

  const files = readdirSync(dir).filter((file) => /^\d{4}-\d\d-\d\d-.*-quick-poll-sale\.(json|html)$/.test(file))
  expect(files).toHaveLength(2)
  const report = JSON.parse(readFileSync(join(dir, files.find((file) => file.endsWith('json'))!), 'utf8')) as Report
  expect(report.versions).toMatchObject({
    bun: expect.stringMatching(/\d/),
    deno: expect.stringMatching(/\d/),
    redis: expect.stringMatching(/\d/),
  })
  const [poll, sale] = report.scenarios
  expect(poll!.faults).toEqual([])
  expect(poll!.figures.map(({ what }) => what)).toContain('poll to bare Deno, by CPU')
  expect(sale!.runs[0]).toMatchObject({ errors: 0, wrong: 0, facts: { booked: 500, seats: 750 } })
  const page = readFileSync(join(dir, files.find((file) => file.endsWith('html'))!), 'utf8')
  expect(page).toMatch(/<svg/)
  expect(page).not.toMatch(/<script|src="http|href="http/)
})

test('each answer is checked: one wrong answer in a hundred is a fault (negative control)', async () => {
  let asked = 0
  const addresses = new Set<unknown>()
  const server = await serve((request) => {
    addresses.add(request.headers['x-forwarded-for'])
    return ++asked % 100 === 0 ? 'wrong' : 'right'
  })
  const { bench, answer } = openBench(standIn(), { isQuick: true, rounds: 1, print: () => {} })
  const asks = Array.from(
    { length: 300 },
    (_, i) => ({ method: 'GET' as const, path: '/', headers: { 'x-forwarded-for': addressOf(i) } }),
  )
  const load = (includes: string) => ({
    connections: 4,
    work: { kind: 'once' as const, asks, expect: { status: 200, includes } },
  })
  const right = await bench.load('anything will do', server.url, load(''))
  expect([right.answers, right.wrong, addresses.size, answer.faults]).toEqual([300, 0, 300, []])
  const wrong = await bench.load('it must be right', server.url, load('right'))
  expect(wrong.wrong).toBe(3)
  expect(answer.faults).toEqual([expect.stringContaining('3 wrong answers')])
  server.close()
})

test('open arrivals are charged from the intended time: a stall of the server counts for all who would have come', async () => {
  let asked = 0
  const server = await serve(async () => {
    // One connection, and one answer that takes half a second.
    if (++asked === 10) await new Promise((resolve) => setTimeout(resolve, 500))
    return 'right'
  })
  const { bench } = openBench(standIn(), { isQuick: true, rounds: 1, print: () => {} })
  const work = {
    kind: 'arrivals' as const,
    asks: [{ method: 'GET' as const, path: '/' }],
    expect: { status: 200 },
    forMs: 1_000,
    perSecond: 200,
  }
  const { latency, answers } = await bench.load('a stall', server.url, { connections: 1, work })
  expect(answers).toBe(200)
  // A closed loop would show one slow answer of 200; here about a hundred had to wait, 250 ms on average.
  expect(latency.p90).toBeGreaterThan(250)
  expect(latency.mean).toBeGreaterThan(50)
  server.close()
})

test('books that do not add up are faults (negative control)', () => {
  const books = { rows: 10, soldInRows: 15, sold: 15, left: 5, total: 20, isWritten: true, doubled: 0 }
  expect(faultsOf(books, 10, 15)).toEqual([])
  expect(faultsOf({ ...books, left: 6 }, 10, 15)).toHaveLength(1)
  expect(faultsOf({ ...books, rows: 9 }, 10, 15)).toHaveLength(1)
  expect(faultsOf({ ...books, doubled: 1 }, 10, 15)).toHaveLength(1)
  expect(faultsOf({ ...books, isWritten: false }, 10, 15)).toHaveLength(1)
})

/** As much of a stage as a load needs: no servers of its own. */
const standIn = () => ({ dir, redis, profiles: null, pids: () => new Map<string, number>() })

async function serve(answer: (request: { headers: Record<string, unknown> }) => string | Promise<string>) {
  const server: Server = createServer(async (request, response) => void response.end(await answer(request)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}`, close: () => server.close() }
}
