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

/** Registers the scripts that load, approve, repair and pause a sale on a connection. */
export function defineSaleScripts(redis: Redis): void {
  redis.defineCommand('loadSale', { numberOfKeys: 7, lua: readScript('sale/load') })
  redis.defineCommand('approveSale', { numberOfKeys: 5, lua: readScript('sale/approve') })
  redis.defineCommand('repairSale', { numberOfKeys: 1, lua: readScript('sale/repair') })
  redis.defineCommand('pauseSale', { numberOfKeys: 1, lua: readScript('sale/pause') })
}

/** Everything that a load writes to Redis. */
export type SaleLoad = Omit<SaleRules, 'ticketTypes'> & {
  epoch: number
  /** The last log position of the sale that the caller saw before it counted; null if there was no sale. */
  seen: LogPosition | null
  ticketTypes: { id: number; seats: number; sold: number; price: number }[]
  /** Seats that each person holds. */
  held: Many<[person: number, seats: number]>
  /** Bookings whose idempotency keys must keep returning the first reply. */
  firstAnswers: Many<FirstAnswer>
}

/** Possibly a million items, which are read one after another. */
type Many<Item> = Iterable<Item> | AsyncIterable<Item>

/** The first reply to a booking. */
export type FirstAnswer = {
  person: number
  idempotencyKey: string
  ticketTypeId: number
  quantity: number
  reservation: string
  unitPrice: number
  createdAt: Date
  /** When all its seats were returned; null if some are left. */
  cancelledAt: Date | null
}

/**
 * Replaces an event's sale in Redis. The caller holds the ledger's row lock. `moved`: the sale has changed since the caller counted, and
 * nothing was replaced. If the process dies before the script runs, only the drafts remain, and they expire.
 */
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
      first.cancelledAt?.getTime() ?? 0,
    ]),
  ])
  const seatFields = load.ticketTypes.flatMap(({ id, seats, sold }) => [`left:${id}`, seats - sold, `total:${id}`, seats])
  const reply = await redis.loadSale(
    keys.sale,
    keys.held,
    keys.idempotency,
    keys.cancelled,
    keys.log,
    keys.heldDraft,
    keys.idempotencyDraft,
    load.epoch,
    load.expiresAtMs,
    load.seen?.epoch ?? '',
    load.seen?.seq ?? '',
    ...ruleFields(load),
    ...seatFields,
  )
  return z.enum(['loaded', 'moved']).parse(reply)
}

/** The rules that MySQL keeps and the scripts check. Times are epoch ms; the limit is in seats. */
export type SaleRules = {
  opensAtMs: number
  closesAtMs: number
  cancelUntilMs: number
  limitPerPerson: number
  isStopped: boolean
  /** To buyers while the sale is stopped. */
  stopMessage: string
  /** In won. */
  ticketTypes: { id: number; price: number }[]
  /** When the keys of the sale expire. */
  expiresAtMs: number
}

/**
 * Lets a complete sale continue on the present run of its server, with these rules. The caller holds the ledger's row lock. `behind`: the
 * sale on that server is older than the ledger.
 */
export async function approveSale(
  redis: Redis,
  eventId: number,
  ledger: LogPosition,
  rules: SaleRules,
): Promise<'approved' | 'behind'> {
  const { sale, held, idempotency, cancelled, log } = saleKeys(eventId)
  const position = [ledger.epoch, ledger.seq, rules.expiresAtMs]
  const reply = await redis.approveSale(sale, held, idempotency, cancelled, log, ...position, ...ruleFields(rules))
  return z.enum(['approved', 'behind']).parse(reply)
}

const ruleFields = (rules: SaleRules): (string | number)[] => [
  'opens',
  rules.opensAtMs,
  'closes',
  rules.closesAtMs,
  'cancel_until',
  rules.cancelUntilMs,
  'limit',
  rules.limitPerPerson,
  'stopped',
  rules.isStopped ? 1 : 0,
  'message',
  rules.stopMessage,
  ...rules.ticketTypes.flatMap(({ id, price }) => [`price:${id}`, price]),
]

/** A draft that is not used expires after ten minutes. */
const DRAFT_TTL_MS = 600_000
const FIELDS_PER_COMMAND = 1_000

