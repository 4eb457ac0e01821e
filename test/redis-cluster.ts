import { Redis } from 'ioredis'
import { mkdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, type Running, startProcess } from '../dev/processes.ts'
import { ensureProgram } from '../dev/programs.ts'

const HOST = '127.0.0.1'
export const SLOTS = [[0, 5460], [5461, 10922], [10923, 16383]] as const

export type RedisCluster = {
  /** A value for REDIS_URL. It names a node that no test stops. */
  url: string
  slotOf(key: string): Promise<number>
  /** The port of the master that holds a slot at present. */
  masterOf(slot: number): Promise<number>
  /** The port of a master's replica. */
  replicaOf(port: number): Promise<number>
  /** Runs commands on one node. */
  runOn<Reply>(port: number, work: (node: Redis) => Promise<Reply>): Promise<Reply>
  /** Kills a node with SIGKILL. */
  kill(port: number): Promise<void>
  /** Suspends a node: its process and connections stay, but it does not respond. `thaw` continues it. */
  freeze(port: number): void
  thaw(port: number): void
  /** Makes a replica the master, once it is in sync, by a manual failover. */
  promote(port: number): Promise<void>
  /** Moves a slot and its keys to another master, as when a cluster grows. `halfway` runs when half of the keys have moved. */
  moveSlot(slot: number, to: number, halfway: () => Promise<void>): Promise<void>
  close(): Promise<void>
}

