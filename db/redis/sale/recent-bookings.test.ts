import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest'
import { openRedis, untilReady } from '../client.ts'
import { recentBookingsKey } from '../keys.ts'
import { createBookingMemory, defineRecentBookingScripts } from './recent-bookings.ts'

const redis = openRedis(inject('stores').redisUrl)
beforeAll(async () => {
  await untilReady(redis)
  defineRecentBookingScripts(redis)
})
afterAll(() => redis.disconnect())

const FIRST_PERSON = 880_000
const pointer = (i: number) => ({ reservation: `r${i}`, eventId: 1, epoch: 2, idempotencyKey: `k${i}` })
const listOf = async (person: number) =>
  (await redis.lrange(recentBookingsKey(person), 0, -1)).map((entry) => JSON.parse(entry) as unknown)

test('concurrent bookings share calls of the script, and each is in the list of its person', async () => {
  const remember = createBookingMemory(redis)
  const calls = vi.spyOn(redis, 'rememberBookings')
  const people = Array.from({ length: 64 }, (_, i) => FIRST_PERSON + i)
  await Promise.all(people.map((person, i) => remember(person, pointer(i))))
  expect(calls.mock.calls.length).toBeLessThanOrEqual(10)
  for (const [i, person] of people.entries()) expect(await listOf(person)).toEqual([[`r${i}`, 1, 2, `k${i}`]])
})

test('keeps the twenty newest bookings of a person, for an hour after the last one', async () => {
  const remember = createBookingMemory(redis)
  const person = FIRST_PERSON + 1_000
  await Promise.all(Array.from({ length: 25 }, (_, i) => remember(person, pointer(i))))
  expect(await listOf(person)).toEqual(Array.from({ length: 20 }, (_, i) => [`r${24 - i}`, 1, 2, `k${24 - i}`]))
  const ttlMs = await redis.pttl(recentBookingsKey(person))
  expect(ttlMs).toBeGreaterThan(3_000_000)
  expect(ttlMs).toBeLessThanOrEqual(3_600_000)
})
