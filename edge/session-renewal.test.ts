import { expect, test } from 'vitest'
import { readTokenKeys } from './contract/tokens.ts'
import { createSessionRenewal } from './session-renewal.ts'
import type { HeaderPairs } from './upstream/header-pairs.ts'

const tokenOf = (i: number) => String(i).padStart(43, 'a')

/** Renewals at an origin that responds when the test lets it. `sent`: the address of each request. */
function openRenewals() {
  const sent: (string | undefined)[] = []
  const held = Promise.withResolvers<void>()
  const upstream = {
    async post(_path: string, headers: HeaderPairs) {
      sent.push(headers.find(([name]) => name === 'x-forwarded-for')?.[1])
      await held.promise
      return new Response(null, { status: 401 })
    },
  }
  const tokenKeys = readTokenKeys('0123456789abcdef0123456789abcdef')
  return { renew: createSessionRenewal({ upstream, tokenKeys, now: () => 0 }), sent, release: held.resolve }
}

test('A106: a renewal names the address of the visitor who has caused it, and shares none between visitors', async () => {
  const { renew, sent, release } = openRenewals()
  const addresses = ['192.0.2.1', '2001:db8:1:2::/64', '192.0.2.2']
  const renewals = addresses.map((address, i) => renew('https', address, tokenOf(i)))
  release()
  expect((await Promise.all(renewals)).map(({ kind }) => kind)).toEqual(['ended', 'ended', 'ended'])
  expect(sent).toEqual(addresses)
})

test('A102: an address, and all networks of an IPv6 /48 together, run half of the renewals of an edge at most', async () => {
  const { renew, sent, release } = openRenewals()
  const flood = Array.from({ length: 60 }, (_, i) => renew('https', `2001:db8:1:${i}::/64`, tokenOf(i)))
  const others = Array.from({ length: 20 }, (_, i) => renew('https', `192.0.2.${i}`, tokenOf(100 + i)))
  // Those beyond the share end before the origin responds.
  const refused = (await Promise.all(flood.slice(32))).filter(({ kind }) => kind === 'unavailable')
  expect(refused).toHaveLength(28)
  release()
  for (const { kind } of await Promise.all(flood.slice(0, 32).concat(others))) expect(kind).toBe('ended')
  expect(sent).toHaveLength(32 + 20)
})
