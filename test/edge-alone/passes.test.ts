import { jwtVerify } from 'jose'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LIMITS } from '../../edge/limits.ts'
import { tokenKeys } from '../shop.ts'
import { type EdgeAlone, openEdgeAlone } from './setup.ts'

let alone: EdgeAlone
beforeAll(async () => {
  alone = await openEdgeAlone([
    { name: 'walk-in', paths: ['/walk-in', '/walk-in/*'] },
    { name: 'stop', paths: ['/stop'], walkIn: false },
    { name: 'ended', paths: ['/ended', '/ended/*'], capacity: 1 },
    { name: 'kept', paths: ['/kept/*'] },
    { name: 'one', paths: ['/one'] },
    { name: 'two', paths: ['/two'] },
  ])
})
afterAll(() => alone.close())

test('while the queue is empty a page opens at once, and its pass is valid for later requests of any kind', async () => {
  const browser = alone.openBrowser()
  expect((await browser.get('/walk-in')).text).toBe('the page /walk-in')
  expect(browser.cookies['pass-walk-in']).toBeTruthy()
  expect((await browser.request('POST', '/walk-in/pay', { accept: '*/*' })).text).toBe('the page /walk-in/pay')
  expect((await alone.openBrowser().request('POST', '/walk-in/pay', { accept: '*/*' })).status).toBe(403)
})

test('one pass is enough for a heavy page with its parts, and not for a crowd that shares it', async () => {
  const browser = alone.openBrowser()
  await browser.get('/walk-in')
  const pass = browser.cookies['pass-walk-in']!
  const part = `/walk-in/part-${randomUUID()}`
  const startedAt = performance.now()
  const responses = await Promise.all(
    Array.from({ length: 1_000 }, () => alone.openBrowser().request('GET', part, { accept: 'image/*', 'x-queue-pass': pass })),
  )
  const { burst, perSecond } = LIMITS.part
  const allowed = burst + perSecond * (performance.now() - startedAt) / 1000 + 1
  const passed = responses.filter(({ status }) => status === 200).length
  expect(passed).toBeGreaterThanOrEqual(burst)
  expect(passed).toBeLessThanOrEqual(allowed)
  // By their ids: the edge sends a request twice that gets no response in time.
  expect(new Set(alone.upstream.requestsFor(part).map(({ headers }) => headers['x-request-id'])).size).toBe(passed)
  const refused = responses.filter(({ status }) => status !== 200)
  for (const { status, code, headers } of refused) {
    expect([status, code, headers.get('retry-after')]).toEqual([429, 'rate_limited', '1'])
  }
  expect((await browser.get('/walk-in')).status, 'pages have a separate limit').toBe(200)
})

test('the upstream can verify a pass with any JSON Web Token library', async () => {
  const browser = alone.openBrowser()
  const path = `/walk-in?${randomUUID()}`
  await browser.get(path)
  await browser.get(path)
  const [first, second] = alone.upstream.requestsFor(path)
  const inHeader = first!.headers['x-queue-pass']
  const inCookie = second!.headers.cookie?.match(/(?:^|; )pass-walk-in=([^;]+)/)?.[1]
  expect(second!.headers['x-queue-pass'], 'the header carries a pass that the browser does not have yet').toBeUndefined()
  for (const token of [inHeader, inCookie]) {
    const { payload } = await jwtVerify(token!, tokenKeys.secrets[0], { algorithms: ['HS256'], typ: 'pass' })
    expect(payload).toEqual({
      jti: expect.any(String),
      room: 'walk-in',
      epoch: expect.any(Number),
      exp: expect.any(Number),
      until: expect.any(Number),
    })
  }
})

test('a visitor who has lost the pass is admitted again at once while the queue is empty', async () => {
  const browser = alone.openBrowser()
  await browser.get('/walk-in')
  delete browser.cookies['pass-walk-in']
  expect((await browser.get('/walk-in/more')).text).toBe('the page /walk-in/more')
  expect(browser.cookies['pass-walk-in']).toBeTruthy()
})

test('with walkIn: false a lost pass is returned again during the visit; after the visit the visitor may join again', async () => {
  const browser = alone.openBrowser()
  await browser.join('stop')
  await browser.enter('stop')
  delete browser.cookies['pass-stop']
  expect((await browser.get('/stop')).text).toBe('the page /stop')

  const ticket = browser.cookies['ticket-stop']!
  await browser.leave('stop')
  browser.cookies['ticket-stop'] = ticket
  const { status, location } = await browser.get('/stop?row=7')
  expect([status, location]).toEqual([303, `/queue/stop?${new URLSearchParams({ ended: 'used', to: '/stop?row=7' })}`])
  const page = await browser.get(location!)
  expect(page.status).toBe(409)
  expect(page.text).toContain('action="/queue/stop/tickets?to=%2Fstop%3Frow%3D7"')
})

test('the upstream ends a visit with X-Queue-Command, which is not forwarded to the visitor, and the next visitor is called', async () => {
  const [first, second] = [alone.openBrowser(), alone.openBrowser()]
  await first.get('/ended')
  expect((await second.get('/ended')).status).toBe(303)
  const done = await first.get('/ended/thanks')
  expect([done.status, done.text, done.headers.get('x-queue-command')]).toEqual([200, 'the page /ended/thanks', null])
  expect(Object.keys(first.cookies)).not.toContain('pass-ended')
  expect((await second.enter('ended')).status).toBe(201)
  expect((await second.get('/ended')).status).toBe(200)
})

test('a response with a pass is never cacheable, and keeps the cookies of the upstream', async () => {
  const response = await alone.openBrowser().get('/kept/public')
  const names = response.headers.getSetCookie().map((cookie) => cookie.split('=')[0])
  expect(names.toSorted()).toEqual(['own', 'pass-kept', 'ticket-kept'])
  expect(response.headers.get('cache-control')).toMatch(/private|no-store/)
  expect(response.headers.get('cache-control')).not.toMatch(/public|s-maxage/)
})

test('each room has its own cookies, and rejects tickets and passes of another room', async () => {
  const browser = alone.openBrowser()
  await browser.get('/one')
  expect(Object.keys(browser.cookies).toSorted()).toEqual(['pass-one', 'ticket-one'])
  const { 'pass-one': pass, 'ticket-one': ticket } = browser.cookies
  const post = (headers: Record<string, string>) => alone.openBrowser().request('POST', '/two', { accept: '*/*', ...headers })
  expect((await post({ cookie: `pass-one=${pass}` })).body).toMatchObject({ code: 'pass_required' })
  expect((await post({ cookie: `pass-two=${pass}` })).body).toMatchObject({ code: 'pass_invalid', queue: '/queue/two' })
  expect((await post({ 'x-queue-pass': pass! })).body).toMatchObject({ code: 'pass_invalid' })
  const claimed = await alone.openBrowser().request('POST', '/queue/two/pass', { cookie: `ticket-two=${ticket}` })
  expect(claimed.body).toMatchObject({ code: 'ticket_invalid', status: 401 })
  await browser.get('/two')
  expect(Object.keys(browser.cookies).toSorted()).toEqual(['pass-one', 'pass-two', 'ticket-one', 'ticket-two'])
  expect([(await browser.get('/one')).status, (await browser.get('/two')).status]).toEqual([200, 200])
})
