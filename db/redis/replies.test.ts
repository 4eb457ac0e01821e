import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { until } from '../../test/until.ts'
import { openRedis, untilReady } from './client.ts'
import { reserveSeats } from './sale/seats.ts'

/** Replies of Redis reach the client through this proxy, which can hold them back and change them. */
let proxy: Awaited<ReturnType<typeof startProxy>>
beforeAll(async () => void (proxy = await startProxy(new URL(inject('stores').redisUrl))))
afterAll(() => proxy.close())

async function startProxy(target: URL) {
  const clients = new Set<Socket>()
  let pass: ((client: Socket, bytes: Buffer) => void) | null = null
  const server = createServer((client) => {
    const redis = connect(Number(target.port), target.hostname)
    clients.add(client)
    client.on('data', (bytes) => void redis.write(bytes)).on('error', () => {}).on('close', () => redis.destroy())
    redis.on('data', (bytes: Buffer) => {
      if (pass) pass(client, bytes)
      else client.write(bytes)
    })
    redis.on('error', () => {}).on('close', () => client.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(target)
  url.port = String((server.address() as AddressInfo).port)
  return {
    url: url.href,
    /** The next bytes from Redis are given to `change` instead of the client. */
    changeNext(change: (client: Socket, bytes: Buffer) => void): void {
      pass = (client, bytes) => {
        pass = null
        change(client, bytes)
      }
    },
    close: () => clients.forEach((client) => client.destroy()) ?? new Promise((closed) => server.close(closed)),
  }
}

async function openThroughProxy() {
  const changes: string[] = []
  const redis = openRedis(proxy.url, (state) => changes.push(state))
  await untilReady(redis)
  return { redis, changes }
}

test('commands of a pipeline whose connection closes between their replies reject with StoreUnavailable', async () => {
  const { redis } = await openThroughProxy()
  proxy.changeNext((client, bytes) => client.end(bytes.subarray(0, bytes.indexOf('\n') + 1)))
  const [first, second] = await Promise.allSettled([redis.exists('replies-a'), redis.exists('replies-b')])
  expect(first).toEqual({ status: 'fulfilled', value: 0 })
  expect(second).toMatchObject({ status: 'rejected', reason: { name: 'StoreUnavailable' } })
  redis.disconnect()
})

test.each([
  ['another reservation', "{{'reserved', 'another', '1', '1', '100', '1', '5'}}"],
  ['more bookings than were sent', "{{'paused'}, {'paused'}}"],
  ['another command', '1'],
])('a booking never takes the reply to %s', async (_, reply) => {
  const { redis, changes } = await openThroughProxy()
  redis.defineCommand('reserveSeats', { lua: `return ${reply}` })
  const request = {
    person: 1,
    reservation: randomUUID(),
    ticketTypeId: 1,
    quantity: 1,
    idempotencyKey: 'key',
    passId: 'pass',
    passMs: 1_000,
    backlogLimit: 10,
  }
  await expect(reserveSeats(redis, 1, request)).rejects.toMatchObject({ name: 'StoreUnavailable' })
  await until(() => changes.length === 3)
  expect(changes).toEqual(['ready', 'lost', 'ready'])
  redis.disconnect()
})
