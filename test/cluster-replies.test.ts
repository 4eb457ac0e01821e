import type { Cluster, Redis } from 'ioredis'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRedis, untilReady } from '../db/redis/client.ts'
import { isStoreUnavailable } from '../db/store-unavailable.ts'
import { type RedisCluster, SLOTS, startCluster } from './redis-cluster.ts'
import { until } from './until.ts'

/** Three masters without replicas. */
let nodes: RedisCluster
let redis: Redis
let cluster: Cluster
beforeAll(async () => {
  nodes = await startCluster()
  redis = openRedis(nodes.url)
  cluster = redis as unknown as Cluster
  await untilReady(redis)
})
afterAll(async () => {
  redis.disconnect()
  await nodes.close()
})

/** A key prefix whose keys lie in a slot range. */
async function prefixIn(range: number): Promise<string> {
  const [first, last] = SLOTS[range]!
  for (let i = 0;; i++) {
    const slot = await nodes.slotOf(`{${i}}`)
    if (first <= slot && slot <= last) return `{${i}}`
  }
}

const portOf = async (prefix: string) => await nodes.masterOf(await nodes.slotOf(prefix))
const serverAt = (port: number) => cluster.nodes().find(({ options }) => options.port === port)

/** Closes the client's connection to a node, until the client has forgotten it. */
async function forget(port: number): Promise<void> {
  const server = serverAt(port)
  server?.disconnect()
  while (server && serverAt(port) === server) await once(cluster, '-node')
}

test('while one connection is lost and another is being opened, the replies of the third go to its own commands', async () => {
  const [lost, opening, ready] = [await prefixIn(0), await prefixIn(1), await prefixIn(2)]
  const [lostPort, openingPort] = [await portOf(lost), await portOf(opening)]
  const outcomes = new Set<string>()
  const judge = <Reply>(attempt: Promise<Reply>, own: Reply) =>
    attempt.then(
      (reply) => outcomes.add(reply === own ? 'its own reply' : `the reply ${String(reply)}`),
      (error) => outcomes.add(isStoreUnavailable(error) ? 'unavailable' : String(error)),
    )
  for (let round = 0; round < 30; round++) {
    const value = randomUUID()
    await forget(openingPort)
    await until(() => {
      cluster.refreshSlotsCache()
      return serverAt(openingPort) !== undefined
    })
    await forget(lostPort)
    serverAt(openingPort)?.connect().catch(() => {})
    const written = judge(redis.set(`${ready}:value`, value), 'OK')
    const counted = Array.from({ length: 8 }, (_, i) => judge(redis.exists(`${lost}:${i}`), 0))
    await sleep(1)
    await Promise.all([written, ...counted, judge(redis.get(`${ready}:value`), value)])
  }
  // A slow machine may miss the deadline of a command.
  outcomes.delete('unavailable')
  expect([...outcomes]).toEqual(['its own reply'])
})
