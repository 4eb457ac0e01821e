import { jwtVerify } from 'jose'
import type { ChildProcess } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../dev/processes.ts'
import { openRedis, untilReady } from '../db/redis/client.ts'
import { commitmentTo, prepareDraw } from '../edge/contract/draw.ts'
import type { Position, Snapshot } from '../edge/contract/rooms.ts'
import { LIMITS } from '../edge/limits.ts'
import { type Answer, send } from './http.ts'
import { ownRedis, TOKEN_SECRET, tokenKeys } from './shop.ts'
import { end, startProgram } from './site.ts'
import { until } from './until.ts'

// A web site that knows nothing of NETicket, and an edge in front of it: no origin of ours, no MySQL.
const PAGE = 'text/html,application/xhtml+xml,*/*;q=0.8'
const IN_AN_HOUR = new Date(Date.now() + 3_600_000).toISOString()
const FRIEND = '203.0.113.9'
const FRIEND_IPV6 = '2001:DB8:7:7::1'

const ONE_AT_A_TIME = { capacity: 1 }
const ROOMS = [
  { name: 'walk-in', paths: ['/walk-in', '/walk-in/*'] },
  { name: 'stop', paths: ['/stop'], walkIn: false },
  { name: 'busy', paths: ['/busy', '/busy/*', '/@Busy/:page', '/busy \\(now\\)'], ...ONE_AT_A_TIME },
  { name: 'turns', paths: ['/turns', '/turns/*'], ...ONE_AT_A_TIME },
  { name: 'ended', paths: ['/ended', '/ended/*'], ...ONE_AT_A_TIME },
  { name: 'without-scripts', paths: ['/without-scripts/*'], ...ONE_AT_A_TIME },
  {
    name: 'bypassed',
    paths: ['/bypassed/*'],
    bypass: { paths: ['/bypassed/terms'], addresses: [FRIEND, FRIEND_IPV6] },
    walkIn: false,
  },
  { name: 'order', paths: ['/order'], mode: 'fifo', ...ONE_AT_A_TIME },
  { name: 'anybody', paths: ['/anybody'], mode: 'passthrough', perMinute: 1, ...ONE_AT_A_TIME },
  { name: 'nobody', paths: ['/nobody'], mode: 'closed' },
  { name: 'form', paths: ['/form'], methods: ['post'] },
  { name: 'lobby', paths: ['/lobby'], opensAt: IN_AN_HOUR, lobbySeconds: 7_200 },
  { name: 'early', paths: ['/early'], opensAt: IN_AN_HOUR, lobbySeconds: 60 },
  { name: 'one', paths: ['/one'] },
  { name: 'two', paths: ['/two'] },
  { name: 'apps', paths: ['/apps'], ...ONE_AT_A_TIME },
  { name: 'wishes', paths: ['/wishes', '/wishes/*'] },
  { name: 'orders', paths: ['/orders'] },
  { name: 'kept', paths: ['/kept/*'] },
]

let redis: Awaited<ReturnType<typeof ownRedis>>
let folder: string
let behind: ReturnType<typeof openPlainSite>
let edgeUrl: string
const edges: ChildProcess[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neticket-alone-'))
  redis = await ownRedis()
  behind = openPlainSite()
  edgeUrl = await openEdge(ROOMS)
})
afterAll(async () => {
  await Promise.all(edges.map((edge) => end(edge, 'SIGTERM')))
  await behind.close()
  await redis.close()
  await rm(folder, { recursive: true, force: true })
})

describe('an open path', () => {
  test('goes through untouched: method, query, body, status, headers, every byte', async () => {
    const direct = await fetch(`${behind.url}/bytes?a=1&b=%20`)
    const through = await fetch(`${edgeUrl}/bytes?a=1&b=%20`)
    expect(through.status).toBe(direct.status)
    expect(new Uint8Array(await through.arrayBuffer())).toEqual(new Uint8Array(await direct.arrayBuffer()))
    for (const name of ['content-type', 'etag', 'cache-control', 'x-of-the-site']) {
      expect(through.headers.get(name), name).toBe(direct.headers.get(name))
    }
    expect(through.headers.getSetCookie()).toEqual(direct.headers.getSetCookie())
    expect((await fetch(`${edgeUrl}/elsewhere`, { redirect: 'manual' })).headers.get('location')).toBe(
      'https://elsewhere.example/',
    )
    expect((await fetch(`${edgeUrl}/missing`)).status).toBe(404)
  })

  test.each([
    ['bytes', 'application/octet-stream', randomBytes(60_000)],
    ['a text that is no UTF-8', 'application/json; charset=euc-kr', Buffer.from('22b0f8bfac22', 'hex')],
    ['a text with a byte order mark', 'application/json', Buffer.from('efbbbf7b7d', 'hex')],
    ['a form', 'application/x-www-form-urlencoded', Buffer.from('a=%EA%B3%B5&b=+')],
  ])('takes %s to the site as they were sent', async (_, type, body) => {
    const path = `/echo?${randomUUID()}`
    const answer = await fetch(edgeUrl + path, { method: 'PUT', headers: { 'content-type': type }, body: new Uint8Array(body) })
    expect(Buffer.from(await answer.arrayBuffer()).toString('hex')).toBe(body.toString('hex'))
    expect(behind.askedFor(path)).toMatchObject([{ method: 'PUT', headers: { 'content-type': type } }])
  })
})

