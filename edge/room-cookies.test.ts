import { describe, expect, test } from 'vitest'
import { cookieName, passCookie, queueTicketCookie } from './contract/cookies.ts'
import { readTokenKeys, signPass, signQueueTicket } from './contract/tokens.ts'
import { cookiesToEvict, roomCookiesOf, withoutRoomCookies } from './room-cookies.ts'

const TOKEN = 'aaa.bbb.ccc'
const keys = readTokenKeys('0123456789abcdef0123456789abcdef')

describe.each(['http', 'https'] as const)('over %s', (protocol) => {
  const name = (cookie: string) => cookieName(cookie, protocol)

  test('a fan who enters 200 rooms has a bounded number of cookies, those of the last rooms', () => {
    const jar = new Map<string, string>([['lang', 'ko']])
    const header = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    for (let room = 0; room < 200; room++) {
      for (const cookie of [name(`ticket-room-${room}`), name(`pass-room-${room}`)]) {
        for (const evicted of cookiesToEvict(header(), cookie)) jar.delete(evicted)
        jar.set(cookie, TOKEN)
      }
    }
    const rooms = (kind: string) => [...jar.keys()].filter((cookie) => cookie.startsWith(name(kind)))
    expect(rooms('ticket-')).toEqual(Array.from({ length: 12 }, (_, i) => name(`ticket-room-${188 + i}`)))
    expect(rooms('pass-')).toEqual(Array.from({ length: 6 }, (_, i) => name(`pass-room-${194 + i}`)))
    expect(jar.get('lang')).toBe('ko')
  })

  test('the cookies of rooms with the longest names leave 1.5 kB of 8 kB to all others', () => {
    const [id, untilMs] = [`u${Number.MAX_SAFE_INTEGER}.12.100000`, 1_900_000_000_000]
    const room = (i: number) => `${i}`.padStart(63, 'r')
    const tickets = Array.from({ length: 12 }, (_, i) => {
      const token = signQueueTicket({ room: room(i), epoch: 12, index: 100_000, visitor: id }, keys)
      return `${name(queueTicketCookie(room(i)))}=${token}`
    })
    const passes = Array.from({ length: 6 }, (_, i) => {
      const token = signPass({ id, room: room(i), epoch: 12, expiresAtMs: untilMs, untilMs }, keys)
      return `${name(passCookie(room(i)))}=${token}`
    })
    const full = tickets.concat(passes).join('; ')
    expect(roomCookiesOf(full)).toHaveLength(18)
    expect(full.length).toBeLessThan(6_656)
  })

  test('a cookie that is set again evicts no other', () => {
    const full = Array.from({ length: 12 }, (_, i) => `${name(`ticket-room-${i}`)}=${TOKEN}`).join('; ')
    expect(cookiesToEvict(full, name('ticket-room-5'))).toEqual([])
    expect(cookiesToEvict(full, name('ticket-room-12'))).toEqual([name('ticket-room-0')])
  })
})

test('cookies that a domain imitates evict none of ours', () => {
  const imitated = Array.from({ length: 50 }, (_, i) => `ticket-room-${i}=${TOKEN}`).join('; ')
  expect(cookiesToEvict(`${imitated}; __Host-ticket-mine=${TOKEN}`, '__Host-ticket-next')).toEqual([])
})

test('the site gets its own cookies and the pass of the room, and none of the other rooms', () => {
  const own = 'session=1; ticket-office=berlin; pass-word=a.b'
  const cookies = `${own}; ticket-one=${TOKEN}; pass-one=${TOKEN}; pass-two=${TOKEN}`
  expect(withoutRoomCookies(cookies, 'one', 'http')).toBe(`${own}; pass-one=${TOKEN}`)
  expect(withoutRoomCookies(cookies, null, 'http')).toBe(own)
  expect(roomCookiesOf(cookies)).toEqual(['ticket-one', 'pass-one', 'pass-two'])
})

test('over TLS the site gets the pass with the prefix alone, and a head that is too large clears both names', () => {
  const cookies = `session=1; pass-one=${TOKEN}; __Host-ticket-one=${TOKEN}; __Host-pass-one=${TOKEN}; __Host-pass-two=${TOKEN}`
  expect(withoutRoomCookies(cookies, 'one', 'https')).toBe(`session=1; __Host-pass-one=${TOKEN}`)
  expect(withoutRoomCookies(cookies, null, 'https')).toBe('session=1')
  expect(withoutRoomCookies(cookies, 'one', 'http')).toBe(`session=1; pass-one=${TOKEN}`)
  expect(roomCookiesOf(cookies)).toEqual(['pass-one', '__Host-ticket-one', '__Host-pass-one', '__Host-pass-two'])
})
