/** Ways to spoil the headers of a request. */
import {
  ACCESS_COOKIE,
  BOOKED_COOKIE,
  cookieName,
  DEVICE_COOKIE,
  LANGUAGE_COOKIE,
  NICKNAME_COOKIE,
  passCookie,
  queueTicketCookie,
  REFRESH_COOKIE,
} from '../../edge/contract/cookies.ts'
import { FRAGMENT_HEADERS } from '../../edge/contract/fragments.ts'
import { eventRoom } from '../../edge/contract/rooms.ts'
import { add, type Mutation, set } from './mutable-request.ts'
import { brokenTokens } from './tokens.ts'
import { HOSTILE_TEXTS, MARKER } from './values.ts'

const ACCEPTS = [
  '',
  '*/*',
  'text/html',
  'application/json',
  'application/problem+json',
  'text/event-stream',
  'image/*',
  'text/html;q=0',
  ', ,',
  MARKER,
  'x'.repeat(2_000),
]
const accept: Mutation = (dice, target) => set(target, 'accept', dice.pick(ACCEPTS))
const TYPES = [
  'application/json',
  'application/json; charset=utf-16',
  'APPLICATION/JSON',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'multipart/form-data; boundary=',
  'multipart/form-data; boundary=x',
  'text/plain',
  'application/jsonp',
  MARKER,
]
const contentType: Mutation = (dice, target) => set(target, 'content-type', dice.pick(TYPES))
const LANGUAGES = ['ko', 'en', 'en-GB;q=0.9, ko;q=0.8', '*', 'fr', 'en;q=x', ';;;', 'ko'.repeat(900), '__proto__', MARKER]
const language: Mutation = (dice, target) => set(target, 'accept-language', dice.pick(LANGUAGES))

const OUR_COOKIES = [ACCESS_COOKIE, REFRESH_COOKIE, DEVICE_COOKIE, NICKNAME_COOKIE, LANGUAGE_COOKIE, BOOKED_COOKIE]
const cookie: Mutation = (dice, target) => {
  const room = eventRoom(target.event.eventId)
  const bare = dice.pick(OUR_COOKIES.concat(queueTicketCookie(room), passCookie(room), queueTicketCookie('x'), 'other'))
  const name = cookieName(bare, dice.pick(['http', 'https', target.protocol]))
  const value = dice.pick(brokenTokens(dice, target).concat(HOSTILE_TEXTS)).replace(/[\r\n\0]/g, '')
  if (dice.chance(0.3)) target.cookies.unshift(`${name}=${value}`)
  else target.cookies.push(`${name}=${value}`)
}
const manyCookies: Mutation = (dice, target) => {
  const [count, token] = [dice.pick([15, 40, 60]), dice.pick(brokenTokens(dice, target))]
  for (let i = 0; i < count; i++) {
    const name = cookieName(dice.pick([queueTicketCookie, passCookie])(`event-${i}`), target.protocol)
    target.cookies.push(`${name}=${token}`)
  }
}
const authorization: Mutation = (dice, target) => {
  const token = dice.pick(brokenTokens(dice, target).concat(HOSTILE_TEXTS))
  set(target, 'authorization', dice.pick(['Bearer ', 'bearer  ', 'Basic ', '', 'Bearer, ']) + token)
}
const queueHeaders: Mutation = (dice, target) =>
  set(
    target,
    dice.pick(['x-queue-pass', 'x-queue-command', 'x-queue-work', 'x-queue-room', 'x_queue_pass', 'x-request-id']),
    dice.pick(brokenTokens(dice, target).concat(HOSTILE_TEXTS, 'end-pass')),
  )
const idempotency: Mutation = (dice, target) =>
  set(target, 'idempotency-key', dice.pick(HOSTILE_TEXTS.concat('same-key', 'x'.repeat(64), 'x'.repeat(65))))

