import { expect, test } from 'vitest'
import { createRequestReader } from '../client-request.ts'
import { readTokenKeys } from '../contract/tokens.ts'
import { createUpstream, type ForwardOptions } from './upstream.ts'
import { ShareUsedUp } from './upstream-unavailable.ts'

const IN_FLIGHT = 32
/** What one address may have in flight or waiting, and the slots that visits do not share. */
const [SHARE, KEPT] = [8, 8]

const readRequest = createRequestReader({
  tokenKeys: readTokenKeys('0123456789abcdef0123456789abcdef'),
  revokedSessions: { has: () => false },
  trustedProxies: 0,
  trustForwardedHost: false,
  now: () => 0,
})

/** An upstream that responds when the test says so, and the paths that it has received. */
function openUpstream(now = () => 0) {
  const received: string[] = []
  const held = Promise.withResolvers<void>()
  const upstream = createUpstream({
    originUrl: 'http://origin.invalid',
    internalToken: 'unused',
    inFlight: IN_FLIGHT,
    slowMs: 300,
    now,
    onForwarded() {},
    openClient: () => ({
      async fetch(url) {
        received.push(url.pathname)
        await held.promise
        return new Response('ok', { headers: { 'content-length': '2' } })
      },
      close() {},
    }),
  })
  const options: ForwardOptions = {
    isVisit: false,
    isMeasured: false,
    isBatchable: false,
    honoursKey: true,
    operator: null,
    isUpload: false,
    language: null,
    room: null,
    pass: null,
    isShared: false,
  }
  const forwardAs = (path: string, address: string, changes: Partial<ForwardOptions>) =>
    upstream.forward(readRequest(new Request(`http://shop${path}`), address), null, Object.assign({}, options, changes))
  const forward = (path: string, address: string, isVisit = false) => forwardAs(path, address, { isVisit, isMeasured: isVisit })
  return { upstream, forward, forwardAs, received, release: held.resolve }
}
const settle = () => new Promise((resolve) => setTimeout(resolve))

test('A97: one address has a share of the requests in flight, and visits have slots that no one else takes', async () => {
  const { upstream, forward, received, release } = openUpstream()
  const one = Array.from({ length: SHARE + 5 }, () => forward('/me', '192.0.2.1').catch((error: Error) => error))
  const others = Array.from({ length: 40 }, (_, i) => forward('/me', `198.51.100.${i}`))
  await settle()
  expect(received).toHaveLength(IN_FLIGHT - KEPT)
  const visits = Array.from({ length: KEPT }, () => forward('/booking', '192.0.2.1', true))
  await settle()
  expect(received.filter((path) => path === '/booking')).toHaveLength(KEPT)
  release()
  const refused = (await Promise.all(one)).filter((reply) => reply instanceof ShareUsedUp)
  expect(refused).toHaveLength(5)
  for (const { status } of await Promise.all(visits.concat(others))) expect(status).toBe(200)
  upstream.close()
})

test('the share of an address is free again when its requests have ended', async () => {
  const { upstream, forward, release } = openUpstream()
  release()
  for (let i = 0; i < 3; i++) {
    const replies = await Promise.all(Array.from({ length: SHARE }, () => forward('/me', '192.0.2.1')))
    expect(replies.map(({ status }) => status)).toEqual(Array(SHARE).fill(200))
  }
  upstream.close()
})

test('the time that a visit waits for a slot does not count as the origin’s', async () => {
  let nowMs = 0
  const { upstream, forward, release } = openUpstream(() => nowMs)
  const visits = Array.from({ length: IN_FLIGHT + 1 }, () => forward('/booking', '192.0.2.1', true))
  await settle()
  nowMs = 299
  release()
  await Promise.all(visits)
  expect(upstream.responseCounts()).toEqual({ answered: IN_FLIGHT + 1, slow: 0 })
  upstream.close()
})

test('A102: all networks of an IPv6 /48 together have the share of one address', async () => {
  const { upstream, forward, release } = openUpstream()
  const one = Array.from({ length: SHARE + 5 }, (_, i) => forward('/me', `2001:db8:1:${i}::1`).catch((error: Error) => error))
  const others = ['2001:db8:2::1', '192.0.2.1'].map((address) => forward('/me', address))
  release()
  expect((await Promise.all(one)).filter((reply) => reply instanceof ShareUsedUp)).toHaveLength(5)
  for (const { status } of await Promise.all(others)) expect(status).toBe(200)
  upstream.close()
})

test('A103: fetches for the cache take from the share of the address that causes them', async () => {
  const { upstream, forward, release } = openUpstream()
  const ends = Array.from({ length: SHARE }, () => upstream.takeOpenShare('192.0.2.1'))
  expect(() => upstream.takeOpenShare('192.0.2.1')).toThrow(ShareUsedUp)
  await expect(forward('/me', '192.0.2.1')).rejects.toThrow(ShareUsedUp)
  upstream.takeOpenShare('192.0.2.2')()
  ends.pop()!()
  release()
  expect((await forward('/me', '192.0.2.1')).status).toBe(200)
  upstream.close()
})

test('A119: one operator uses half of the slots for operators, and another one acts meanwhile', async () => {
  const { upstream, forwardAs, received, release } = openUpstream()
  const read = (operator: number) => forwardAs('/admin/events/1/seats', '192.0.2.1', { operator })
  const reads = Array.from({ length: 5 }, () => read(1).catch((error: Error) => error))
  const other = read(2)
  await settle()
  expect(received).toHaveLength(3)
  release()
  expect((await Promise.all(reads)).filter((reply) => reply instanceof ShareUsedUp)).toHaveLength(3)
  expect((await other).status).toBe(200)
  upstream.close()
})
