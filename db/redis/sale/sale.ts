import type { Redis, Result } from 'ioredis'
import * as z from 'zod'
import { isStoreUnavailable } from '../../store-unavailable.ts'
import { readScript, scanKeys } from '../client.ts'
import { ANY_SALE, saleKeys } from '../keys.ts'
import type { LogPosition } from './log-position.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    loadSale(...args: (string | number)[]): Result<unknown, Context>
    approveSale(...args: (string | number)[]): Result<unknown, Context>
    repairSale(...args: (string | number)[]): Result<unknown, Context>
    pauseSale(...args: (string | number)[]): Result<unknown, Context>
  }
}

/** Makes the scripts that put a sale into Redis, and keep it right, known to a connection. */
export function defineSaleScripts(redis: Redis): void {
  redis.defineCommand('loadSale', { numberOfKeys: 7, lua: readScript('sale/load') })
  redis.defineCommand('approveSale', { numberOfKeys: 1, lua: readScript('sale/approve') })
  redis.defineCommand('repairSale', { numberOfKeys: 1, lua: readScript('sale/repair') })
  redis.defineCommand('pauseSale', { numberOfKeys: 1, lua: readScript('sale/pause') })
}

/** Everything that a load puts into Redis. */
export type SaleLoad = SaleRules & {
  epoch: number
  /** The sale as the loader saw it when it counted. */
  seen: LogPosition | null
  expiresAtMs: number
  ticketTypes: { id: number; seats: number; sold: number; price: number }[]
  /** Seats that each person holds. */
  held: Many<[person: number, seats: number]>
  /** Bookings whose idempotency keys must still be answered as the first time. */
  firstAnswers: Many<FirstAnswer>
}

/** There may be a million of them: they are taken as they come. */
type Many<Item> = Iterable<Item> | AsyncIterable<Item>

/** A booking as it was answered the first time. */
export type FirstAnswer = {
  person: number
  idempotencyKey: string
  ticketTypeId: number
  quantity: number
  reservation: string
  unitPrice: number
  createdAt: Date
}

/** Puts an event on sale. `moved`: somebody booked meanwhile, so the count is old. The caller holds the ledger's row lock. */
export async function loadSale(redis: Redis, eventId: number, load: SaleLoad): Promise<'loaded' | 'moved'> {
  const keys = saleKeys(eventId)
  const leftAfterLoad = new Map(load.ticketTypes.map(({ id, seats, sold }) => [id, seats - sold]))
  await redis.del(keys.heldDraft, keys.idempotencyDraft)
  await fillHash(redis, keys.heldDraft, load.held, ([person, seats]) => [String(person), String(seats)])
  await fillHash(redis, keys.idempotencyDraft, load.firstAnswers, (first) => [
    `${first.person}:${first.idempotencyKey}`,
    JSON.stringify([
      String(first.ticketTypeId),
      first.quantity,
      first.reservation,
      String(load.epoch),
      0,
      String(first.unitPrice),
      first.createdAt.getTime(),
      leftAfterLoad.get(first.ticketTypeId) ?? 0,
    ]),
  ])
  const fields: (string | number)[] = [
    ...ruleFields(load),
    ...load.ticketTypes.flatMap((
      { id, seats, sold, price },
    ) => [`left:${id}`, seats - sold, `total:${id}`, seats, `price:${id}`, price]),
  ]
  const reply = await redis.loadSale(
    ...[keys.sale, keys.held, keys.idempotency, keys.cancelled, keys.log, keys.heldDraft, keys.idempotencyDraft],
    ...[load.epoch, load.expiresAtMs, load.seen?.epoch ?? '', load.seen?.seq ?? ''],
    ...fields,
  )
  return z.enum(['loaded', 'moved']).parse(reply)
}

/** What MySQL says of a sale and Redis must know: when it is open, until when one may cancel, how much one person may hold. */
export type SaleRules = { opensAtMs: number; closesAtMs: number; cancelUntilMs: number; limitPerPerson: number }

/**
 * Lets a whole sale go on selling on the server that holds it now, by these rules. `behind`: that server knows less than the ledger, whose row
 * lock the caller holds.
 */
export async function approveSale(
  redis: Redis,
  eventId: number,
  ledger: LogPosition,
  rules: SaleRules,
): Promise<'approved' | 'behind'> {
  const reply = await redis.approveSale(saleKeys(eventId).sale, ledger.epoch, ledger.seq, ...ruleFields(rules))
  return z.enum(['approved', 'behind']).parse(reply)
}

const ruleFields = ({ opensAtMs, closesAtMs, cancelUntilMs, limitPerPerson }: SaleRules): (string | number)[] => [
  ...['opens', opensAtMs, 'closes', closesAtMs],
  ...['cancel_until', cancelUntilMs, 'limit', limitPerPerson],
]