const CONDITIONS: [string, string[]][] = [
  ['if-none-match', ['*', '"abc"', 'W/"abc"', '"', MARKER]],
  ['if-match', ['*', '"abc"']],
  ['if-modified-since', ['Sun, 29 Nov 2026 00:00:00 GMT', 'never']],
  ['if-unmodified-since', ['Sun, 29 Nov 2020 00:00:00 GMT']],
  ['if-range', ['"abc"']],
  ['range', ['bytes=0-10', 'bytes=-1', 'bytes=5-1', 'bytes=0-0,2-3', 'lines=1']],
]
const condition: Mutation = (dice, target) => {
  const [name, values] = dice.pick(CONDITIONS)
  set(target, name, dice.pick(values))
}

const HOSTS = [
  '',
  'evil.example',
  'x?',
  'x#',
  'x/y',
  'a@b',
  '[::1]',
  '[',
  '127.0.0.1:99999',
  'localhost',
  '..',
  '%',
  'x'.repeat(300),
  MARKER,
]
const host: Mutation = (dice, target) => {
  target.isRaw = true
  set(target, 'host', dice.pick(HOSTS))
}
const ADDRESSES = [
  '',
  '127.0.0.1',
  '::1',
  '10.1.2.3, 10.9.8.7',
  'unknown',
  '"10.0.0.1"',
  'x'.repeat(500),
  ', ,',
  '::ffff:10.1.1.1',
  'fe80::1%eth0',
  MARKER,
]
const forwarded: Mutation = (dice, target) => {
  const name = dice.pick([
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-forwarded-port',
    'forwarded',
    'x-real-ip',
    'x-original-url',
    'x-http-method-override',
  ])
  const values = name === 'x-forwarded-proto'
    ? ['https', 'http', 'javascript', 'https, http', MARKER]
    : ADDRESSES.concat(HOSTS, '/metrics', 'DELETE')
  // Keeps the address that the trusted proxy has appended, except for some.
  if (name === 'x-forwarded-for' && dice.chance(0.7)) target.headers.unshift([name, dice.pick(['1.2.3.4', '::1', 'garbage'])])
  else set(target, name, dice.pick(values))
}
const FETCH_METADATA: [string, string[]][] = [
  ['sec-fetch-site', ['same-origin', 'same-site', 'cross-site', 'none', '', 'x']],
  ['origin', ['null', 'https://evil.example', 'http://127.0.0.1', '', 'x', MARKER]],
  ['sec-purpose', ['prefetch', 'prefetch;prerender']],
  ['sec-fetch-mode', ['navigate', 'cors']],
  ['access-control-request-method', ['DELETE', MARKER]],
  ['referer', ['https://evil.example/', MARKER]],
]
const metadata: Mutation = (dice, target) => {
  const [name, values] = dice.pick(FETCH_METADATA)
  set(target, name, dice.pick(values))
}
const HTMX_HEADERS = [...FRAGMENT_HEADERS, 'hx-target', 'hx-current-url']
const htmx: Mutation = (dice, target) => {
  set(target, 'hx-request', dice.pick(['true', 'true', 'false', MARKER]))
  if (dice.chance(0.5)) {
    set(
      target,
      dice.pick(HTMX_HEADERS),
      dice.pick(['true', 'full', 'partial', MARKER]),
    )
  }
}
const odd: Mutation = (dice, target) => {
  target.isRaw = true
  const name = dice.pick([
    'expect',
    'upgrade',
    'connection',
    'te',
    'accept-encoding',
    'x-%',
    'user-agent',
    'via',
    'http2-settings',
  ])
  add(
    target,
    name,
    dice.pick([
      '100-continue',
      'websocket',
      'h2c',
      'close, x-queue-pass, cookie',
      'trailers',
      'gzip;q=0, br',
      'identity;q=0',
      MARKER,
    ]),
  )
}
const largeHead: Mutation = (dice, target) =>
  add(target, `x-${dice.hex(4)}`, 'y'.repeat(dice.pick([4_000, 9_000, 14_500, 20_000])))
/** Some are chosen more often. */
export const HEADER_MUTATIONS: readonly Mutation[] = [
  accept,
  accept,
  contentType,
  language,
  cookie,
  cookie,
  cookie,
  manyCookies,
  authorization,
  queueHeaders,
  idempotency,
  condition,
  host,
  forwarded,
  forwarded,
  metadata,
  htmx,
  odd,
  largeHead,
]
