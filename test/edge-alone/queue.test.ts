import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../until.ts'
import { ACCEPT_PAGE } from './browser.ts'
import { type EdgeAlone, openEdgeAlone } from './setup.ts'

let alone: EdgeAlone
beforeAll(async () => {
  alone = await openEdgeAlone([
    { name: 'busy', paths: ['/busy', '/busy/*'], capacity: 1 },
    { name: 'stop', paths: ['/stop'], walkIn: false },
    { name: 'turns', paths: ['/turns', '/turns/*'], capacity: 1 },
    { name: 'without-scripts', paths: ['/without-scripts/*'], capacity: 1 },
    { name: 'target', paths: ['/target', '/target/*'] },
  ])
})
afterAll(() => alone.close())

describe('while people wait', () => {
  test('a page redirects to the waiting page, which contains the requested page', async () => {
    await alone.fill('busy')
    const browser = alone.openBrowser()
    const response = await browser.get('/busy/seats?row=7&seat=a b')
    const target = new URLSearchParams({ to: '/busy/seats?row=7&seat=a%20b' })
    expect([response.status, response.location]).toEqual([303, `/queue/busy?${target}`])
    const page = await browser.get(response.location!)
    expect(page.status).toBe(200)
    expect(page.headers.get('content-type')).toMatch(/^text\/html/)
    expect(page.text).toContain('/busy/seats?row=7')
    expect(alone.upstream.requestsFor('/busy/seats')).toEqual([])
  })

  test.each(['*/*', 'application/json, text/plain', 'application/vnd.api+json'])(
    'a program that accepts %s gets a problem with the address of the queue',
    async (accept) => {
      await alone.fill('busy')
      for (const method of ['GET', 'POST', 'DELETE']) {
        const response = await alone.openBrowser().request(method, '/busy', { accept })
        expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
        expect(response.body).toMatchObject({ code: 'pass_required', status: 403, room: 'busy', queue: '/queue/busy' })
        expect(response.status).toBe(403)
      }
      expect(alone.upstream.requestsFor('/busy').filter(({ headers }) => headers.accept === accept)).toEqual([])
    },
  )

  test('in a room for one the second visitor waits until the first leaves, and then reaches the requested page', async () => {
    const [first, second] = [alone.openBrowser(), alone.openBrowser()]
    expect((await first.get('/turns')).status).toBe(200)
    const { location } = await second.get('/turns/seats?row=7')
    expect(location).toBe('/queue/turns?to=%2Fturns%2Fseats%3Frow%3D7')
    await second.join('turns')
    expect((await second.claim('turns')).body).toMatchObject({ code: 'not_your_turn', status: 425, roomFull: false })
    expect((await first.leave('turns')).status).toBe(204)
    expect((await first.get('/turns')).status, 'the first visitor needs a new pass').toBe(303)

    await until(async () => (await second.snapshot('turns')).serving > 0 && (await second.join('turns')).ahead === 0)
    const entry = await second.submitUntilAdmitted(`/queue/turns/pass${location!.slice(location!.indexOf('?'))}`)
    expect(entry.location).toBe('/turns/seats?row=7')
    expect((await second.get(entry.location!)).text).toBe('the page /turns/seats')
  })

  test('a browser without scripts is admitted by the page that reloads itself', async () => {
    const [first, second] = [alone.openBrowser(), alone.openBrowser()]
    await first.get('/without-scripts/shop')
    const { location } = await second.get('/without-scripts/shop')
    expect((await second.get(location!)).text).toMatch(/http-equiv="refresh" content="\d+"/)
    await first.leave('without-scripts')
    let target: string | undefined
    await until(async () => {
      target = (await second.get(location!)).text.match(/http-equiv="refresh" content="1;url=([^"]+)"/)?.[1]
      return target !== undefined
    })
    expect(target).toBe('/without-scripts/shop')
    let response = await second.get(target!)
    await until(async () => response.status === 200 || (response = await second.get(target!)).status === 200)
    expect(response.text).toBe('the page /without-scripts/shop')
  })
})

test('walkIn: false shows the waiting page to everyone, and admits those who join while the queue is empty', async () => {
  const browser = alone.openBrowser()
  const response = await browser.get('/stop')
  expect([response.status, response.location]).toEqual([303, '/queue/stop?to=%2Fstop'])
  expect(browser.cookies).toEqual({})
  await browser.join('stop')
  expect(await browser.enter('stop')).toMatchObject({ status: 201 })
  expect((await browser.get('/stop')).text).toBe('the page /stop')
})

test.each([
  'https://evil.example/',
  '//evil.example/target',
  '/\\evil.example/target',
  '/target/..//evil.example',
  '/target/../elsewhere',
  '\t//evil.example',
  'javascript:alert(1)',
  '/elsewhere',
])('the queue redirects to a page behind its own room, and not to %s', async (to) => {
  const browser = alone.openBrowser()
  const query = new URLSearchParams({ to })
  const page = await browser.get(`/queue/target?${query}`)
  expect(JSON.parse(page.text.match(/id="state">(.*?)<\/script>/)![1]!).urls.target).toBe('/target')
  const joined = await browser.request('POST', `/queue/target/tickets?${query}`, { accept: ACCEPT_PAGE })
  const entry = joined.location?.startsWith('/queue/') ? await browser.submitUntilAdmitted(`/queue/target/pass?${query}`) : joined
  expect([entry.status, entry.location]).toEqual([303, '/target'])
})
