/**
 * Sells while things are killed, and joins what buyers were told with what MySQL holds.
 *
 *   npm run chaos -- [--rounds 100] [--mode redis|mysql] [--buyers 200] [--seed 1] [--outage 30]
 *
 * Two origins, two edges, Redis and MySQL, each a real process with ports of its own. In each round a new event sells out while one of
 * them is killed with -9, stopped for a while, or cut off, at a random instant. Buyers retry with the same key when an answer is lost,
 * as a client would. After the round: every 201 is in MySQL exactly once, every row was asked for, nobody holds more than the limit,
 * and the counters are exact. The table goes to the terminal, the report to chaos-<mode>.json beside the shop's logs.
 */
import { eq } from 'drizzle-orm'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import * as z from 'zod'
import { openDatabase } from '../db/mysql.ts'
import { freePort, type Running, startProcess } from '../dev/processes.ts'
import { makeSecrets } from '../dev/secrets.ts'
import { startStores } from '../dev/stores.ts'
import { migrateDatabase } from '../db/run-migrations.ts'
import { openRedis, untilReady } from '../db/redis/client.ts'
import { reservations, ticketTypes, users } from '../db/schema.ts'
import { createSeededRandom } from '../runtime/seeded-random.ts'
import { addEvent } from '../dev/demo/load.ts'
import { eventRoom } from '../edge/contract/rooms.ts'
import { readTokenKeys, signPass } from '../edge/contract/tokens.ts'
import { auditInventory } from '../origin/inventory-audit.ts'
import { signAccess } from '../origin/sessions.ts'

const { values: wish } = parseArgs({
  options: {
    rounds: { type: 'string', default: '100' },
    mode: { type: 'string', default: 'redis' },
    buyers: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    outage: { type: 'string', default: '0' },
  },
})
const [rounds, buyers, outageSeconds] = [Number(wish.rounds), Number(wish.buyers), Number(wish.outage)]
const random = createSeededRandom(Number(wish.seed))
const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!
const print = (line: string) => process.stdout.write(`${line}\n`)

const SEATS = [150, 60]
const LIMIT = 4
const PATIENCE_MS = 60_000

type Part = { name: string; running: Running; start(): Promise<Running> }
type Told = {
  person: number
  key: string
  ticketTypeId: number
  quantity: number
  id: string | null
  cancelled: boolean
  answer: string
}
type Round = {
  round: number
  victim: string
  fault: string
  requests: number
  booked: number
  cancelled: number
  retries: number
  lost: number
  doubled: number
  oversold: number
  wrong: number
  recoverySeconds: number
}

const dir = await mkdtemp(join(tmpdir(), 'neticket-chaos-'))
const ROOT = resolve(import.meta.dirname, '..')
const tokenSecret = makeSecrets().tokenSecret
const tokenKeys = readTokenKeys(tokenSecret)
print(`chaos: ${rounds} rounds, acknowledgement by ${wish.mode}, seed ${wish.seed}, in ${dir}`)

const stores = await startStores({ dir, print, secrets: makeSecrets() })
const { db, close: closeDatabase } = openDatabase(stores.mysqlUrl, 4)
await migrateDatabase(stores.mysqlUrl)
const redis = openRedis(stores.redisUrl)
await untilReady(redis)
const people = await addPeople(buyers + 50)

const parts: Part[] = stores.started.filter(({ name }) => name !== 's3').map(({ name, running, start }) => ({
  name,
  running,
  start,
}))
const edgeUrls: string[] = []
/** Of each event's room, as its passes must have it. */
const epochs = new Map<number, number>()
for (const number of [1, 2]) {
  const [originPort, edgePort] = [await freePort(), await freePort()]
  const env = {
    REDIS_URL: stores.redisUrl,
    MYSQL_URL: stores.mysqlUrl,
    TOKEN_SECRET: tokenSecret,
    ACKNOWLEDGE: wish.mode,
    WRITE_BACK_MS: '200',
    TRUSTED_PROXIES: '1',
    ORIGIN_PORT: String(originPort),
    ORIGIN_URL: `http://127.0.0.1:${originPort}`,
    EDGE_PORT: String(edgePort),
  }
  const bin = (name: string) => join(ROOT, 'node_modules/.bin', name)
  await addPart(`origin-${number}`, [bin('bun'), join(ROOT, 'origin/main.ts')], env, originPort)
  const flags = ['run', '--allow-net', '--allow-env', '--allow-read', '--allow-sys']
  await addPart(`edge-${number}`, [bin('deno'), ...flags, join(ROOT, 'edge/main.ts')], env, edgePort)
  edgeUrls.push(`http://127.0.0.1:${edgePort}`)
}

