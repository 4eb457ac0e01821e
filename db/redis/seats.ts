import type { Redis, Result } from 'ioredis'
import * as z from 'zod'
import { isStoreFailure } from '../failures.ts'
import { openGather } from '../gather.ts'
import { mastersOf, readScript } from './client.ts'
import { ANY_SALE, passKey, saleKeys } from './keys.ts'
import { type EntryContent, readEntry } from './log-entry.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    reserveSeats(...args: (string | number)[]): Result<unknown, Context>
    cancelSeats(...args: (string | number)[]): Result<unknown, Context>
    loadSale(...args: (string | number)[]): Result<unknown, Context>
    approveSale(...args: (string | number)[]): Result<unknown, Context>
    repairSale(...args: (string | number)[]): Result<unknown, Context>
    pauseSale(...args: (string | number)[]): Result<unknown, Context>
  }
}

/** Makes the scripts over an event's keys known to a connection. */
export function defineSeatScripts(redis: Redis): void {
  redis.defineCommand('reserveSeats', { lua: readScript('reserve') })
  redis.defineCommand('cancelSeats', { numberOfKeys: 4, lua: readScript('cancel') })
  redis.defineCommand('loadSale', { numberOfKeys: 7, lua: readScript('load') })
  redis.defineCommand('approveSale', { numberOfKeys: 1, lua: readScript('approve') })
  redis.defineCommand('repairSale', { numberOfKeys: 1, lua: readScript('repair') })
  redis.defineCommand('pauseSale', { numberOfKeys: 1, lua: readScript('pause') })
}

/** A point in an event's log: entries are counted from 0 in each epoch (one load), without gaps. */
export type LogPosition = { epoch: number; seq: number }

export type SeatRequest = {
  person: number
  /** The id that a new booking gets: a UUID of version 7. */
  reservation: string
  ticketTypeId: number
  quantity: number
  idempotencyKey: string
  passId: string
  /** How long the pass could still be used. */
  passMs: number
  /** Entries that the log may hold before it takes no more bookings. */
  backlogLimit: number
}

export type Reserved = { reservation: string; position: LogPosition; unitPrice: number; createdAtMs: number; left: number }
export type ReserveReply =
  | ({ kind: 'reserved' | 'replayed' } & Reserved)
  | { kind: 'mismatch' }
  | { kind: 'not_loaded' }
  | { kind: 'paused' }
  | { kind: 'backlogged' }
  | { kind: 'pass_spent'; person: number }
  | { kind: 'unknown_type' }
  | { kind: 'not_open'; opensAtMs: number }
  | { kind: 'closed' }
  | { kind: 'limit_exceeded'; limit: number; held: number }
  | { kind: 'sold_out'; left: number }

const number = z.coerce.number().int()
const reserveReplies = z.array(z.union([
  z.tuple([z.enum(['reserved', 'replayed']), z.string(), number, number, number, number, number]),
  z.tuple([z.enum(['mismatch', 'not_loaded', 'paused', 'backlogged', 'unknown_type', 'closed'])]),
  z.tuple([z.enum(['pass_spent', 'not_open', 'sold_out']), number]),
  z.tuple([z.literal('limit_exceeded'), number, number]),
]))

type Gather = (request: SeatRequest) => Promise<ReserveReply>
const gathers = new WeakMap<Redis, Map<number, Gather>>()
const GATHERS_KEPT = 1_000

/**
 * Decides a booking by the one script that sells; those of a sale that come within a millisecond share a call. Throws when Redis does not
 * answer; the booking may then have happened.
 */
export function reserveSeats(redis: Redis, eventId: number, request: SeatRequest): Promise<ReserveReply> {
  const known = gathers.get(redis) ?? new Map<number, Gather>()
  gathers.set(redis, known)
  // Each sale by itself: one whose node of a cluster is silent holds no other up.
  let gather = known.get(eventId)
  if (!gather) {
    if (known.size >= GATHERS_KEPT) known.clear()
    gather = openGather((requests) => decide(redis, eventId, requests), { atMost: 64, withinMs: 1, calls: 16 })
    known.set(eventId, gather)
  }
  return gather(request)
}

async function decide(redis: Redis, eventId: number, requests: SeatRequest[]): Promise<ReserveReply[]> {
  const keys = saleKeys(eventId)
  const passKeys = requests.map(({ passId }) => passKey(eventId, passId))
  const replies = reserveReplies.parse(
    await redis.reserveSeats(
      4 + passKeys.length,
      ...[keys.sale, keys.held, keys.answers, keys.log, ...passKeys],
      Math.min(...requests.map(({ backlogLimit }) => backlogLimit)),
      ...requests.flatMap(({ person, reservation, ticketTypeId, quantity, idempotencyKey, passMs }) => [
        ...[person, reservation, ticketTypeId, quantity, idempotencyKey],
        Math.max(1, Math.ceil(passMs)),
      ]),
    ),
  )
  return replies.map((reply) => {
    switch (reply[0]) {
      case 'reserved':
      case 'replayed': {
        const [kind, reservation, epoch, seq, unitPrice, createdAtMs, left] = reply
        return { kind, reservation, position: { epoch, seq }, unitPrice, createdAtMs, left }
      }
      case 'pass_spent':
        return { kind: 'pass_spent', person: reply[1] }
      case 'not_open':
        return { kind: 'not_open', opensAtMs: reply[1] }
      case 'sold_out':
        return { kind: 'sold_out', left: reply[1] }
      case 'limit_exceeded':
        return { kind: 'limit_exceeded', limit: reply[1], held: reply[2] }
      default:
        return { kind: reply[0] }
    }
  })
}