/** Starts a Redis Cluster of three masters, optionally with one replica each. A replica takes over in about two seconds. */
export async function startCluster(withReplicas = false): Promise<RedisCluster> {
  const dir = await mkdtemp(join(tmpdir(), 'neticket-cluster-'))
  const count = withReplicas ? 6 : 3
  const ports: number[] = []
  for (let i = 0; i < 2 * count; i++) ports.push(await freePort())
  const buses = ports.splice(count)
  const nodes = new Map<number, Running>()
  await Promise.all(ports.map(async (port, i) => void nodes.set(port, await startNode(dir, port, buses[i]!))))

  /** The nodes of the cluster, as the first reachable node lists them. */
  async function listNodes() {
    for (const port of ports) {
      const text = await runOn(port, (node) => node.cluster('NODES')).catch(() => null)
      if (text === null) continue
      return String(text).trim().split('\n').map((line) => {
        const [id, address, flags, master, , , , state, ...slots] = line.split(' ')
        return {
          id: id!,
          port: Number(address!.match(/:(\d+)@/)![1]),
          flags: flags!.split(','),
          master: master!,
          state: state!,
          slots,
        }
      })
    }
    throw new Error('No node of the cluster responds')
  }
  for (const [i, port] of ports.entries()) {
    await runOn(port, async (node) => {
      if (i < 3) await node.cluster('ADDSLOTSRANGE', SLOTS[i]![0], SLOTS[i]![1])
      if (i > 0) await node.call('CLUSTER', 'MEET', HOST, String(ports[0]), String(buses[0]))
    })
  }
  await until(
    'all nodes know each other',
    async () => (await listNodes()).filter(({ flags }) => !flags.includes('handshake')).length === count,
  )
  for (const [i, port] of ports.entries()) {
    if (i < 3) continue
    const { id } = (await listNodes()).find((node) => node.port === ports[i - 3])!
    await until(
      'a replica knows its master',
      () => runOn(port, async (node) => await node.call('CLUSTER', 'REPLICATE', id) === 'OK'),
    )
    await until(
      'a replica is in sync',
      () => runOn(port, async (node) => (await node.info('replication')).includes('master_link_status:up')),
    )
  }
  const seesAll = (port: number) =>
    runOn(port, async (node) => {
      if (!String(await node.cluster('INFO')).includes('cluster_state:ok')) return false
      const ranges = await node.cluster('SLOTS')
      return ranges.length === SLOTS.length &&
        ranges.every(([, , ...holders]) => holders.length === count / SLOTS.length && holders.every(([host]) => host === HOST))
    })
  // A node reports cluster_state:ok before it knows all others, and clients may connect to any node.
  await until('every node knows the owner of every slot', async () => (await Promise.all(ports.map(seesAll))).every(Boolean))
  async function masterOf(slot: number): Promise<number> {
    const holds = ({ flags, slots }: Awaited<ReturnType<typeof listNodes>>[number]) =>
      flags.includes('master') && !flags.includes('fail') && slots.some((range) => {
        const [first, last = first] = range.split('-').map(Number)
        return first! <= slot && slot <= last!
      })
    const node = (await listNodes()).find(holds)
    if (!node) throw new Error(`No master holds slot ${slot}`)
    return node.port
  }
  return {
    url: `redis://${HOST}:${ports.at(-1)}?cluster=yes`,
    slotOf: (key) => runOn(ports.at(-1)!, (node) => node.cluster('KEYSLOT', key)),
    runOn,
    masterOf,
    async replicaOf(port) {
      const all = await listNodes()
      const { id } = all.find((node) => node.port === port)!
      return all.find(({ master }) => master === id)!.port
    },
    async kill(port) {
      const { pid, ended } = nodes.get(port)!
      process.kill(pid, 'SIGKILL')
      await ended
    },
    freeze: (port) => void process.kill(nodes.get(port)!.pid, 'SIGSTOP'),
    thaw: (port) => void process.kill(nodes.get(port)!.pid, 'SIGCONT'),
    promote: (port) =>
      until('a replica is promoted', () =>
        runOn(port, async (node) => {
          const state = await node.info('replication')
          if (state.includes('master_link_status:up')) await node.cluster('FAILOVER')
          return state.includes('role:master')
        })),
    async moveSlot(slot, to, halfway) {
      const from = await masterOf(slot)
      const nodesNow = await listNodes()
      const [fromId, toId] = [from, to].map((port) => nodesNow.find((node) => node.port === port)!.id)
      await runOn(to, (node) => node.cluster('SETSLOT', slot, 'IMPORTING', fromId!))
      await runOn(from, (node) => node.cluster('SETSLOT', slot, 'MIGRATING', toId!))
      const keys = await runOn(from, (node) => node.cluster('GETKEYSINSLOT', slot, 1_000))
      const move = (some: string[]) => runOn(from, (node) => node.call('MIGRATE', HOST, to, '', 0, 1_000, 'KEYS', ...some))
      await move(keys.slice(0, keys.length / 2))
      await halfway()
      await move(keys.slice(keys.length / 2))
      for (const port of [to, from]) await runOn(port, (node) => node.cluster('SETSLOT', slot, 'NODE', toId!))
    },
    async close() {
      await Promise.all([...nodes.values()].map((node) => node.stop()))
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function runOn<Reply>(port: number, work: (node: Redis) => Promise<Reply>): Promise<Reply> {
  const node = new Redis(port, HOST, { lazyConnect: true, retryStrategy: () => null, commandTimeout: 2_000 })
  node.on('error', () => {/* the command rejects */})
  try {
    await node.connect()
    return await work(node)
  } finally {
    node.disconnect()
  }
}

async function until(condition: string, isMet: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 20_000; waited += 100) {
    if (await isMet().catch(() => false)) return
    await sleep(100)
  }
  throw new Error(`Timed out waiting for the cluster: ${condition}`)
}

function startNode(dir: string, port: number, bus: number): Promise<Running> {
  const data = join(dir, String(port))
  mkdirSync(data)
  const options: Record<string, string> = {
    port: String(port),
    bind: HOST,
    dir: data,
    save: '',
    'set-proc-title': 'no',
    'cluster-enabled': 'yes',
    'cluster-port': String(bus),
    // As the README requires: the loss of some slots does not stop the others.
    'cluster-require-full-coverage': 'no',
    'cluster-node-timeout': '1000',
    // A replica may take over with data of any age, since the tests are about such takeovers.
    'cluster-replica-validity-factor': '0',
    'repl-diskless-sync-delay': '0',
  }
  const command = [ensureProgram('redis', () => {})]
  for (const [option, value] of Object.entries(options)) command.push(`--${option}`, value)
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
