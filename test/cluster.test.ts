import { Cluster, Redis } from 'ioredis'
import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort, type Running, startProcess } from '../db/local/processes.ts'
import { ensureProgram } from '../db/local/programs.ts'
import { roomKeys, saleKeys } from '../db/redis/keys.ts'
import { type Admission, type Step, stepRoom } from '../edge/contract/admission.ts'
import { claimTurns, defineRoomScripts, joinRoom, leaveRoom, tickRoom } from '../db/redis/rooms.ts'
import {
  cancelSeats,
  defineSeatScripts,
  loadSale,
  readHeads,
  readLeft,
  readLog,
  reserveSeats,
  trimLog,
} from '../db/redis/seats.ts'

const HOST = '127.0.0.1'
const SLOTS = [[0, 5460], [5461, 10922], [10923, 16383]] as const

let dir: string
let nodes: Running[] = []
let cluster: Cluster
/** Our functions take one connection; a cluster speaks alike. */
let redis: Redis

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'neticket-cluster-'))
  const ports = [await freePort(), await freePort(), await freePort()]
  const buses = [await freePort(), await freePort(), await freePort()]
  nodes = await Promise.all(ports.map((port, i) => startNode(port, buses[i]!)))
  for (const [i, port] of ports.entries()) {
    const node = new Redis(port, HOST)
    await node.cluster('ADDSLOTSRANGE', SLOTS[i]![0], SLOTS[i]![1])
    if (i > 0) await node.call('CLUSTER', 'MEET', HOST, String(ports[0]), String(buses[0]))
    node.disconnect()
  }
  cluster = new Cluster(ports.map((port) => ({ host: HOST, port })), { clusterRetryStrategy: () => 100 })
  for (let waited = 0; waited < 20_000; waited += 100) {
    if ((await cluster.cluster('INFO').catch(() => '')).includes('cluster_state:ok') && cluster.nodes('master').length === 3) {
      break
    }
    await sleep(100)
  }
  redis = cluster as unknown as Redis
  defineSeatScripts(redis)
  defineRoomScripts(redis)
})
afterAll(async () => {
  cluster.disconnect()
  await Promise.all(nodes.map((node) => node.stop()))
  await rm(dir, { recursive: true, force: true })
})

function startNode(port: number, bus: number): Promise<Running> {
  const data = join(dir, String(port))
  mkdirSync(data)
  const command = [
    ensureProgram('redis', () => {}),
    ...['--port', String(port), '--bind', HOST, '--dir', data, '--save', '', '--set-proc-title', 'no'],
    ...['--cluster-enabled', 'yes', '--cluster-port', String(bus)],
  ]
  const isReady = async () => {
    const node = new Redis(port, HOST, { lazyConnect: true, retryStrategy: () => null })
    node.on('error', () => {/* not ready yet */})
    try {
      await node.connect()
      return await node.ping() === 'PONG'
    } finally {
      node.disconnect()
    }
  }
  return startProcess({ name: `node-${port}`, command, dir, isReady })
}

/** An event whose keys live in a slot range of their own. */
async function eventIn([first, last]: readonly [number, number]): Promise<number> {
  for (let eventId = 1; eventId < 1_000; eventId++) {
    const slot = await cluster.cluster('KEYSLOT', saleKeys(eventId).sale)
    if (slot >= first && slot <= last) return eventId
  }
  throw new Error('No event in this range')
}

test('two events live in different slots of a Redis Cluster, each with all its keys in one, and sell there', async () => {
  const events = [await eventIn(SLOTS[0]), await eventIn(SLOTS[2])]
  for (const eventId of events) {
    const slots = await Promise.all(Object.values(saleKeys(eventId)).map((key) => cluster.cluster('KEYSLOT', key)))
    expect(new Set(slots).size).toBe(1)
    const load = {
      opensAtMs: 1,
      closesAtMs: Date.now() + 60_000,
      cancelUntilMs: Date.now() + 60_000,
      expiresAtMs: Date.now() + 600_000,
    }
    const ticketTypes = [{ id: 1, seats: 10, sold: 0, price: 1_000 }]
    expect(
      await loadSale(redis, eventId, {
        epoch: 1,
        run: '',
        seen: null,
        ...load,
        limitPerPerson: 4,
        ticketTypes,
        held: new Map([[7, 1]]),
        answered: [],
      }),
    )
      .toBe('loaded')
    const reservation = randomUUID()
    const wish = {
      person: 7,
      reservation,
      ticketTypeId: 1,
      quantity: 2,
      idempotencyKey: 'key',
      passId: 'pass',
      passMs: 60_000,
      backlogLimit: 100,
    }
    expect(await reserveSeats(redis, eventId, wish)).toMatchObject({ kind: 'reserved', left: 8 })
    expect(await cancelSeats(redis, eventId, { rowEpoch: 1, person: 7, reservation, ticketTypeId: 1, quantity: 2, keep: 1 }))
      .toMatchObject({
        kind: 'cancelled',
        quantity: 1,
      })
    expect((await readLeft(redis, eventId))?.get(1)).toBe(9)
    expect((await readLog(redis, eventId, { epoch: 1, seq: 0 }, 10)).map(({ kind }) => kind)).toEqual(['booking', 'cancellation'])
    await trimLog(redis, eventId, { epoch: 1, seq: 2 })
  }
  const heads = await readHeads(redis, events)
  expect(heads.map(({ whole, last }) => [whole, last?.seq])).toEqual([[true, 2], [true, 2]])
})

test('a room of a Redis Cluster has all its keys in one slot, and calls', async () => {
  const room = `event-${await eventIn(SLOTS[1])}`
  const slots = await Promise.all(Object.values(roomKeys(room)).map((key) => cluster.cluster('KEYSLOT', key)))
  expect(new Set(slots).size).toBe(1)
  const opening = { opensAtMs: null, closesAtMs: null, seatsLeft: null }
  const admission: Admission = {
    ...{ mode: 'fifo', perMinute: 60_000, capacity: 10, turnMs: 60_000, passMs: 60_000, idleMs: 60_000, lobbyMs: 0, stepMs: 0 },
  }
  const look = (step: Step | null) => tickRoom(redis, room, admission, { answered: 0, slow: 0, known: null, step })
  await look(stepRoom((await look(null))!, opening, admission, null))
  const joined = await joinRoom(redis, room, ['u1', 'u2', 'u1'])
  expect(joined!.indexes).toEqual([0, 1, 0])
  const claim = { epoch: joined!.epoch, visitor: 'v', place: 0, index: 0 }
  expect((await claimTurns(redis, room, [claim], admission))[0]!.kind).toBe('claimed')
  await leaveRoom(redis, room, claim, { index: 0, place: 0, drawn: null, account: 'u1' })
  expect((await claimTurns(redis, room, [claim], admission))[0]!.kind).toBe('used')
})
