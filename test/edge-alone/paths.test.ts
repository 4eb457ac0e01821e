import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sendRaw, statusOf } from '../raw-http.ts'
import { ACCEPT_PAGE } from './browser.ts'
import { type EdgeAlone, openEdgeAlone } from './setup.ts'

const FRIEND = '203.0.113.9'
const FRIEND_IPV6 = '2001:DB8:7:7::1'

let alone: EdgeAlone
beforeAll(async () => {
  alone = await openEdgeAlone([
    { name: 'busy', paths: ['/busy', '/busy/*', '/@Busy/:page', '/busy \\(now\\)'], walkIn: false },
    {
      name: 'bypassed',
      paths: ['/bypassed/*'],
      bypass: { paths: ['/bypassed/terms'], addresses: [FRIEND, FRIEND_IPV6] },
      walkIn: false,
    },
    { name: 'form', paths: ['/form'], methods: ['post'] },
  ])
})
afterAll(() => alone.close())

describe('bypass', () => {
  const statusFor = async (path: string, address?: string) =>
    (await alone.openBrowser(address ? { address } : {}).get(path)).status

  test('opens the listed paths and no similar ones', async () => {
    expect(await statusFor('/bypassed/terms')).toBe(200)
    expect(await statusFor('/bypassed/terms/more')).toBe(303)
    expect(await statusFor('/bypassed/shop')).toBe(303)
  })

  test('admits the listed addresses, IPv6 by /64, and no similar ones', async () => {
    expect(await statusFor('/bypassed/shop', FRIEND)).toBe(200)
    expect(await statusFor('/bypassed/shop', '203.0.113.90')).toBe(303)
    expect(await statusFor('/bypassed/shop', FRIEND_IPV6.toLowerCase())).toBe(200)
    expect(await statusFor('/bypassed/shop', '2001:db8:7:8::1')).toBe(303)
  })

  test('does not trust an address that the visitor sent', async () => {
    const response = await fetch(`${alone.edgeUrl}/bypassed/shop`, {
      headers: { accept: ACCEPT_PAGE, 'x-forwarded-for': `${FRIEND}, 198.51.100.1`, 'x-real-ip': FRIEND },
      redirect: 'manual',
    })
    expect(response.status).toBe(303)
  })
})

describe('spellings of a path behind a room', () => {
  /** Requests a page with the target exactly as it is written. */
  const statusFor = async (target: string) =>
    statusOf(
      await sendRaw(
        alone.edgeUrl,
        `GET ${target} HTTP/1.1\r\nHost: site\r\nAccept: text/html\r\nX-Forwarded-For: 10.7.7.7\r\nConnection: close\r\n\r\n`,
      ),
    )

  /** Parses a path like a lenient upstream: without parameters, decoded, slashes collapsed, in any case. */
  function isBusyPage(path: string): boolean {
    const name = decodeURIComponent(path.split('?')[0]!.replaceAll(/;[^/]*/g, '')).replaceAll(/[\\/]+/g, '/').toLowerCase()
    return /^\/(busy|@busy|busy \(now\))(\/|$)/.test(name)
  }

  test('redirect to the queue when they are plain', async () => {
    const plain = [
      '/busy',
      '/BUSY',
      '/Busy/Seats',
      '/busy/',
      '/busy?x',
      '/busy;x',
      '/@busy/seats',
      '/%40busy/seats',
      '/busy%20(now)',
    ]
    const statuses = await Promise.all(plain.map(async (target) => [target, await statusFor(target)]))
    expect(statuses).toEqual(plain.map((target) => [target, 303]))
    expect(await statusFor('/%40elsewhere/%28busy%29'), 'another path').toBe(200)
  })

  test('never reach an upstream that parses paths leniently', async () => {
    const before = alone.upstream.requests.length
    for (
      const target of [
        '/busy;x=/y',
        '/busy/;x',
        '/;x/busy',
        '/;/busy',
        '//busy',
        '/./busy',
        '/x/../busy',
        '/x/..;/busy',
        '/.;x/busy',
        '/\\busy',
        '/%62usy',
        '/%42USY',
        '/%2fbusy',
        '/busy%2Fseats',
        '/%2e/busy',
        '/%252562usy',
        '/busy%00',
        '/busy%3Bx',
        '/busy%5Cx',
        '/%40BUSY/seats',
        '/busy%20%28now%29',
        '/busy%20%28now)',
        'http://elsewhere.example/busy',
        'https://elsewhere.example//busy',
      ]
    ) await statusFor(target)
    expect(alone.upstream.requests.slice(before).map(({ path }) => path).filter(isBusyPage)).toEqual([])
    expect(isBusyPage('/%40BUSY;x//Seats'), 'a forwarded page would be detected').toBe(true)
  })
})

test('with a list of methods only the listed ones need a pass', async () => {
  const browser = alone.openBrowser()
  expect((await browser.get('/form')).status).toBe(200)
  expect((await browser.request('HEAD', '/form')).status).toBe(200)
  expect((await browser.request('POST', '/form', { accept: '*/*' })).body).toMatchObject({ code: 'pass_required' })
  expect((await browser.request('POST', '/form', { accept: ACCEPT_PAGE })).status).toBe(303)
  await browser.join('form')
  await browser.enter('form')
  expect((await browser.request('POST', '/form', { accept: '*/*' })).text).toBe('the page /form')
})