describe('a path behind a room', () => {
  test('while people wait a page is led to the line, with the way back to it', async () => {
    await fill('busy')
    const browser = openBrowser()
    const answer = await browser.get('/busy/seats?row=7&seat=a b')
    expect([answer.status, answer.location]).toEqual([
      303,
      `/queue/busy?${new URLSearchParams({ to: '/busy/seats?row=7&seat=a%20b' })}`,
    ])
    const page = await browser.get(answer.location!)
    expect(page.status).toBe(200)
    expect(page.headers.get('content-type')).toMatch(/^text\/html/)
    expect(page.text).toContain('/busy/seats?row=7')
    expect(behind.askedFor('/busy/seats')).toEqual([])
  })

  test.each(['*/*', 'application/json, text/plain', 'application/vnd.api+json'])(
    'while people wait a program (Accept: %s) is told where the line is',
    async (accept) => {
      await fill('busy')
      for (const method of ['GET', 'POST', 'DELETE']) {
        const answer = await openBrowser().ask(method, '/busy', { accept })
        expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
        expect([answer.status, answer.body]).toEqual([
          403,
          expect.objectContaining({ code: 'pass_required', status: 403, room: 'busy', queue: '/queue/busy' }),
        ])
      }
      expect(behind.askedFor('/busy').filter(({ headers }) => headers.accept === accept)).toEqual([])
    },
  )

  test('when nobody waits a page opens at once, with a pass that is good for the next requests of any kind', async () => {
    const browser = openBrowser()
    expect((await browser.get('/walk-in')).text).toBe('the page /walk-in')
    expect(browser.cookies['pass-walk-in']).toBeTruthy()
    expect((await browser.ask('POST', '/walk-in/pay', { accept: '*/*' })).text).toBe('the page /walk-in/pay')
    expect((await openBrowser().ask('POST', '/walk-in/pay', { accept: '*/*' })).status).toBe(403)
  })

  test('one pass is one visitor: a heavy page with all its parts, and not the load of a crowd that shares it', async () => {
    const browser = openBrowser()
    await browser.get('/walk-in')
    const pass = browser.cookies['pass-walk-in']!
    const part = `/walk-in/part-${randomUUID()}`
    const startedAt = performance.now()
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, () => openBrowser().ask('GET', part, { accept: 'image/*', 'x-queue-pass': pass })),
    )
    const { burst, perSecond } = LIMITS.part
    const most = burst + perSecond * (performance.now() - startedAt) / 1000 + 1
    const passed = answers.filter(({ status }) => status === 200).length
    expect(passed).toBeGreaterThanOrEqual(burst)
    expect(passed).toBeLessThanOrEqual(most)
    expect(behind.askedFor(part)).toHaveLength(passed)
    const refused = answers.filter(({ code }) => code === 'rate_limited')
    expect([refused.length, refused[0]!.status, refused[0]!.headers.get('retry-after')]).toEqual([1_000 - passed, 429, '1'])
    expect((await browser.get('/walk-in')).status, 'pages are counted by themselves').toBe(200)
  })

  test('the site can check a pass by itself, with any library for JSON Web Tokens', async () => {
    const browser = openBrowser()
    const path = `/walk-in?${randomUUID()}`
    await browser.get(path)
    await browser.get(path)
    const [first, second] = behind.askedFor(path)
    const given = first!.headers['x-queue-pass']
    const kept = second!.headers.cookie?.match(/(?:^|; )pass-walk-in=([^;]+)/)?.[1]
    expect(second!.headers['x-queue-pass'], 'the header is for a pass that the browser does not have yet').toBeUndefined()
    for (const token of [given, kept]) {
      const { payload } = await jwtVerify(token!, tokenKeys.secrets[0], { algorithms: ['HS256'], typ: 'pass' })
      expect(payload).toEqual({
        ...{ jti: expect.any(String), room: 'walk-in', epoch: expect.any(Number) },
        ...{ exp: expect.any(Number), until: expect.any(Number) },
      })
    }
  })

  test('whose visit has ended walks in again when nobody waits, and else joins again on the way to the same page', async () => {
    const browser = openBrowser()
    await browser.get('/walk-in')
    delete browser.cookies['pass-walk-in']
    expect((await browser.get('/walk-in/more')).text).toBe('the page /walk-in/more')
    expect(browser.cookies['pass-walk-in']).toBeTruthy()

    const late = openBrowser()
    await late.join('stop')
    await late.comeIn('stop')
    delete late.cookies['pass-stop']
    expect((await late.get('/stop')).text, 'a pass that was lost is given again while the visit lasts').toBe('the page /stop')
    const ticket = late.cookies['ticket-stop']!
    await late.ask('DELETE', '/queue/stop/tickets')
    late.cookies['ticket-stop'] = ticket
    const { status, location } = await late.get('/stop?row=7')
    expect([status, location]).toEqual([303, `/queue/stop?${new URLSearchParams({ ended: 'used', to: '/stop?row=7' })}`])
    const page = await late.get(location!)
    expect(page.status).toBe(409)
    expect(page.text).toContain('action="/queue/stop/tickets?to=%2Fstop%3Frow%3D7"')
  })

  test('walkIn: false shows the line to everyone, and whoever joins goes in when nobody waits', async () => {
    const browser = openBrowser()
    const answer = await browser.get('/stop')
    expect([answer.status, answer.location]).toEqual([303, '/queue/stop?to=%2Fstop'])
    expect(browser.cookies).toEqual({})
    await browser.join('stop')
    expect(await browser.comeIn('stop')).toMatchObject({ status: 201 })
    expect((await browser.get('/stop')).text).toBe('the page /stop')
  })

  test('a room for one: the second waits, the first leaves, and the second lands where it wanted to', async () => {
    const [first, second] = [openBrowser(), openBrowser()]
    expect((await first.get('/turns')).status).toBe(200)
    const { location } = await second.get('/turns/seats?row=7')
    expect(location).toBe('/queue/turns?to=%2Fturns%2Fseats%3Frow%3D7')
    expect((await second.claim('turns')).body).toMatchObject({ code: 'not_your_turn', status: 425 })
    expect((await first.ask('DELETE', '/queue/turns/tickets')).status).toBe(204)
    expect((await first.get('/turns')).status, 'whoever left waits again').toBe(303)

    await until(async () => (await second.snapshot('turns')).serving > 0 && (await second.position('turns')).ahead === 0)
    const entry = await untilEntered(second, `/queue/turns/pass${location!.slice(location!.indexOf('?'))}`)
    expect(entry.location).toBe('/turns/seats?row=7')
    expect((await second.get(entry.location!)).text).toBe('the page /turns/seats')
  })

  test('the site ends a pass by a header, which nobody sees, and the next in line is called', async () => {
    const [first, second] = [openBrowser(), openBrowser()]
    await first.get('/ended')
    expect((await second.get('/ended')).status).toBe(303)
    const done = await first.get('/ended/thanks')
    expect([done.status, done.text, done.headers.get('x-queue-command')]).toEqual([200, 'the page /ended/thanks', null])
    expect(Object.keys(first.cookies)).not.toContain('pass-ended')
    expect((await second.comeIn('ended')).status).toBe(201)
    expect((await second.get('/ended')).status).toBe(200)
  })

  test('without scripts: the link, the button and the page that asks again by itself lead in', async () => {
    const [first, second] = [openBrowser(), openBrowser()]
    await first.get('/without-scripts/shop')
    const { location } = await second.get('/without-scripts/shop')
    const line = await second.get(location!)
    expect(line.text).toMatch(/http-equiv="refresh" content="\d+"/)
    await first.ask('DELETE', '/queue/without-scripts/tickets')
    let inside: string | undefined
    await until(async () => {
      inside = (await second.get(location!)).text.match(/http-equiv="refresh" content="1;url=([^"]+)"/)?.[1]
      return inside !== undefined
    })
    expect(inside).toBe('/without-scripts/shop')
    let answer = await second.get(inside!)
    await until(async () => (answer = answer.status === 200 ? answer : await second.get(inside!)).status === 200)
    expect(answer.text).toBe('the page /without-scripts/shop')
  })

  test('paths and addresses that bypass the room need no pass; their neighbours do', async () => {
    const status = async (path: string, address?: string) => (await openBrowser(address).get(path)).status
    expect(await status('/bypassed/terms')).toBe(200)
    expect(await status('/bypassed/terms/more')).toBe(303)
    expect(await status('/bypassed/shop')).toBe(303)
    expect(await status('/bypassed/shop', FRIEND)).toBe(200)
    expect(await status('/bypassed/shop', '203.0.113.90')).toBe(303)
    expect(await status('/bypassed/shop', FRIEND_IPV6.toLowerCase())).toBe(200)
    expect(await status('/bypassed/shop', '2001:db8:7:8::1')).toBe(303)
    const boast = await fetch(`${edgeUrl}/bypassed/shop`, {
      headers: { accept: PAGE, 'x-forwarded-for': `${FRIEND}, 198.51.100.1`, 'x-real-ip': FRIEND },
      redirect: 'manual',
    })
    expect(boast.status, 'what stands before the trusted proxy was written by anybody').toBe(303)
  })

  test('no spelling of a path leads past its room to a site that reads it generously', async () => {
    const spellings = [
      ...['/busy', '/BUSY', '/Busy/Seats', '/busy/', '/busy?x', '/busy;x', '/busy;x=/y', '/busy/;x'],
      ...['/;x/busy', '/;/busy', '//busy', '/./busy', '/x/../busy', '/x/..;/busy', '/.;x/busy', '/\\busy'],
      ...['/%62usy', '/%42USY', '/%2fbusy', '/busy%2Fseats', '/%2e/busy', '/%252562usy', '/busy%00', '/busy%3Bx', '/busy%5Cx'],
      ...['/@busy/seats', '/%40busy/seats', '/%40BUSY/seats', '/busy%20(now)', '/busy%20%28now%29', '/busy%20%28now)'],
      ...['http://elsewhere.example/busy', 'https://elsewhere.example//busy'],
    ]
    const before = behind.seen.length
    const statuses = new Map<string, number>()
    for (const target of spellings) statuses.set(target, await askRaw(target))
    expect(behind.seen.slice(before).map(({ path }) => path).filter(isBusy)).toEqual([])
    expect(isBusy('/%40BUSY;x//Seats'), 'it would be noticed').toBe(true)
    const sentToTheLine = [
      '/busy',
      '/BUSY',
      '/Busy/Seats',
      '/busy/',
      '/busy;x',
      '/@busy/seats',
      '/%40busy/seats',
      '/busy%20(now)',
    ]
    expect(sentToTheLine.map((target) => [target, statuses.get(target)])).toEqual(sentToTheLine.map((target) => [target, 303]))
    expect(await askRaw('/%40elsewhere/%28busy%29'), 'only what is listed').toBe(200)
  })

  test('methods: only those that are listed need a pass', async () => {
    const browser = openBrowser()
    expect((await browser.get('/form')).status).toBe(200)
    expect((await browser.ask('HEAD', '/form')).status).toBe(200)
    expect((await browser.ask('POST', '/form', { accept: '*/*' })).body).toMatchObject({ code: 'pass_required' })
    expect((await browser.ask('POST', '/form', { accept: PAGE })).status).toBe(303)
    await browser.join('form')
    await browser.comeIn('form')
    expect((await browser.ask('POST', '/form', { accept: '*/*' })).text).toBe('the page /form')
  })

  test('an answer with a pass in it is never given to a cache, and keeps the cookies of the site', async () => {
    const answer = await openBrowser().get('/kept/public')
    expect(answer.headers.getSetCookie().map((cookie) => cookie.split('=')[0]).toSorted()).toEqual([
      ...['own', 'pass-kept', 'ticket-kept'],
    ])
    expect(answer.headers.get('cache-control')).toMatch(/private|no-store/)
    expect(answer.headers.get('cache-control')).not.toMatch(/public|s-maxage/)
  })
})