async function fillHash<Item>(redis: Redis, key: string, items: Many<Item>, toField: (item: Item) => [string, string]) {
  const CHUNK = 1_000
  let fields: string[] = []
  const put = async () => {
    await redis.hset(key, ...fields)
    // A draft that nobody finishes goes away by itself.
    await redis.pexpire(key, 600_000)
    fields = []
  }
  for await (const item of items) {
    fields.push(...toField(item))
    if (fields.length === 2 * CHUNK) await put()
  }
  if (fields.length > 0) await put()
}

/**
 * Takes a sale out of Redis, to be counted from MySQL again when somebody next asks for it. The log stays: what it holds was answered, and is
 * written before the count.
 */
export async function unloadSale(redis: Redis, eventId: number): Promise<void> {
  const { sale, held, idempotency, cancelled } = saleKeys(eventId)
  await redis.del(sale, held, idempotency, cancelled)
}

/** The events whose sale is in Redis. */
export async function findSales(redis: Redis): Promise<number[]> {
  const found = new Set<number>()
  for await (const key of scanKeys(redis, ANY_SALE)) found.add(Number(key.match(/\d+/)![0]))
  return [...found].sort((a, b) => a - b)
}

/** What Redis has of an event. */
export type SaleHead = {
  /** The last entry of the log, by the sale's own account; null when the sale is not there. */
  last: LogPosition | null
  /** Whether every key of the event is there and of the same load. */
  whole: boolean
  /** Whether there is a log, which may hold entries that are not written back. */
  hasLog: boolean
}

/** The heads of several sales in one round trip; null for those whose node of a cluster is away. Throws when all are. */
export async function readHeads(redis: Redis, eventIds: number[]): Promise<(SaleHead | null)[]> {
  const looks = await Promise.allSettled(eventIds.map((eventId) => readHead(redis, eventId)))
  const failed = looks.filter((look) => look.status === 'rejected')
  const thrown = failed.length < looks.length ? failed.find(({ reason }) => !isStoreUnavailable(reason)) : failed[0]
  if (thrown) throw thrown.reason
  return looks.map((look) => look.status === 'fulfilled' ? look.value : null)
}

async function readHead(redis: Redis, eventId: number): Promise<SaleHead> {
  const keys = saleKeys(eventId)
  const [[epoch, seq], held, answers, cancelled, hasLog] = await Promise.all([
    redis.hmget(keys.sale, 'epoch', 'seq'),
    redis.hget(keys.held, '#'),
    redis.hget(keys.idempotency, '#'),
    redis.hget(keys.cancelled, '#'),
    redis.exists(keys.log),
  ])
  return {
    last: epoch && seq ? { epoch: Number(epoch), seq: Number(seq) } : null,
    whole: !!epoch && [held, answers, cancelled].every((mark) => mark === epoch) && hasLog === 1,
    hasLog: hasLog === 1,
  }
}

/** A sale at one instant. */
export type SaleState = {
  last: LogPosition
  /** Seats left by ticket type. */
  left: Map<number, number>
  /** How often the seats left were corrected since the load. */
  repairs: number
  paused: boolean
}

/** The state of a sale, read in one command; null when it is not in Redis. */
export async function readSale(redis: Redis, eventId: number): Promise<SaleState | null> {
  const fields = await redis.hgetall(saleKeys(eventId).sale)
  if (!fields.epoch || !fields.seq) return null
  const left = Object.entries(fields).filter(([field]) => field.startsWith('left:'))
  return {
    last: { epoch: Number(fields.epoch), seq: Number(fields.seq) },
    left: new Map(left.map(([field, seats]) => [Number(field.slice(5)), Number(seats)])),
    repairs: Number(fields.repairs ?? 0),
    paused: fields.paused === '1',
  }
}

/** Seats left by ticket type, or null when the sale is not in Redis. */
export const readLeft = async (redis: Redis, eventId: number): Promise<Map<number, number> | null> =>
  (await readSale(redis, eventId))?.left ?? null

export type RepairReply = { kind: 'repaired' } | { kind: 'moved' } | { kind: 'short'; ticketTypeId: number }

const repairReply = z.union([z.tuple([z.enum(['repaired', 'moved'])]), z.tuple([z.literal('short'), z.coerce.number().int()])])

/** Corrects the seats left by signed deltas that an audit of this `state` found. */
export async function repairSale(
  redis: Redis,
  eventId: number,
  state: SaleState,
  deltas: Map<number, number>,
): Promise<RepairReply> {
  const changes = [...deltas].flat()
  const reply = repairReply.parse(await redis.repairSale(saleKeys(eventId).sale, state.last.epoch, state.repairs, ...changes))
  return reply[0] === 'short' ? { kind: 'short', ticketTypeId: reply[1] } : { kind: reply[0] }
}

/** Stops a sale whose books do not agree; false when it was loaded anew since. */
export async function pauseSale(redis: Redis, eventId: number, epoch: number): Promise<boolean> {
  return await redis.pauseSale(saleKeys(eventId).sale, epoch) === 1
}
