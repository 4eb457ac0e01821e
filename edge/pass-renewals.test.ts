import { expect, test } from 'vitest'
import type { Pass } from './contract/tokens.ts'
import { createPassRenewals } from './pass-renewals.ts'
import type { Claimed } from './queue-tickets.ts'
import type { Room } from './rooms/live-room.ts'

const IDLE_MS = 60_000
/** The last moment before another renewal is due. */
const ALMOST_DUE_MS = IDLE_MS / 6 - 1

/** A room on a test clock and a store that answers renewals with `reply`, and counts them. */
function setUp(reply: (pass: Pass, nowMs: number) => Promise<Claimed | null>) {
  let nowMs = 1_000_000
  let calls = 0
  const room = () =>
    ({
      name: 'shop',
      isStoreDown: false,
      snapshot: { serverTime: new Date(nowMs).toISOString() },
      plan: { admission: { idleMs: IDLE_MS } },
    }) as unknown as Room
  const renewals = createPassRenewals({
    renew(_, pass) {
      calls++
      return reply(pass, nowMs)
    },
    extendOffline() {
      throw new Error('The store is up')
    },
  })
  const first: Pass = { id: 'v', room: 'shop', epoch: 1, expiresAtMs: nowMs + IDLE_MS, untilMs: nowMs + 10 * IDLE_MS }
  return {
    first,
    send: (pass: Pass) => renewals.renewIfDue(room(), pass),
    end: renewals.end,
    advance: (ms: number) => void (nowMs += ms),
    calls: () => calls,
  }
}

const renewed = (pass: Pass, nowMs: number): Promise<Claimed> => {
  const next = { ...pass, expiresAtMs: nowMs + IDLE_MS }
  return Promise.resolve({ kind: 'claimed', pass: next, token: `token until ${next.expiresAtMs}` })
}

test('a client that keeps sending its first pass causes one renewal per sixth of the idle time, not one per request', async () => {
  const { first, send, advance, calls } = setUp(renewed)
  expect(await send(first), 'not due').toBeNull()
  advance(IDLE_MS / 2)
  const concurrent = await Promise.all(Array.from({ length: 50 }, () => send(first)))
  advance(ALMOST_DUE_MS)
  for (const again of [...concurrent, await send(first)]) expect(again).toEqual(concurrent[0])
  expect(calls()).toBe(1)
  advance(1)
  expect((await send(first))!.pass.expiresAtMs).toBe(concurrent[0]!.pass.expiresAtMs + IDLE_MS / 6)
  expect(calls()).toBe(2)
})

test('a client whose visit has ended and who keeps sending its pass causes no renewal per request either', async () => {
  const { first, send, advance, calls } = setUp(() => Promise.resolve(null))
  advance(IDLE_MS / 2)
  for (let i = 0; i < 50; i++) expect(await send(first)).toBeNull()
  expect(calls()).toBe(1)
})

test('a renewal that failed is tried again, and one of an ended visit is not returned again', async () => {
  let isDown = true
  const { first, send, advance, end, calls } = setUp((pass, nowMs) =>
    isDown ? Promise.reject(new Error('down')) : renewed(pass, nowMs)
  )
  advance(IDLE_MS / 2)
  expect(await send(first)).toBeNull()
  isDown = false
  expect(await send(first)).not.toBeNull()
  expect(calls()).toBe(2)
  end(first)
  await send(first)
  expect(calls()).toBe(3)
})

test('passes of other visitors and of other epochs are renewed separately', async () => {
  const { first, send, advance, calls } = setUp(renewed)
  advance(IDLE_MS / 2)
  for (const pass of [first, { ...first, id: 'w' }, { ...first, epoch: 2 }]) {
    expect((await send(pass))!.pass).toMatchObject(pass.id === 'w' ? { id: 'w' } : { epoch: pass.epoch })
  }
  expect(calls()).toBe(3)
})
