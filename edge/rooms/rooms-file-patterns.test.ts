import { expect, test } from 'vitest'
import { readRoomsFile } from './rooms-file.ts'
import type { Admission } from '../waiting-room/room-plan.ts'

const admission: Admission = {
  mode: 'fifo',
  perMinute: 600,
  capacity: 50,
  turnMs: 60_000,
  passMs: 600_000,
  idleMs: 180_000,
  lobbyMs: 1_800_000,
  stepMs: 250,
}
const rules = { identity: 'anyone', proofOfWork: 'never', maxWaiting: 1_000 } as const
const ROOM = { name: 'checkout', paths: ['/checkout', '/checkout/*'] }

const read = (...rooms: object[]) => readRoomsFile(JSON.stringify({ rooms }), admission, rules)
const roomOf = (directory: ReturnType<typeof read>, path: string) =>
  directory.roomFor({
    method: 'GET',
    path: new URL(path, 'https://site.example').pathname,
    address: '198.51.100.1',
  })

test('a pattern matches the whole path in any case, and only the path', () => {
  const directory = read(ROOM, { name: 'seat', paths: ['/events/:id(\\d+)/seats'] })
  const found = [
    '/checkout',
    '/CheckOut',
    '/checkout/',
    '/checkout/a/b',
    '/checkouts',
    '/a/checkout',
    '/events/7/SEATS',
    '/events/x/seats',
  ]
  expect(found.map((path) => roomOf(directory, path))).toEqual([
    'checkout',
    'checkout',
    'checkout',
    'checkout',
    null,
    null,
    'seat',
    null,
  ])
  expect(roomOf(directory, '/?/checkout')).toBeNull()
})

test('a pattern matches optional percent-encodings in both spellings, in the file and in the request', () => {
  const directory = read({ name: 'plain', paths: ['/@me/\\(a\\)', '/a=b&c', '/공연'] }, {
    name: 'encoded',
    paths: ['/%40you/%28b%29', '/c%3Ad'],
  })
  const spelled = ['/@me/(a)', '/%40me/%28a%29', '/%40ME/(A%29', '/a%3db%26c', '/공연', '/%ea%b3%b5%EC%97%B0']
  expect(spelled.map((path) => roomOf(directory, path))).toEqual(spelled.map(() => 'plain'))
  expect(['/@you/(b)', '/%40you/%28b%29', '/c:d'].map((path) => roomOf(directory, path))).toEqual([
    'encoded',
    'encoded',
    'encoded',
  ])
})

test('a bypass takes precedence over the paths of its room', () => {
  const directory = read({ ...ROOM, bypass: { paths: ['/checkout/terms', '/checkout/*.css'] } })
  expect(['/checkout/terms', '/Checkout/a/b.CSS', '/checkout/terms/x'].map((path) => roomOf(directory, path))).toEqual([
    null,
    null,
    'checkout',
  ])
})
