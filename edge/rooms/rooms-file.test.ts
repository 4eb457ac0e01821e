import { describe, expect, test } from 'vitest'
import type { Admission } from '../waiting-room/room-plan.ts'
import { readRoomsFile } from './rooms-file.ts'

const admission: Admission = {
  mode: 'draw',
  perMinute: 600,
  capacity: 50,
  turnMs: 60_000,
  passMs: 600_000,
  idleMs: 180_000,
  lobbyMs: 1_800_000,
  stepMs: 250,
}
const rules = { identity: 'verified', proofOfWork: 'always', maxWaiting: 1_000 } as const
const ROOM = { name: 'checkout', paths: ['/checkout', '/checkout/*'] }

const read = (...rooms: object[]) => readRoomsFile(JSON.stringify({ rooms }), admission, rules)
const planOf = async (room: object) => await read({ ...ROOM, ...room }).findRoom('checkout')

/** The mistakes that a file is rejected for, one per line. */
function mistakes(text: string): string[] {
  try {
    readRoomsFile(text, admission, rules)
    return []
  } catch (error) {
    return (error as Error).message.split('\n').slice(1)
  }
}
const mistakesOf = (...rooms: object[]) => mistakes(JSON.stringify({ rooms }))

describe('a rooms file', () => {
  test('needs only names and paths: the settings give the defaults, and a room is always open', async () => {
    expect(await read(ROOM).findRoom('checkout')).toEqual({
      opening: { opensAtMs: null, closesAtMs: null, seatsLeft: null },
      admission: { ...admission, mode: 'fifo' },
      rules: { identity: 'anyone', proofOfWork: 'adaptive', maxWaiting: 1_000 },
      admitsWhenIdle: true,
      targetPath: '/checkout',
      exitPath: '/',
    })
    expect(await read(ROOM).findTitle('checkout', 'en')).toBeNull()
    expect([await read(ROOM).findRoom('other'), await read(ROOM).findTitle('other', 'ko')]).toEqual([null, null])
  })

  test('may set every option', async () => {
    const directory = read({
      ...ROOM,
      title: { ko: '결제', en: 'Checkout' },
      mode: 'draw',
      perMinute: 120,
      capacity: 7,
      turnSeconds: 5,
      passSeconds: 10,
      idleSeconds: 11,
      lobbySeconds: 0,
      opensAt: '2027-01-01T12:00:00+09:00',
      closesAt: '2027-01-02T03:00:00Z',
      maxWaiting: 3,
      identity: 'account',
      work: 'always',
      walkIn: false,
      outside: '/sorry',
    })
    expect(await directory.findRoom('checkout')).toEqual({
      opening: { opensAtMs: Date.UTC(2027, 0, 1, 3), closesAtMs: Date.UTC(2027, 0, 2, 3), seatsLeft: null },
      admission: {
        mode: 'draw',
        perMinute: 120,
        capacity: 7,
        turnMs: 5_000,
        passMs: 10_000,
        idleMs: 11_000,
        lobbyMs: 0,
        stepMs: 250,
      },
      rules: { identity: 'account', proofOfWork: 'always', maxWaiting: 3 },
      admitsWhenIdle: false,
      targetPath: '/checkout',
      exitPath: '/sorry',
    })
    expect([await directory.findTitle('checkout', 'ko'), await directory.findTitle('checkout', 'en')]).toEqual([
      '결제',
      'Checkout',
    ])
  })

  test('a room with an opening has the mode of the settings, a room without one is fifo', async () => {
    expect((await planOf({ opensAt: '2027-01-01T00:00:00Z' }))?.admission.mode).toBe('draw')
    expect((await planOf({ opensAt: null }))?.admission.mode).toBe('fifo')
    expect((await planOf({ mode: 'closed', opensAt: '2027-01-01T00:00:00Z' }))?.admission.mode).toBe('closed')
  })

  test('the target path is the first path without a pattern, otherwise the outside path', async () => {
    expect((await planOf({ paths: ['/shop/*', '/shop/:id', '/shop/{a}?', '/shop', '/more'] }))?.targetPath).toBe('/shop')
    expect((await planOf({ paths: ['/shop/*'], outside: '/sorry' }))?.targetPath).toBe('/sorry')
  })
})