const report: Round[] = []
let failed = false
try {
  for (let round = 1; round <= rounds; round++) {
    const result = await playRound(round, pick(parts), pick(['kill', 'kill', 'stop', 'cut'] as const))
    report.push(result)
    const bad = result.lost + result.doubled + result.oversold + result.wrong
    failed ||= bad > 0
    if (bad > 0 || round % 10 === 0) print(line(result))
  }
  if (outageSeconds > 0) failed = !(await playOutage(outageSeconds)) || failed
} finally {
  for (const part of parts.reverse()) await part.running.stop()
  redis.disconnect()
  await closeDatabase().catch(() => {})
  await stores.stop()
}

const total = (field: keyof Round) => report.reduce((sum, result) => sum + Number(result[field]), 0)
print(`\n| victim | rounds | requests | 201 | cancelled | retries | lost | doubled | oversold | wrong | slowest recovery s |`)
print('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |')
for (const victim of [...new Set(report.map((result) => result.victim))].sort()) {
  const own = report.filter((result) => result.victim === victim)
  const sum = (field: keyof Round) => own.reduce((all, result) => all + Number(result[field]), 0)
  const slowest = Math.max(...own.filter(({ fault }) => fault === 'kill').map(({ recoverySeconds }) => recoverySeconds), 0)
  const cells = [
    victim,
    own.length,
    ...(['requests', 'booked', 'cancelled', 'retries', 'lost', 'doubled', 'oversold', 'wrong'] as const).map(sum),
  ]
  print(`| ${[...cells, slowest.toFixed(2)].join(' | ')} |`)
}
print(
  `| all | ${report.length} | ${
    (['requests', 'booked', 'cancelled', 'retries', 'lost', 'doubled', 'oversold', 'wrong'] as const).map(total).join(' | ')
  } | |`,
)
const reportFile = resolve(`chaos-${wish.mode}.json`)
await writeFile(reportFile, `${JSON.stringify({ mode: wish.mode, seed: wish.seed, rounds: report }, null, 2)}\n`)
print(`\nreport: ${reportFile}`)
if (failed) print(`FAILED; replay with --seed ${wish.seed}; logs are in ${dir}/logs`)
else await rm(dir, { recursive: true, force: true })
process.exit(failed ? 1 : 0)

async function playRound(round: number, victim: Part, fault: 'kill' | 'stop' | 'cut'): Promise<Round> {
  const { eventId, types } = await addSale(SEATS)
  const told: Told[] = []
  let requests = 0
  let retries = 0
  const faultOver = hurt(victim, fault, 20 + random() * 400)
  await Promise.all(
    people.slice(0, buyers).map(async (person, i) => {
      await sleep(random() * 500)
      const quantity = 1 + Math.floor(random() * 2)
      const wanted: Told = {
        person,
        key: `r${round}-${i}`,
        ticketTypeId: pick(types),
        quantity,
        id: null,
        cancelled: false,
        answer: '',
      }
      told.push(wanted)
      const booked = await insist(`/api/events/${eventId}/reservations`, 'POST', await headersOf(person, eventId, wanted.key), {
        ticketTypeId: wanted.ticketTypeId,
        quantity,
      })
      requests += booked.tries
      retries += booked.tries - 1
      wanted.answer = booked.code
      wanted.id = booked.status === 201 ? booked.body.reservation.id : null
      if (wanted.id && random() < 0.15) {
        const cancelled = await insist(`/api/reservations/${wanted.id}`, 'DELETE', await headersOf(person, eventId, wanted.key))
        requests += cancelled.tries
        retries += cancelled.tries - 1
        wanted.cancelled = cancelled.status === 200
        if (!wanted.cancelled) wanted.answer = `cancel ${cancelled.code}`
      }
    }),
  )
  const backAt = await faultOver
  // A buyer for whom nothing can be left: an answer of the script, whatever it is, means that selling goes on.
  await insist(`/api/events/${eventId}/reservations`, 'POST', await headersOf(people.at(-1)!, eventId, `probe-${round}`), {
    ticketTypeId: types[0],
    quantity: LIMIT + 1,
  }, edgeUrls[round % 2])
  const recoverySeconds = Math.max(0, (Date.now() - backAt) / 1000)
  return { round, victim: victim.name, fault, requests, retries, recoverySeconds, ...await check(eventId, told) }
}