export type CancelReply =
  | { kind: 'cancelled' | 'unchanged'; quantity: number; atMs: number; position: LogPosition }
  | { kind: 'too_late' }
  | { kind: 'not_loaded' }
  | { kind: 'stale' }

const cancelReply = z.union([
  z.tuple([z.enum(['cancelled', 'unchanged']), number, number, number, number]),
  z.tuple([z.enum(['too_late', 'not_loaded', 'stale'])]),
])

export type CancelRequest = {
  /** The epoch of the ledger when the reservation's row was read. */
  rowEpoch: number
  person: number
  reservation: string
  ticketTypeId: number
  /** Seats that the row holds. */
  quantity: number
  /** Seats that shall remain; 0 cancels the whole. */
  keep: number
}

/** Gives seats of a reservation back until `keep` remain. `unchanged`: no more than that were held. Throws as `reserveSeats` does. */
export async function cancelSeats(redis: Redis, eventId: number, request: CancelRequest): Promise<CancelReply> {
  const keys = saleKeys(eventId)
  const { rowEpoch, person, reservation, ticketTypeId, quantity, keep } = request
  const reply = cancelReply.parse(
    await redis.cancelSeats(
      ...[keys.sale, keys.held, keys.cancelled, keys.log],
      ...[rowEpoch, person, reservation, ticketTypeId, quantity, keep],
    ),
  )
  if (reply.length === 1) return { kind: reply[0] }
  const [kind, held, atMs, epoch, seq] = reply
  return { kind, quantity: held, atMs, position: { epoch, seq } }
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
  const thrown = failed.length < looks.length ? failed.find(({ reason }) => !isStoreFailure(reason)) : failed[0]
  if (thrown) throw thrown.reason
  return looks.map((look) => look.status === 'fulfilled' ? look.value : null)
}

async function readHead(redis: Redis, eventId: number): Promise<SaleHead> {
  const keys = saleKeys(eventId)
  const [[epoch, seq], held, answers, cancelled, hasLog] = await Promise.all([
    redis.hmget(keys.sale, 'epoch', 'seq'),
    redis.hget(keys.held, '#'),
    redis.hget(keys.answers, '#'),
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

const repairReply = z.union([z.tuple([z.enum(['repaired', 'moved'])]), z.tuple([z.literal('short'), number])])

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

export type LogEntry = LogPosition & EntryContent

/** The next entries of an event's log after a position, oldest first. */
export async function readLog(redis: Redis, eventId: number, after: LogPosition, count: number): Promise<LogEntry[]> {
  const entries = await redis.xrange(saleKeys(eventId).log, `(${after.epoch}-${after.seq}`, '+', 'COUNT', count)
  return entries.map(([id, fields]) => {
    const [epoch, seq] = id.split('-').map(Number) as [number, number]
    return { epoch, seq, ...readEntry(fields) }
  })
}

/** Drops what is written: the entries up to and including a position. */
export async function trimLog(redis: Redis, eventId: number, upTo: LogPosition): Promise<void> {
  await redis.xtrim(saleKeys(eventId).log, 'MINID', `${upTo.epoch}-${upTo.seq + 1}`)
}

/** The greatest epoch that an event's log has seen, also when its entries are trimmed; 0 without a log. */
export async function lastLogEpoch(redis: Redis, eventId: number): Promise<number> {
  const keys = saleKeys(eventId)
  if (!(await redis.exists(keys.log))) return 0
  const info = z.array(z.unknown()).parse(await redis.xinfo('STREAM', keys.log))
  return Number(String(info[info.indexOf('last-generated-id') + 1]).split('-')[0])
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
  answered: Many<Answered>
}

/** There may be a million of them: they are taken as they come. */
type Many<Item> = Iterable<Item> | AsyncIterable<Item>

/** A booking as it was answered the first time. */
export type Answered = {
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
  await redis.del(keys.heldDraft, keys.answersDraft)
  await fillHash(redis, keys.heldDraft, load.held, ([person, seats]) => [String(person), String(seats)])
  await fillHash(redis, keys.answersDraft, load.answered, (first) => [
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
    ...[keys.sale, keys.held, keys.answers, keys.cancelled, keys.log, keys.heldDraft, keys.answersDraft],
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

/**
 * Takes a sale out of Redis, to be counted from MySQL again when somebody next asks for it. The log stays: what it holds was answered, and is
 * written before the count.
 */
export async function unloadSale(redis: Redis, eventId: number): Promise<void> {
  const { sale, held, answers, cancelled } = saleKeys(eventId)
  await redis.del(sale, held, answers, cancelled)
}

/** The events whose sale is in Redis. */
export async function findSales(redis: Redis): Promise<number[]> {
  const found = new Set<number>()
  for (const server of mastersOf(redis)) {
    let cursor = '0'
    do {
      const [next, keys] = await server.scan(cursor, 'MATCH', ANY_SALE, 'COUNT', 1_000)
      for (const key of keys) found.add(Number(key.match(/\d+/)![0]))
      cursor = next
    } while (cursor !== '0')
  }
  return [...found].sort((a, b) => a - b)
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