async function fillHash<Item>(redis: Redis, key: string, items: Many<Item>, toField: (item: Item) => [string, string]) {
  let fields: string[] = []
  const flush = async () => {
    await redis.hset(key, ...fields)
    await redis.pexpire(key, DRAFT_TTL_MS)
    fields = []
  }
  for await (const item of items) {
    fields.push(...toField(item))
    if (fields.length === 2 * FIELDS_PER_COMMAND) await flush()
  }
  if (fields.length > 0) await flush()
}

/**
 * Removes a sale from Redis. The next request for the event loads it from MySQL again. The booking log stays: its entries were confirmed to
 * buyers, and the load writes them back before it counts.
 */
export async function unloadSale(redis: Redis, eventId: number): Promise<void> {
  const { sale, held, idempotency, cancelled } = saleKeys(eventId)
  await redis.del(sale, held, idempotency, cancelled)
}

/** Removes everything of an event's sale, also its booking log. For an event that no longer exists. */
export async function removeSale(redis: Redis, eventId: number): Promise<void> {
  const { sale, held, idempotency, cancelled, log, heldDraft, idempotencyDraft } = saleKeys(eventId)
  await redis.del(sale, held, idempotency, cancelled, log, heldDraft, idempotencyDraft)
}

/** The events whose sale is in Redis, in ascending order. */
export async function findSales(redis: Redis): Promise<number[]> {
  const found = new Set<number>()
  for await (const key of scanKeys(redis, ANY_SALE)) found.add(Number(key.match(/\d+/)![0]))
  return [...found].sort((a, b) => a - b)
}

/** Which of an event's keys Redis has. */
export type SaleHead = {
  /** The position of the last entry of the log, as the key `sale` records it; null without a sale. */
  last: LogPosition | null
  /** Whether every key of the event exists and belongs to the same load. */
  whole: boolean
  /** Whether the log exists. It may hold entries that are not written back. */
  hasLog: boolean
  /** Whether the sale waits for approval because of a change of the event. */
  isSuspended: boolean
}

/** Reads the heads of several sales in one round trip; null for those whose cluster node is unavailable. Throws when all of them are. */
export async function readHeads(redis: Redis, eventIds: number[]): Promise<(SaleHead | null)[]> {
  const results = await Promise.allSettled(eventIds.map((eventId) => readHead(redis, eventId)))
  const failures = results.filter((result) => result.status === 'rejected')
  const haveAllFailed = failures.length === results.length
  const failure = haveAllFailed ? failures[0] : failures.find(({ reason }) => !isStoreUnavailable(reason))
  if (failure) throw failure.reason
  return results.map((result) => result.status === 'fulfilled' ? result.value : null)
}

async function readHead(redis: Redis, eventId: number): Promise<SaleHead> {
  const keys = saleKeys(eventId)
  const [[epoch, seq, run], held, idempotency, cancelled, hasLog] = await Promise.all([
    redis.hmget(keys.sale, 'epoch', 'seq', 'run'),
    redis.hget(keys.held, '#'),
    redis.hget(keys.idempotency, '#'),
    redis.hget(keys.cancelled, '#'),
    redis.exists(keys.log),
  ])
  return {
    last: epoch && seq ? { epoch: Number(epoch), seq: Number(seq) } : null,
    whole: !!epoch && [held, idempotency, cancelled].every((mark) => mark === epoch) && hasLog === 1,
    hasLog: hasLog === 1,
    isSuspended: !!epoch && !run,
  }
}

/** A sale at one instant. */
export type SaleState = {
  last: LogPosition
  /** Seats left by ticket type. */
  left: Map<number, number>
  /** How often the seats left have been repaired since the load. */
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

/** Seats left by ticket type; null when the sale is not in Redis. */
export const readLeft = async (redis: Redis, eventId: number): Promise<Map<number, number> | null> =>
  (await readSale(redis, eventId))?.left ?? null

/** `moved`: the sale was loaded or repaired since the audit. `short`: more seats are sold than exist; nothing was changed. */
export type RepairReply = { kind: 'repaired' } | { kind: 'moved' } | { kind: 'short'; ticketTypeId: number }

const repairReply = z.union([z.tuple([z.enum(['repaired', 'moved'])]), z.tuple([z.literal('short'), z.coerce.number().int()])])

/** Corrects the seats left by the signed deltas (by ticket type) that an audit of this `state` found, and resumes a paused sale. */
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

/** Pauses a sale in which an audit found a drift; returns false when the sale has been loaded again since. */
export async function pauseSale(redis: Redis, eventId: number, epoch: number): Promise<boolean> {
  return await redis.pauseSale(saleKeys(eventId).sale, epoch) === 1
}