describe('modes', () => {
  test('fifo: people are called as they came', async () => {
    await fill('order')
    const line = [openBrowser(), openBrowser(), openBrowser()]
    const tickets = []
    for (const browser of line) tickets.push(await browser.join('order'))
    expect(tickets.map(({ index, position: place }) => [index, place])).toEqual([[1, 1], [2, 2], [3, 3]])
    const entered: number[] = []
    let inside = insiders.get('order')!
    for (const [turn, browser] of line.entries()) {
      await inside.ask('DELETE', '/queue/order/tickets')
      expect((await browser.comeIn('order')).status).toBe(201)
      const behindIt = await Promise.all(line.slice(turn + 1).map((other) => other.get('/order')))
      expect(behindIt.every(({ status }) => status === 303)).toBe(true)
      entered.push(turn)
      inside = browser
    }
    expect(entered).toEqual([0, 1, 2])
  })

  test('draw: those present at the opening are placed by lot, also when the opening was moved and the edge restarted', async () => {
    const room = { name: 'drawn', paths: ['/drawn'], mode: 'draw', capacity: 1, lobbySeconds: 7_200 }
    const before = await openEdge([{ ...room, opensAt: IN_AN_HOUR }])
    const people = Array.from({ length: 20 }, () => openBrowser(undefined, before))
    const tickets = []
    for (const browser of people) tickets.push(await browser.join('drawn'))
    const lobby = await people[0]!.snapshot('drawn')
    expect(lobby).toMatchObject({ phase: 'lobby', drawn: null, seed: null, commitment: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect((await people[0]!.claim('drawn')).status).toBe(425)
    await end(edges.pop()!, 'SIGKILL')

    const after = await openEdge([{ ...room, opensAt: new Date(Date.now() - 1_000).toISOString() }])
    for (const browser of people) browser.moveTo(after)
    await until(async () => (await people[0]!.snapshot('drawn')).drawn !== null)
    const opened = await people[0]!.snapshot('drawn')
    expect(opened).toMatchObject({ epoch: lobby.epoch, commitment: lobby.commitment, drawn: 20 })
    expect(await commitmentTo(opened.seed!, 'drawn', opened.epoch)).toBe(lobby.commitment)
    const draw = await prepareDraw(opened.seed!, 20)
    const places = []
    for (const [i, browser] of people.entries()) {
      const { index, position: place } = await browser.position('drawn')
      expect([index, place]).toEqual([tickets[i]!.index, draw.positionOf(index)])
      places.push(place)
    }
    expect(places.toSorted((a, b) => a - b)).toEqual(people.map((_, place) => place))
    expect(places, 'who came first is no matter').not.toEqual(people.map((_, place) => place))
    const first = people[places.indexOf(0)]!
    await until(async () => (await first.get('/drawn')).status === 200)
    expect((await people[places.indexOf(19)]!.get('/drawn')).status).toBe(303)
  })

  test('passthrough: everyone goes straight in, whatever capacity and rate say', async () => {
    const statuses = []
    for (let i = 0; i < 5; i++) statuses.push((await openBrowser().get('/anybody')).status)
    expect(statuses).toEqual([200, 200, 200, 200, 200])
  })

  test('closed: nobody joins, nobody goes in', async () => {
    const browser = openBrowser()
    expect((await browser.get('/nobody')).location).toBe('/queue/nobody?to=%2Fnobody')
    expect((await browser.get('/queue/nobody')).status).toBe(200)
    expect(await browser.snapshot('nobody')).toMatchObject({ phase: 'closed', issued: 0 })
    expect((await browser.ask('POST', '/queue/nobody/tickets')).body).toMatchObject({ code: 'sale_closed', status: 409 })
    const { body } = await browser.ask('GET', '/nobody', { accept: 'application/json' })
    expect(body.cfWaitingRoom).toMatchObject({ isRejectQueue: true, queueingMethod: 'reject', refreshIntervalSeconds: 0 })
    expect(behind.askedFor('/nobody')).toEqual([])
  })

  test('what an operator writes into the store goes before the file', async () => {
    const store = openRedis(redis.url)
    await untilReady(store)
    const seen = async () => await openBrowser().snapshot('orders')
    expect(await seen()).toMatchObject({ phase: 'idle', perMinute: 60_000 })
    await store.hset('{r:orders}:room', { paused: '1', perMinute: '7' })
    await until(async () => (await seen()).phase === 'paused')
    expect((await seen()).perMinute).toBe(7)
    expect((await openBrowser().get('/orders')).status).toBe(303)
    await store.hdel('{r:orders}:room', 'paused', 'perMinute')
    await until(async () => (await seen()).phase === 'idle')
    expect((await openBrowser().get('/orders')).status).toBe(200)
    await store.hset('{r:orders}:room', 'mode', 'closed')
    await until(async () => (await seen()).phase === 'closed')
    const { cfWaitingRoom } = (await openBrowser().ask('GET', '/orders', { accept: 'application/json' })).body
    expect(cfWaitingRoom).toMatchObject({ queueingMethod: 'reject', isRejectQueue: true, isFIFOQueue: false })
    store.disconnect()
  })
})

test('an opening in the future: the lobby gives tickets and no turns; before the lobby not even tickets', async () => {
  const browser = openBrowser()
  expect((await browser.get('/lobby')).status).toBe(303)
  expect(await browser.snapshot('lobby')).toMatchObject({ phase: 'lobby', opensAt: IN_AN_HOUR, serving: 0 })
  const ticket = await browser.join('lobby')
  expect(ticket).toMatchObject({ phase: 'lobby', index: 0 })
  expect(ticket.etaSeconds).toBeGreaterThan(3_000)
  expect((await browser.claim('lobby')).body).toMatchObject({ code: 'not_your_turn' })
  expect((await browser.get('/lobby')).status).toBe(303)

  expect(await browser.snapshot('early')).toMatchObject({ phase: 'closed', opensAt: IN_AN_HOUR })
  const early = await browser.ask('POST', '/queue/early/tickets')
  expect([early.status, early.body]).toEqual([409, expect.objectContaining({ code: 'sale_not_open', opensAt: IN_AN_HOUR })])
  expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(3_000)
  const pressed = await browser.ask('POST', '/queue/early/tickets', { accept: PAGE })
  expect([pressed.status, pressed.location]).toEqual([303, '/queue/early'])
})

test('two rooms have cookies of their own, and a pass or a ticket of one is nothing in the other', async () => {
  const browser = openBrowser()
  await browser.get('/one')
  expect(Object.keys(browser.cookies).toSorted()).toEqual(['pass-one', 'ticket-one'])
  const { 'pass-one': pass, 'ticket-one': ticket } = browser.cookies
  const api = (headers: Record<string, string>) => openBrowser().ask('POST', '/two', { accept: '*/*', ...headers })
  expect((await api({ cookie: `pass-one=${pass}` })).body).toMatchObject({ code: 'pass_required' })
  expect((await api({ cookie: `pass-two=${pass}` })).body).toMatchObject({ code: 'pass_invalid', queue: '/queue/two' })
  expect((await api({ 'x-queue-pass': pass! })).body).toMatchObject({ code: 'pass_invalid' })
  const claimed = await openBrowser().ask('POST', '/queue/two/pass', { cookie: `ticket-two=${ticket}` })
  expect(claimed.body).toMatchObject({ code: 'ticket_invalid', status: 401 })
  await browser.get('/two')
  expect(Object.keys(browser.cookies).toSorted()).toEqual(['pass-one', 'pass-two', 'ticket-one', 'ticket-two'])
  expect([(await browser.get('/one')).status, (await browser.get('/two')).status]).toEqual([200, 200])
})

test('an app that sends exactly Accept: application/json waits by the 25 fields of cfWaitingRoom, and then has its answer', async () => {
  const insider = await fill('apps')
  const app = openBrowser()
  const ask = () => app.ask('GET', '/apps', { accept: 'application/json', 'accept-language': 'en' })
  const waiting = await ask()
  expect([waiting.status, waiting.headers.get('cache-control')]).toEqual([200, 'private, no-store'])
  expect(waiting.body).toEqual({
    cfWaitingRoom: {
      ...{
        inWaitingRoom: true,
        waitTimeKnown: true,
        waitTime: expect.any(Number),
        waitTimeFormatted: expect.stringMatching(/minute/),
      },
      ...{ waitTime25Percentile: 0, waitTime50Percentile: 0, waitTime75Percentile: 0 },
      ...{ queueIsFull: false, queueAll: false, lastUpdated: expect.any(String), refreshIntervalSeconds: expect.any(Number) },
      ...{ queueingMethod: 'fifo', isFIFOQueue: true, isRandomQueue: false, isPassthroughQueue: false, isRejectQueue: false },
      ...{ isEventActive: false, isEventPrequeueing: false, shuffleAtEventStart: false, turnstile: '', infiniteQueue: false },
      ...{ timeUntilEventStart: 0, timeUntilEventStartFormatted: '', timeUntilEventEnd: 0, timeUntilEventEndFormatted: '' },
    },
  })
  expect(Object.keys(waiting.body.cfWaitingRoom)).toHaveLength(25)
  const place = (await app.position('apps')).position
  await ask()
  expect((await app.position('apps')).position, 'asking again keeps the place').toBe(place)
  await insider.ask('DELETE', '/queue/apps/tickets')
  await until(async () => (await ask()).text === 'the page /apps')
})

test('what only the edge may say reaches the site from nobody else', async () => {
  const path = `/headers?${randomUUID()}`
  await openBrowser().get(path, {
    'x-request-id': 'forged',
    'x-queue-command': 'end-pass',
    'x-real-ip': '10.0.0.1',
    forwarded: 'for=10.0.0.1',
    'x-forwarded-prefix': '/evil',
    'x-forwarded-port': '1',
    'x-elsewhere': 'kept',
  })
  const { headers } = behind.askedFor(path)[0]!
  expect(headers['x-elsewhere']).toBe('kept')
  expect(headers['x-request-id']).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/)
  const ours = ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host']
  expect(Object.keys(headers).filter((name) => /^x-forwarded-|^forwarded$|^x-real-ip$|^x-queue-/.test(name)).toSorted()).toEqual(
    ours.toSorted(),
  )
  expect(headers['x-forwarded-for']).toMatch(/^10\.8\.\d+\.\d+$/)
  expect([headers['x-forwarded-proto'], headers['x-forwarded-host']]).toEqual(['http', new URL(edgeUrl).host])
})

test('the host that a proxy tells is believed where the operator says that the proxy sets it, and nowhere else', async () => {
  const told = async (settings: Record<string, string>) => {
    const path = `/headers?${randomUUID()}`
    const at = await openEdge([{ name: 'host', paths: ['/behind'] }], settings)
    await openBrowser(undefined, at).get(path, { 'x-forwarded-host': 'shop.example' })
    return [behind.askedFor(path)[0]!.headers['x-forwarded-host'], new URL(at).host]
  }
  const [byDefault, ownHost] = await told({})
  expect(byDefault).toBe(ownHost)
  expect((await told({ TRUST_FORWARDED_HOST: 'yes' }))[0]).toBe('shop.example')
})

test.each([
  'https://evil.example/',
  '//evil.example/wishes',
  '/\\evil.example/wishes',
  '/wishes/..//evil.example',
  '/wishes/../elsewhere',
  '\t//evil.example',
  'javascript:alert(1)',
  '/elsewhere',
])('the line leads back into its own room, not to %s', async (to) => {
  const browser = openBrowser()
  const wish = new URLSearchParams({ to })
  const page = await browser.get(`/queue/wishes?${wish}`)
  expect(JSON.parse(page.text.match(/id="state">(.*?)<\/script>/)![1]!).insideUrl).toBe('/wishes')
  const joined = await browser.ask('POST', `/queue/wishes/tickets?${wish}`, { accept: PAGE })
  const entry = joined.location?.startsWith('/queue/') ? await untilEntered(browser, `/queue/wishes/pass?${wish}`) : joined
  expect([entry.status, entry.location]).toEqual([303, '/wishes'])
})

test(
  'when the site gets slow nobody more is called and nobody inside is sent away; when it has recovered the line goes on',
  async () => {
    const at = await openEdge([{ name: 'slow', paths: ['/slow/*'], capacity: 20 }], { ORIGIN_SLOW_MS: '40' })
    const inside = Array.from({ length: 20 }, () => openBrowser(undefined, at))
    for (const browser of inside) expect((await browser.get('/slow/page')).status).toBe(200)
    const next = openBrowser(undefined, at)
    await next.join('slow')
    const load = async () => {
      for (const browser of inside) expect((await browser.ask('GET', '/slow/part', { accept: '*/*' })).status).toBe(200)
    }

    behind.takes('/slow/part', 60)
    await until(async () => {
      await load()
      return (await next.snapshot('slow')).heldBy === 'health'
    })
    const { serving } = await next.snapshot('slow')
    await inside.pop()!.ask('DELETE', '/queue/slow/tickets')
    for (let round = 0; round < 3; round++) {
      await load()
      expect(await next.snapshot('slow')).toMatchObject({ heldBy: 'health', serving })
    }

    behind.takes('/slow/part', 0)
    for (const browser of inside) await browser.ask('DELETE', '/queue/slow/tickets')
    expect((await next.comeIn('slow')).status).toBe(201)
  },
  60_000,
)

test('what is slow outside the rooms holds nobody back', async () => {
  const at = await openEdge([{ name: 'calm', paths: ['/calm'], capacity: 20 }], { ORIGIN_SLOW_MS: '40' })
  const [first, second, outsider] = [openBrowser(undefined, at), openBrowser(undefined, at), openBrowser(undefined, at)]
  for (const browser of [first, second]) expect((await browser.get('/calm')).status).toBe(200)
  behind.takes('/open-and-slow', 60)
  const heldBy = new Set<string>()
  for (let round = 0; round < 25; round++) {
    await Promise.all(Array.from({ length: 4 }, () => outsider.get('/open-and-slow')))
    heldBy.add((await first.snapshot('calm')).heldBy)
  }
  expect([...heldBy]).toEqual(['capacity'])
  expect((await openBrowser(undefined, at).get('/calm')).status).toBe(200)
})

describe('without a room the page is open (negative control): nothing but the file of rooms protects it', () => {
  test('an edge whose file does not list the path lets everybody through', async () => {
    const url = await openEdge([{ name: 'busy', paths: ['/another'], ...ONE_AT_A_TIME }])
    for (let i = 0; i < 3; i++) expect((await openBrowser(undefined, url).get('/busy')).text).toBe('the page /busy')
  })

  test('an edge without a file of rooms does too', async () => {
    const url = await openEdge(null)
    for (let i = 0; i < 3; i++) expect((await openBrowser(undefined, url).get('/busy')).text).toBe('the page /busy')
  })

  test('an edge whose file cannot be used does not start, and says why', async () => {
    const paths = { paths: ['no-slash'], wolkIn: true }
    await expect(openEdge([{ name: 'busy', ...paths }])).rejects.toThrow(/rooms\.0\.paths\.0: [^]*rooms\.0: [^]*wolkIn/)
  })
})

type Ticket = Position & { index: number; ticket: string }

let visitors = 0
/** A browser, or an app, with cookies and an address of its own. It follows no redirect by itself. */
function openBrowser(address = `10.8.${(visitors >> 8) & 255}.${visitors++ & 255}`, at = edgeUrl) {
  const cookies: Record<string, string> = {}
  let url = at
  async function ask(method: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
    const cookie = Object.entries(cookies).map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await send(url + path, {
      method,
      headers: { 'x-forwarded-for': address, ...(cookie && { cookie }), ...headers },
    })
    for (const set of answer.headers.getSetCookie()) {
      const [, name, value] = set.match(/^([^=]+)=([^;]*)/)!
      if (/max-age=0/i.test(set)) delete cookies[name!]
      else cookies[name!] = value!
    }
    return answer
  }
  const join = async (room: string) => (await ask('POST', `/queue/${room}/tickets`)).body as Ticket
  const claim = (room: string) => ask('POST', `/queue/${room}/pass`)
  return {
    cookies,
    ask,
    get: (path: string, headers: Record<string, string> = {}) => ask('GET', path, { accept: PAGE, ...headers }),
    join,
    /** The place that the visitor has already. */
    position: join,
    claim,
    snapshot: async (room: string) => (await ask('GET', `/queue/${room}`)).body as Snapshot,
    /** Claims until the turn has come. */
    async comeIn(room: string): Promise<Answer> {
      let answer: Answer | null = null
      await until(async () => {
        const isCalled = (await join(room)).pollAfterMs === 0
        if (isCalled) answer = await claim(room)
        return answer?.status === 201
      })
      return answer!
    },
    moveTo: (other: string) => void (url = other),
  }
}
type Browser = ReturnType<typeof openBrowser>

/** Claims as the form of a page does, until the turn has come and the answer leads on. */
async function untilEntered(browser: Browser, path: string): Promise<Answer> {
  let answer = await browser.ask('POST', path, { accept: PAGE })
  await until(async () => {
    if (answer.location && !answer.location.startsWith('/queue/')) return true
    answer = await browser.ask('POST', path, { accept: PAGE })
    return false
  })
  return answer
}

const insiders = new Map<string, Browser>()
/** Lets one person into a room for one, if nobody was let in before: from then on everybody waits. */
async function fill(room: string): Promise<Browser> {
  const known = insiders.get(room)
  if (known) return known
  const insider = openBrowser()
  expect((await insider.get(`/${room}`)).status).toBe(200)
  insiders.set(room, insider)
  return insider
}

let files = 0
/** Starts an edge behind one proxy, in front of the plain site; with a file of these rooms, or with none. Gives its address. */
async function openEdge(rooms: object[] | null, settings: Record<string, string> = {}): Promise<string> {
  const file = join(folder, `rooms-${files++}.json`)
  await writeFile(file, JSON.stringify({ rooms }))
  const url = `http://127.0.0.1:${await freePort()}`
  edges.push(
    await startProgram('edge', url, {
      ...{ PATH: process.env.PATH, HOME: process.env.HOME, DENO_DIR: process.env.DENO_DIR },
      ...{ ORIGIN_URL: behind.url, REDIS_URL: redis.url, TOKEN_SECRET, TRUSTED_PROXIES: '1' },
      ...{ ...(rooms && { EDGE_ROOMS: file }), ...settings },
    }),
  )
  return url
}

/** Asks for a target as it is written, as a page; the status of the answer. */
function askRaw(target: string): Promise<number> {
  const head =
    `GET ${target} HTTP/1.1\r\nHost: site\r\nAccept: text/html\r\nX-Forwarded-For: 10.7.7.7\r\nConnection: close\r\n\r\n`
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(edgeUrl)
    let answer = ''
    const socket = connect(Number(port), hostname, () => socket.write(head))
    socket.on('data', (bytes) => (answer += bytes))
    socket.on('error', reject)
    socket.on('close', () => resolve(Number(answer.match(/^HTTP\/1\.1 (\d{3})/)?.[1] ?? 0)))
  })
}