async function check(eventId: number, told: Told[]) {
  await written(eventId)
  const rows = await db.select().from(reservations).where(eq(reservations.eventId, eventId))
  const types = await db.select().from(ticketTypes).where(eq(ticketTypes.eventId, eventId))
  const byId = new Map(rows.map((row) => [row.id, row]))
  const asked = new Map(told.map((wanted) => [`${wanted.person}:${wanted.key}`, wanted]))
  const promised = told.filter(({ id }) => id !== null)
  const lost = promised.filter(({ id, person, quantity, cancelled }) => {
    const row = byId.get(id!)
    return !row || row.userId !== person || row.quantity !== quantity || (row.status === 'cancelled') !== cancelled
  }).length
  const keys = rows.map((row) => `${row.userId}:${row.idempotencyKey}`)
  const doubled = keys.length - new Set(keys).size
  const confirmed = (by: 'userId' | 'ticketTypeId') => {
    const sums = new Map<number, number>()
    for (const row of rows) if (row.status === 'confirmed') sums.set(row[by], (sums.get(row[by]) ?? 0) + row.quantity)
    return sums
  }
  const perType = confirmed('ticketTypeId')
  const oversold = types.reduce((sum, type) => sum + Math.max(0, (perType.get(type.id) ?? 0) - type.seats), 0)
  const causeless = rows.filter((row) => asked.get(`${row.userId}:${row.idempotencyKey}`)?.id !== row.id).length
  const overLimit = [...confirmed('userId').values()].filter((held) => held > LIMIT).length
  const unanswered = told.filter(({ answer }) => !['201', 'sold_out', 'limit_exceeded'].includes(answer)).length
  const books = await auditInventory({ db, redis }, eventId)
  const drift = books.kind === 'audited' ? books.ticketTypes.filter((type) => type.drift !== 0).length : 1
  const miscounted = types.filter((type) => type.sold !== (perType.get(type.id) ?? 0)).length
  const wrong = causeless + overLimit + unanswered + drift + miscounted
  if (lost + doubled + oversold + wrong > 0) {
    print(
      `event ${eventId}: causeless ${causeless}, over the limit ${overLimit}, unanswered ${unanswered}, drift ${drift}, miscounted ${miscounted}`,
    )
    print(
      `  ${
        told.filter(({ answer }) => !['201', 'sold_out', 'limit_exceeded'].includes(answer)).slice(0, 3).map((t) =>
          JSON.stringify(t)
        ).join('\n  ')
      }`,
    )
  }
  return { booked: promised.length, cancelled: told.filter(({ cancelled }) => cancelled).length, lost, doubled, oversold, wrong }
}

/** MySQL stands still while bookings go on: none fails, and the backlog is written soon after. */
async function playOutage(seconds: number): Promise<boolean> {
  const mysql = parts.find(({ name }) => name === 'mysql')!
  const { eventId, types } = await addSale([1_000_000])
  const first = await insist(
    `/api/events/${eventId}/reservations`,
    'POST',
    await headersOf(people[0]!, eventId, 'outage-first'),
    { ticketTypeId: types[0], quantity: 1 },
  )
  print(`\nMySQL stands still for ${seconds} s under load (first answer ${first.status})`)
  process.kill(mysql.running.pid, 'SIGSTOP')
  const until = Date.now() + seconds * 1000
  let booked = 1
  let refused = 0
  await Promise.all(Array.from({ length: 20 }, async (_, worker) => {
    for (let i = 0; Date.now() < until; i++) {
      const person = people[(worker * 31 + i) % people.length]!
      const answer = await ask(
        pick(edgeUrls),
        `/api/events/${eventId}/reservations`,
        'POST',
        await headersOf(person, eventId, `outage-${worker}-${i}`),
        {
          ticketTypeId: types[0],
          quantity: 1,
        },
      )
      if (answer?.status === 201) booked++
      else if (answer?.code !== 'limit_exceeded') refused++
      await sleep(20)
    }
  }))
  const backAt = Date.now()
  process.kill(mysql.running.pid, 'SIGCONT')
  await written(eventId)
  const drainSeconds = (Date.now() - backAt) / 1000
  const rows = await db.select({ id: reservations.id }).from(reservations).where(eq(reservations.eventId, eventId))
  print(`booked ${booked}, refused ${refused}, rows ${rows.length}, written ${drainSeconds.toFixed(1)} s after its return`)
  return refused === 0 && rows.length === booked && drainSeconds < 10
}

/** Does a part harm after a while; resolves with the moment at which it was whole again. */
async function hurt(part: Part, fault: 'kill' | 'stop' | 'cut', afterMs: number): Promise<number> {
  await sleep(afterMs)
  if (fault === 'stop') {
    process.kill(part.running.pid, 'SIGSTOP')
    await sleep(500 + random() * 1_500)
    process.kill(part.running.pid, 'SIGCONT')
  } else if (fault === 'cut' && part.name === 'redis') {
    await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes').catch(() => {})
  } else if (fault === 'cut' && part.name === 'mysql') {
    const [found] = z.tuple([z.array(z.object({ Id: z.number(), User: z.string() }))]).rest(z.unknown()).parse(
      await db.execute('show processlist'),
    )
    for (const { Id, User } of found) if (User === 'neticket') await db.execute(`kill ${Number(Id)}`).catch(() => {})
  } else {
    process.kill(part.running.pid, 'SIGKILL')
    await part.running.ended
    await sleep(random() * 300)
    part.running = await part.start()
  }
  return Date.now()
}

