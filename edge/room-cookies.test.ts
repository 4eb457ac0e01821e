import { expect, test } from 'vitest'
import { cookiesToEvict, roomCookiesOf, withoutRoomCookies } from './room-cookies.ts'

const TOKEN = 'aaa.bbb.ccc'

test('a fan who enters 200 rooms has a bounded number of cookies, those of the last rooms', () => {
  const jar = new Map<string, string>([['lang', 'ko']])
  const header = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  for (let room = 0; room < 200; room++) {
    for (const name of [`ticket-room-${room}`, `pass-room-${room}`]) {
      for (const evicted of cookiesToEvict(header(), name)) jar.delete(evicted)
      jar.set(name, TOKEN)
    }
  }
  const rooms = (kind: string) => [...jar.keys()].filter((name) => name.startsWith(kind))
  expect(rooms('ticket-')).toEqual(Array.from({ length: 12 }, (_, i) => `ticket-room-${188 + i}`))
  expect(rooms('pass-')).toEqual(Array.from({ length: 6 }, (_, i) => `pass-room-${194 + i}`))
  expect(jar.get('lang')).toBe('ko')
})

test('a cookie that is set again evicts no other', () => {
  const full = Array.from({ length: 12 }, (_, i) => `ticket-room-${i}=${TOKEN}`).join('; ')
  expect(cookiesToEvict(full, 'ticket-room-5')).toEqual([])
  expect(cookiesToEvict(full, 'ticket-room-12')).toEqual(['ticket-room-0'])
})

test('the site gets its own cookies and the pass of the room, and none of the other rooms', () => {
  const own = 'session=1; ticket-office=berlin; pass-word=a.b'
  const cookies = `${own}; ticket-one=${TOKEN}; pass-one=${TOKEN}; pass-two=${TOKEN}`
  expect(withoutRoomCookies(cookies, 'one')).toBe(`${own}; pass-one=${TOKEN}`)
  expect(withoutRoomCookies(cookies, null)).toBe(own)
  expect(roomCookiesOf(cookies)).toEqual(['ticket-one', 'pass-one', 'pass-two'])
})