/** How the most generous site might read a path: parameters dropped, decoded, slashes made one, case no matter. */
function isBusy(path: string): boolean {
  const name = decodeURIComponent(path.split('?')[0]!.replaceAll(/;[^/]*/g, '')).replaceAll(/[\\/]+/g, '/').toLowerCase()
  return /^\/(busy|@busy|busy \(now\))(\/|$)/.test(name)
}

/** A plain web site that has a page for every path, and notes what it is asked. */
function openPlainSite() {
  const bytes = randomBytes(70_000)
  const takesMs = new Map<string, number>()
  const seen: { method: string; path: string; pathname: string; headers: Record<string, string> }[] = []
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const { pathname, search } = new URL(request.url)
      seen.push({ method: request.method, path: pathname + search, pathname, headers: Object.fromEntries(request.headers) })
      await new Promise((resolve) => setTimeout(resolve, takesMs.get(pathname) ?? 0))
      switch (pathname) {
        case '/bytes': {
          const headers = new Headers({ 'content-type': 'application/x-thing', etag: '"1"', 'x-of-the-site': 'yes' })
          headers.set('cache-control', 'private, max-age=7')
          for (const cookie of ['a=1; Path=/', 'b=2; HttpOnly']) headers.append('set-cookie', cookie)
          return new Response(bytes, { status: 203, headers })
        }
        case '/echo':
          return new Response(await request.arrayBuffer())
        case '/elsewhere':
          return Response.redirect('https://elsewhere.example/', 302)
        case '/missing':
          return new Response('nothing here', { status: 404 })
        case '/ended/thanks':
          return new Response(`the page ${pathname}`, { headers: { 'x-queue-command': 'end-pass' } })
        case '/kept/public':
          return new Response('for all', {
            headers: { 'cache-control': 'public, max-age=60, s-maxage=600', 'set-cookie': 'own=1; Path=/' },
          })
        default:
          return new Response(`the page ${pathname}`)
      }
    },
  })
  return {
    url: server.url.origin,
    seen,
    /** Answers for a path are late from now on. */
    takes: (pathname: string, ms: number) => void takesMs.set(pathname, ms),
    askedFor: (path: string) => seen.filter((asked) => asked.path === path || asked.pathname === path),
    close: () => server.stop(true),
  }
}