type Answer = { status: number; code: string; body: { reservation: { id: string }; epoch?: number } }

/** Asks until there is an answer that means something, with the same key, at any edge. */
async function insist(
  path: string,
  method: string,
  headers: Record<string, string>,
  body?: unknown,
  at?: string,
): Promise<Answer & { tries: number }> {
  const giveUpAt = Date.now() + PATIENCE_MS
  for (let tries = 1;; tries++) {
    const answer = await ask(at ?? pick(edgeUrls), path, method, headers, body)
    if (answer && answer.status < 500 && answer.status !== 429) return { ...answer, tries }
    if (Date.now() > giveUpAt) return { ...answer ?? { status: 0, code: 'no_answer', body: { reservation: { id: '' } } }, tries }
    await sleep(50 + random() * 200)
  }
}

async function ask(
  at: string,
  path: string,
  method: string,
  headers: Record<string, string>,
  body?: unknown,
): Promise<Answer | null> {
  try {
    const response = await fetch(at + path, {
      method,
      headers,
      signal: AbortSignal.timeout(15_000),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const read = await response.json() as Answer['body'] & { code?: string }
    return { status: response.status, code: read.code ?? String(response.status), body: read }
  } catch {
    return null
  }
}

async function headersOf(person: number, eventId: number, key: string): Promise<Record<string, string>> {
  const epoch = epochs.get(eventId) ?? Number((await insist(`/queue/${eventRoom(eventId)}`, 'GET', {})).body.epoch)
  epochs.set(eventId, epoch)
  const untilMs = Date.now() + 600_000
  const pass = { id: crypto.randomUUID(), room: eventRoom(eventId), epoch, expiresAtMs: untilMs, untilMs }
  return {
    'content-type': 'application/json',
    'x-forwarded-for': `10.${person >> 16 & 255}.${person >> 8 & 255}.${person & 255}`,
    authorization: `Bearer ${await signAccess({ tokenKeys, now: () => new Date() }, {
      id: person,
      nickname: 'chaos',
      role: 'user',
    })}`,
    'x-queue-pass': signPass(pass, tokenKeys),
    'idempotency-key': key,
  }
}

/** Waits until MySQL has followed Redis to the end of an event's log; at most half a minute. */
async function written(eventId: number): Promise<void> {
  for (let waited = 0; waited < 30_000; waited += 50) {
    const books = await auditInventory({ db, redis }, eventId).catch(() => null)
    if (books?.kind === 'audited' && books.ticketTypes.every(({ inFlight }) => inFlight === 0)) {
      const ledger = await db.query.ledgers.findFirst({ where: (row, { eq }) => eq(row.eventId, eventId) })
      if (ledger && ledger.epoch === books.state.last.epoch && ledger.seq >= books.state.last.seq) return
    }
    await sleep(50)
  }
}

async function addSale(seats: number[]): Promise<{ eventId: number; types: number[] }> {
  const now = new Date()
  const at = (hours: number) => new Date(now.getTime() + hours * 3_600_000)
  const names = { title: 'chaos', titleEn: 'chaos', venue: 'chaos', venueEn: 'chaos' }
  const grades = seats.map((count, i) => ({ name: `${i}`, nameEn: `${i}`, price: 1_000, seats: count }))
  const eventId = await addEvent(db, {
    ...names,
    startsAt: at(240),
    opensAt: at(-1),
    closesAt: at(24),
    limitPerPerson: LIMIT,
    ticketTypes: grades,
  }, { now })
  const types = await db.select({ id: ticketTypes.id }).from(ticketTypes).where(eq(ticketTypes.eventId, eventId))
  return { eventId, types: types.map(({ id }) => id) }
}

async function addPeople(count: number): Promise<number[]> {
  const rows = Array.from(
    { length: count },
    (_, i) => ({ email: `chaos${i}@test.example`, passwordHash: '-', nickname: `c${i}`, createdAt: new Date() }),
  )
  const [{ insertId }] = await db.insert(users).values(rows)
  return rows.map((_, i) => insertId + i)
}

async function addPart(name: string, command: string[], env: Record<string, string | undefined>, port: number): Promise<void> {
  const isReady = async () => {
    const response = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(1_000) })
    await response.body?.cancel()
    return response.ok
  }
  const start = () => startProcess({ name, command, env, dir, isReady })
  parts.push({ name, start, running: await start() })
}

function line(result: Round): string {
  const { round, victim, fault, requests, booked, retries, lost, doubled, oversold, wrong, recoverySeconds } = result
  return `round ${round}: ${fault} ${victim}; ${requests} requests, ${booked} booked, ${retries} retries; ` +
    `lost ${lost}, doubled ${doubled}, oversold ${oversold}, wrong ${wrong}; selling again after ${recoverySeconds.toFixed(2)} s`
}
