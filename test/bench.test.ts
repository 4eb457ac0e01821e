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
import { faultsOf } from '../bench/sales.ts'
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

test('a quick run starts its own servers and writes a report as data and as a page', { timeout: 900_000 }, async () => {
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

test('each response is checked: one wrong response in a hundred is a fault (negative control)', async () => {
  let received = 0
  const addresses = new Set<unknown>()
  const server = await serve((request) => {
    addresses.add(request.headers['x-forwarded-for'])
    return ++received % 100 === 0 ? 'wrong' : 'right'
  })
  const { bench, result } = openBench(standIn(), { isQuick: true, rounds: 1, print: () => {} })
  const requests = Array.from(
    { length: 300 },
    (_, i) => ({ method: 'GET' as const, path: '/', headers: { 'x-forwarded-for': addressOf(i) } }),
  )
  const load = (includes: string) => ({
    connections: 4,
    work: { kind: 'once' as const, requests, expect: { status: 200, includes } },
  })
  const right = await bench.load('anything will do', server.url, load(''))
  expect([right.responses, right.wrong, addresses.size, result.faults]).toEqual([300, 0, 300, []])
  const wrong = await bench.load('it must be right', server.url, load('right'))
  expect(wrong.wrong).toBe(3)
  expect(result.faults).toEqual([expect.stringContaining('3 wrong responses')])
  server.close()
})

test('the latency of open arrivals counts from the intended time, so a stall affects all requests that were due', async () => {
  let received = 0
  const server = await serve(async () => {
    // One connection, and one response that takes half a second.
    if (++received === 10) await new Promise((resolve) => setTimeout(resolve, 500))
    return 'right'
  })
  const { bench } = openBench(standIn(), { isQuick: true, rounds: 1, print: () => {} })
  const work = {
    kind: 'arrivals' as const,
    requests: [{ method: 'GET' as const, path: '/' }],
    expect: { status: 200 },
    forMs: 1_000,
    perSecond: 200,
  }
  const { latency, responses } = await bench.load('a stall', server.url, { connections: 1, work })
  expect(responses).toBe(200)
  // A closed loop would have one slow response of 200; here about a hundred wait, 250 ms on average.
  expect(latency.p90).toBeGreaterThan(250)
  expect(latency.mean).toBeGreaterThan(50)
  server.close()
})

test('reports each difference between the responses and the stores (negative control)', () => {
  const stored = {
    rows: 10,
    seatsInRows: 15,
    sold: 15,
    left: 5,
    total: 20,
    isWrittenBack: true,
    writtenBackAtMs: 0,
    duplicates: 0,
  }
  expect(faultsOf(stored, 10, 15)).toEqual([])
  expect(faultsOf({ ...stored, left: 6 }, 10, 15)).toHaveLength(1)
  expect(faultsOf({ ...stored, rows: 9 }, 10, 15)).toHaveLength(1)
  expect(faultsOf({ ...stored, duplicates: 1 }, 10, 15)).toHaveLength(1)
  expect(faultsOf({ ...stored, isWrittenBack: false }, 10, 15)).toHaveLength(1)
})

/** The parts of a stage that a load needs. */
const standIn = () => ({ dir, redis, profiles: null, pids: () => new Map<string, number>() })

async function serve(respond: (request: { headers: Record<string, unknown> }) => string | Promise<string>) {
  const server: Server = createServer(async (request, response) => void response.end(await respond(request)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}`, close: () => server.close() }
}
