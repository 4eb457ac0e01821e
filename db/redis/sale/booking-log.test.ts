import type { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { openRedis, untilReady } from '../client.ts'
import { saleKeys } from '../keys.ts'
import { readBookingLog } from './booking-log.ts'

let redis: Redis
beforeAll(async () => {
  redis = openRedis(inject('stores').redisUrl)
  await untilReady(redis)
})
afterAll(() => redis.disconnect())

describe('readBookingLog()', () => {
  const ID = '019aab12-6f00-7000-8000-00000000002a'
  const VALID = [ID, '7', '1', 2, '10000', 1_764_000_000_000, 'key']
  const INVALID: [why: string, field: string, value: string][] = [
    ['not JSON', 'b', 'not json'],
    ['not an array', 'b', '{"length":7}'],
    ['one field too few', 'b', JSON.stringify(VALID.slice(0, 6))],
    ['one field too many', 'c', JSON.stringify([...VALID.slice(0, 6), 1])],
    ['not a UUID', 'b', JSON.stringify(["1'); drop table users; --", ...VALID.slice(1)])],
    ['not a number', 'b', JSON.stringify([ID, 'seven', ...VALID.slice(2)])],
    ['an empty string for a number', 'b', JSON.stringify([ID, '', ...VALID.slice(2)])],
    ['null for a number', 'c', JSON.stringify([ID, null, '1', 2, 1_764_000_000_000, 0])],
    ['a fraction', 'b', JSON.stringify([ID, '7', '1', 1.5, ...VALID.slice(4)])],
    ['an unsafe integer', 'b', JSON.stringify([ID, '9007199254740993', ...VALID.slice(2)])],
    ['a key that is not a string', 'b', JSON.stringify([...VALID.slice(0, 6), ['key']])],
    ['an unknown kind', 'x', JSON.stringify(VALID)],
  ]

  test('returns unreadable entries unchanged, and reads the rest', async () => {
    const log = saleKeys(999_001).log
    const entries: [field: string, value: string][] = INVALID.map(([, field, value]) => [field, value])
    entries.unshift(['b', JSON.stringify(VALID)])
    entries.push(['l', ''])
    for (const [i, [field, value]] of entries.entries()) await redis.xadd(log, `3-${i}`, field, value)
    const read = await readBookingLog(redis, 999_001, { epoch: 2, seq: 5 }, 100)
    expect(read).toEqual([
      {
        epoch: 3,
        seq: 0,
        kind: 'booking',
        reservation: ID,
        person: 7,
        ticketTypeId: 1,
        quantity: 2,
        unitPrice: 10_000,
        atMs: 1_764_000_000_000,
        idempotencyKey: 'key',
        language: 'ko',
      },
      ...INVALID.map(([, field, value], i) => ({ epoch: 3, seq: i + 1, kind: 'unreadable', raw: `${field} ${value}` })),
      { epoch: 3, seq: INVALID.length + 1, kind: 'load' },
    ])
    await redis.del(log)
  })
})