describe('an invalid file', () => {
  test('is rejected with one Error that names every mistake', () => {
    const text = JSON.stringify({
      rooms: [
        { name: 'Not A Name', paths: ['checkout', '/a('], perMinute: 0, opensAt: 'tomorrow', wolkIn: true },
        { name: 'second', paths: [], bypass: { addresses: ['10.0.0.0/8'], hosts: [] }, mode: 'lottery', title: { ko: '결제' } },
      ],
      settings: {},
    })
    const fields = mistakes(text).map((line) => line.trim().split(':')[0])
    expect(fields.toSorted()).toEqual([
      '',
      'rooms.0',
      'rooms.0.name',
      'rooms.0.opensAt',
      'rooms.0.paths.0',
      'rooms.0.paths.1',
      'rooms.0.perMinute',
      'rooms.1.bypass',
      'rooms.1.bypass.addresses.0',
      'rooms.1.mode',
      'rooms.1.paths',
      'rooms.1.title.en',
    ])
    expect(() => readRoomsFile(text, admission, rules)).toThrow(/^The rooms file is invalid:\n/)
  })

  test.each([['truncated', '{"rooms": ['], ['empty', '']])('is reported as not JSON if it is %s', (_, text) => {
    expect(() => readRoomsFile(text, admission, rules)).toThrow('The rooms file is not JSON: ')
  })

  test.each(['null', '[]', '{}', '"rooms"', '{"rooms": {}}', '{"rooms": []}', '{"rooms": [null]}'])(
    'is rejected if it has another shape: %s',
    (text) => expect(mistakes(text)).not.toEqual([]),
  )

  test('may not have two rooms of one name; of two rooms with one path the first decides', () => {
    expect(mistakesOf(ROOM, { ...ROOM, paths: ['/other'] })).toEqual(['  rooms: two rooms have the same name'])
    const directory = read(ROOM, { name: 'second', paths: ['/checkout/pay', '/second'] })
    expect([roomOf(directory, '/checkout/pay'), roomOf(directory, '/second')]).toEqual(['checkout', 'second'])
  })

  test.each([
    { perminute: 1 },
    { title: { ko: '결제', en: 'Checkout', de: 'Kasse' } },
    { bypass: { path: ['/checkout/terms'] } },
    { seatsLeft: 4 },
  ])('is rejected for an unknown key: %j', (more) => {
    expect(mistakesOf({ ...ROOM, ...more })).toEqual([expect.stringMatching(/Unrecognized key/)])
  })

  test.each([
    { name: '' },
    { name: '-a' },
    { name: 'a_b' },
    { name: 'a/b' },
    { name: 'a'.repeat(64) },
    { paths: '/checkout' },
    { paths: ['/('] },
    { paths: ['/:'] },
    { paths: ['/{a'] },
    { paths: ['*'] },
    { paths: [''] },
    { paths: [`/${'a'.repeat(500)}`] },
    { bypass: { paths: ['/a('] } },
    { bypass: { paths: ['a'] } },
    { bypass: ['/a'] },
    { outside: 'https://elsewhere.example/' },
    { mode: 'FIFO' },
    { mode: null },
    { perMinute: 1.5 },
    { perMinute: '60' },
    { capacity: 0 },
    { maxWaiting: 0 },
    { turnSeconds: 4 },
    { passSeconds: 9 },
    { idleSeconds: 9 },
    { lobbySeconds: -1 },
    { lobbySeconds: 86_401 },
    { identity: true },
    { work: true },
    { walkIn: null },
  ])('is rejected for an invalid value: %j', (wrong) => expect(mistakesOf({ ...ROOM, ...wrong })).not.toEqual([]))

  test.each([
    '2027-01-01',
    '2027-01-01T12:00',
    '2027-01-01T12:00:00',
    '2027-13-01T00:00:00Z',
    '2027-02-30T00:00:00Z',
    '',
    1_800_000_000,
  ])(
    'is rejected for a time without a zone, or an invalid time: %s',
    (opensAt) => {
      expect(mistakesOf({ ...ROOM, opensAt })).toHaveLength(1)
      expect(mistakesOf({ ...ROOM, closesAt: opensAt })).toHaveLength(1)
    },
  )

  test('is rejected for unknown methods or an empty list, which would protect nothing', () => {
    expect(mistakesOf({ ...ROOM, methods: ['PSOT'] })).toHaveLength(1)
    expect(mistakesOf({ ...ROOM, methods: [] })).toHaveLength(1)
    const directory = read({ ...ROOM, methods: ['post', 'Put'] })
    expect(['GET', 'HEAD', 'POST', 'PUT'].map((method) => roomOf(directory, '/checkout', method))).toEqual([
      null,
      null,
      'checkout',
      'checkout',
    ])
  })

  test('is rejected for a bypass of anything but addresses; an IPv6 address means its /64', () => {
    for (const address of ['10.0.0.0/8', '2001:db8::/32', 'localhost', '', '10.0.0.256', '10.0.0']) {
      expect(mistakesOf({ ...ROOM, bypass: { addresses: [address] } }), address).toHaveLength(1)
    }
    const directory = read({ ...ROOM, bypass: { addresses: ['192.0.2.7', '2001:DB8:0:7::1', '::ffff:192.0.2.8'] } })
    const at = (address: string) => roomOf(directory, '/checkout', 'GET', address)
    expect([at('192.0.2.7'), at('192.0.2.8'), at('2001:db8:0:7::/64')]).toEqual([null, null, null])
    expect([at('192.0.2.70'), at('2001:db8:0:8::/64')]).toEqual(['checkout', 'checkout'])
  })
})

const roomOf = (directory: ReturnType<typeof read>, path: string, method = 'GET', address = '198.51.100.1') =>
  directory.roomFor({ method, path: new URL(path, 'https://site.example').pathname, address })
