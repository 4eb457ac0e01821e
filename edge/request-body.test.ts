import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { BODY_SHARES, createBodyReader, UPLOAD_SHARES } from './request-body.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A form of a given length of which nothing arrives. */
const incomplete = (bytes: number) =>
  new Request('http://shop/login', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(bytes) },
    body: new ReadableStream<Uint8Array>({ start() {} }),
  })
/** A short one is read as text, a longer one as a stream. */
const SIZES = [100, 10_000]

test('A82: one address holds no more than its share of incomplete bodies, and others are read', async () => {
  const bodies = createBodyReader(Date.now)
  const share = BODY_SHARES.per.address
  const held = Array.from({ length: share }, (_, i) => bodies.read(incomplete(SIZES[i % 2]!), true, 'a'))
  expect(await bodies.read(incomplete(100), true, 'a')).toEqual({ kind: 'rejected', code: 'rate_limited' })
  const complete = () => new Request('http://shop/login', { method: 'POST', body: 'a=1' })
  expect(await bodies.read(complete(), false, 'b')).toMatchObject({ kind: 'body' })

  await vi.advanceTimersByTimeAsync(10_000)
  expect(await Promise.all(held)).toEqual(held.map(() => ({ kind: 'rejected', code: 'body_too_slow' })))
  expect(bodies.size()).toBe(0)
  expect(await bodies.read(complete(), false, 'a')).toMatchObject({ kind: 'body' })
})

test('A102: all networks of an IPv6 /48 together hold no more incomplete bodies than one address', async () => {
  const bodies = createBodyReader(Date.now)
  const share = BODY_SHARES.per.address
  const held = Array.from({ length: share }, (_, i) => bodies.read(incomplete(SIZES[i % 2]!), true, `2001:db8:1:${i}::/64`))
  const next = (address: string) => bodies.read(new Request('http://shop/login', { method: 'POST', body: 'a=1' }), false, address)
  expect(await next('2001:db8:1:ffff::/64')).toEqual({ kind: 'rejected', code: 'rate_limited' })
  expect(await next('2001:db8:2:0::/64')).toMatchObject({ kind: 'body' })
  bodies.cancelOlderThan(0)
  await Promise.all(held)
})

test('A91: incomplete bodies of many addresses, as many as an edge reads at once, give way to others', async () => {
  const bodies = createBodyReader(Date.now)
  const { total, per: { address: share } } = BODY_SHARES
  const held = Array.from({ length: total }, (_, i) => bodies.read(incomplete(SIZES[i % 2]!), true, `a${i % (total / share)}`))
  const honest = Array.from({ length: 5 }, (_, i) => bodies.read(incomplete(SIZES[i % 2]!), true, `b${i}`))
  expect(await Promise.all(held.slice(0, 5))).toEqual(honest.map(() => ({ kind: 'rejected', code: 'body_too_slow' })))
  expect(bodies.size()).toBe(total)
  const body = new Request('http://shop/login', { method: 'POST', body: 'a=1' })
  expect(await bodies.read(body, false, 'c')).toMatchObject({ kind: 'body' })
  bodies.cancelOlderThan(0)
  await Promise.all(held.concat(honest))
  expect(bodies.size()).toBe(0)
})

test('A81: slow bodies can be ended early, and others continue', async () => {
  const bodies = createBodyReader(Date.now)
  const slow = SIZES.map((bytes) => bodies.read(incomplete(bytes), true, 'a'))
  await vi.advanceTimersByTimeAsync(1_000)
  const recent = SIZES.map((bytes) => bodies.read(incomplete(bytes), true, 'a'))
  bodies.cancelOlderThan(1_000)
  expect(await Promise.all(slow)).toEqual(SIZES.map(() => ({ kind: 'rejected', code: 'busy' })))
  expect(bodies.size()).toBe(SIZES.length)
  bodies.cancelOlderThan(0)
  await Promise.all(recent)
  expect(bodies.size()).toBe(0)
})

test('A101: an upload by an operator may be larger and slower than other bodies, and few are read at once', async () => {
  const bodies = createBodyReader(Date.now)
  const { total, per: { address: share } } = UPLOAD_SHARES
  const upload = (bytes: number, limit: number | null, address: string) => bodies.read(incomplete(bytes), true, address, limit)
  expect(await upload(1_000_000, null, 'a')).toEqual({ kind: 'rejected', code: 'body_too_large' })
  expect(await upload(1_000_001, 1_000_000, 'a')).toEqual({ kind: 'rejected', code: 'body_too_large' })

  const held = Array.from({ length: share }, () => upload(1_000_000, 1_000_000, 'a'))
  expect(await upload(1_000_000, 1_000_000, 'a')).toEqual({ kind: 'rejected', code: 'rate_limited' })
  for (let i = share; i < total; i++) held.push(upload(1_000_000, 1_000_000, `other ${i}`))
  // One more replaces the oldest of the address that has the most.
  held.push(upload(1_000_000, 1_000_000, 'b'))
  expect(await held[0]).toEqual({ kind: 'rejected', code: 'body_too_slow' })
  // They leave the shares of all other bodies alone.
  const complete = new Request('http://shop/login', { method: 'POST', body: 'a=1' })
  expect(await bodies.read(complete, false, 'a')).toMatchObject({ kind: 'body' })

  await vi.advanceTimersByTimeAsync(59_000)
  expect(bodies.size()).toBe(total)
  await vi.advanceTimersByTimeAsync(1_000)
  expect((await Promise.all(held)).every(({ kind }) => kind === 'rejected')).toBe(true)
  expect(bodies.size()).toBe(0)
})

test('A101: an upload without a declared length ends at its limit', async () => {
  const bodies = createBodyReader(Date.now)
  const body = new ReadableStream<Uint8Array>({ pull: (stream) => stream.enqueue(new Uint8Array(100_000)) })
  const request = new Request('http://shop/api/admin/events/1/image', { method: 'PUT', body })
  expect(await bodies.read(request, true, 'a', 1_000_000)).toEqual({ kind: 'rejected', code: 'body_too_large' })
})
