import { expect, test } from 'vitest'
import {
  ACCESS_COOKIE,
  BOOKED_COOKIE,
  cookieName,
  cookiesIn,
  cookieValues,
  DEVICE_COOKIE,
  LANGUAGE_COOKIE,
  NICKNAME_COOKIE,
  passCookie,
  queueTicketCookie,
  REFRESH_COOKIE,
} from './cookies.ts'

const ALL = [ACCESS_COOKIE, REFRESH_COOKIE, NICKNAME_COOKIE, LANGUAGE_COOKIE, DEVICE_COOKIE, BOOKED_COOKIE]
  .concat(queueTicketCookie('event-1'), passCookie('event-1'))
const read = (cookie: string, protocol: 'http' | 'https', name = ACCESS_COOKIE) =>
  cookieValues({ headers: new Headers(cookie === '' ? {} : { cookie }), protocol }, name)

test.each(ALL)('the cookie %s has the prefix over TLS, and its bare name without', (cookie) => {
  expect([cookieName(cookie, 'https'), cookieName(cookie, 'http')]).toEqual([`__Host-${cookie}`, cookie])
  const both = `${cookie}=bare; __Host-${cookie}=prefixed`
  expect([read(both, 'https', cookie), read(both, 'http', cookie)]).toEqual([['prefixed'], ['bare']])
  expect([read(`${cookie}=bare`, 'https', cookie), read(`__Host-${cookie}=prefixed`, 'http', cookie)]).toEqual([[], []])
})

test.each([
  ['another spelling, which browsers refuse too', '__host-access=x'],
  ['another prefix, which a subdomain may set', '__Secure-access=x'],
  ['a longer name', 'a__Host-access=x'],
  ['a value that contains it', 'a=__Host-access=x'],
  ['a cookie after a comma', 'a=1, __Host-access=x'],
  ['a no-break space before it, which browsers keep', '\u00a0__Host-access=x'],
  ['a next line before it', 'a=1; \u0085__Host-access=x'],
  ['UTF-8 of a no-break space, as browsers send it', 'a=1; \u00c2\u00a0__Host-access=x'],
  ['UTF-8 of an en quad', 'a=1; \u00e2\u0080\u0080__Host-access=x'],
  ['a form feed, which only a program sends', 'a=1;\u000c__Host-access=x'],
])('is not read over TLS: %s', (_, cookie) => expect(read(cookie, 'https')).toEqual([]))

test('values are read in the order of the header, with spaces and tabs around them', () => {
  expect(read('access=a;access=b; \t access=c \t;x=access=d', 'http')).toEqual(['a', 'b', 'c'])
  expect([read('', 'http'), read(';;', 'http'), read('access', 'http'), read('access=', 'http')]).toEqual([[], [], [], ['']])
  expect(cookiesIn(' a=1; ;\tb=2\t')).toEqual(['a=1', '', 'b=2'])
})

test('A128: of many values four are read, because a reader of tokens checks the signature of each', () => {
  const many = Array.from({ length: 1_000 }, (_, i) => `access=${i}`).join('; ')
  expect(read(many, 'http')).toEqual(['0', '1', '2', '3'])
})
