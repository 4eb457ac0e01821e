import { expect, test } from 'vitest'
import { addressKey, clientAddress } from './client-address.ts'
import { shareOwnerOf, siteNetworkOf } from './contract/share-owner.ts'

test('clientAddress() ignores the header unless a proxy is trusted', () => {
  expect(clientAddress('203.0.113.7', '1.2.3.4', 0)).toBe('203.0.113.7')
})

test('clientAddress() returns the entry of the outermost trusted proxy, and ignores forged entries before it', () => {
  expect(clientAddress('10.0.0.1', '6.6.6.6, 198.51.100.9', 1)).toBe('198.51.100.9')
  expect(clientAddress('10.0.0.1', '6.6.6.6, 198.51.100.9, 10.0.0.2', 2)).toBe('198.51.100.9')
  expect(clientAddress('10.0.0.1', '198.51.100.9', 2)).toBe('198.51.100.9')
  expect(clientAddress('10.0.0.1', null, 1)).toBe('10.0.0.1')
})

test('clientAddress() reduces IPv6 to the /64, and IPv4-mapped IPv6 to IPv4', () => {
  expect(clientAddress('2001:db8:1:2:aaaa:bbbb:cccc:dddd', null, 0)).toBe('2001:db8:1:2::/64')
  expect(clientAddress('2001:db8:1:2::1', null, 0)).toBe('2001:db8:1:2::/64')
  expect(clientAddress('2001:DB8::1', null, 0)).toBe('2001:db8:0:0::/64')
  expect(clientAddress('::1', null, 0)).toBe('0:0:0:0::/64')
  expect(clientAddress('::ffff:192.0.2.1', null, 0)).toBe('192.0.2.1')
})

test.each([
  ['198.51.100.9:4711', '198.51.100.9'],
  ['[2001:db8::1]:4711', '2001:db8:0:0::/64'],
  ['[2001:db8::1]', '2001:db8:0:0::/64'],
  [' 198.51.100.9 ', '198.51.100.9'],
])('clientAddress() reads %j, as some proxies write it', (entry, address) => {
  expect(clientAddress('10.0.0.1', entry, 1)).toBe(address)
})

test.each([
  '',
  'unknown',
  '_hidden',
  '1.2.3',
  '1.2.3.4.5',
  '256.1.1.1',
  '01.2.3.4',
  '1.2.3.4:',
  '1.2.3.4.',
  '::g',
  '1:2',
  'x'.repeat(99),
])(
  'clientAddress() refuses %j of a trusted proxy, and ignores it before the trusted entry',
  (entry) => {
    expect(clientAddress('10.0.0.1', `6.6.6.6, ${entry}`, 1)).toBeNull()
    expect(clientAddress('10.0.0.1', `${entry}, 198.51.100.9`, 1)).toBe('198.51.100.9')
    expect(clientAddress('10.0.0.1', entry, 0)).toBe('10.0.0.1')
  },
)

test('addressKey() gives each address one form', () => {
  expect(['2001:0DB8::0001', '2001:db8:0:0:1::'].map(addressKey)).toEqual(['2001:db8:0:0::/64', '2001:db8:0:0::/64'])
})

test('siteNetworkOf() reduces the /64 of an IPv6 address to its /48, and nothing else', () => {
  const networks = ['2001:db8:1:2::9', '2001:db8:1:ffff::9', '2001:DB8::1', '::1'].map(addressKey)
  expect(networks.map(siteNetworkOf)).toEqual(['2001:db8:1::/48', '2001:db8:1::/48', '2001:db8:0::/48', '0:0:0::/48'])
  expect(['192.0.2.1', addressKey('::ffff:192.0.2.1'), 'u7.1.2', ''].map(siteNetworkOf)).toEqual([null, null, null, null])
})

test('shareOwnerOf() is the /48 of an IPv6 network, and every other name itself', () => {
  const names = [addressKey('2001:db8:1:2::9'), '192.0.2.1', 'device:laptop', 'operator 7', 'unknown']
  expect(names.map(shareOwnerOf)).toEqual(['2001:db8:1::/48', '192.0.2.1', 'device:laptop', 'operator 7', 'unknown'])
})
