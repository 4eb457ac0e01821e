import { SignJWT } from 'jose'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../dev/processes.ts'
import type { Position, Snapshot } from '../edge/contract/rooms.ts'
import { readTokenKeys, signPass, signQueueTicket } from '../edge/contract/tokens.ts'
import { LIMITS } from '../edge/limits.ts'
import type { Person } from '../origin/accounts.ts'
import { type Answer, cookiesOf, send } from './http.ts'
import { ownRedis, tokenKeys } from './shop.ts'
import { openSite, type Site } from './site.ts'
import { until } from './until.ts'

/** A request as it came out of an edge. */
type Asked = { method: string; path: string; headers: Headers; body: string }

// The numbers are those of the list of attacks on waiting rooms that the design was made against.
let redis: Awaited<ReturnType<typeof ownRedis>>
/** The shop behind one proxy, which names the visitor. Between edge and origin stands a listener. */
let site: Site
let originUrl: string
let listener: ReturnType<typeof openListener>
/** An edge in front of somebody else's site, called by visitors directly. */
let foreign: Site
let foreignSite: ReturnType<typeof openListener>
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neticket-attacks-'))
  const rooms = join(folder, 'rooms.json')
  await writeFile(
    rooms,
    JSON.stringify({
      rooms: [
        { name: 'checkout', paths: ['/checkout', '/checkout/*'], walkIn: false },
      ],
    }),
  )
  redis = await ownRedis()
  const originPort = await freePort()
  originUrl = `http://127.0.0.1:${originPort}`
  listener = openListener(({ method, path, headers, body }) =>
    path.startsWith('/broken')
      ? new Response(null, { status: 500 })
      : fetch(originUrl + path, { method, headers, redirect: 'manual', ...(body && { body }) })
        // It is asked before it has started.
        .catch(() => new Response(null, { status: 502 }))
  )
  foreignSite = openListener(answerAsForeignSite)
  ;[site, foreign] = await Promise.all([
    openSite(
      { TRUSTED_PROXIES: '1', ROOM_MODE: 'fifo', ORIGIN_PORT: String(originPort), ORIGIN_URL: listener.url },
      redis.url,
    ),
    openSite({ EDGE_ROOMS: rooms, ORIGIN_URL: foreignSite.url }, redis.url),
  ])
})
afterAll(async () => {
  await Promise.all([site.close(), foreign.close()])
  await Promise.all([listener.close(), foreignSite.close()])
  await redis.close()
  await rm(folder, { recursive: true, force: true })
})

describe('tickets and passes', () => {
  test('#1 forged tickets: 2,000 of them move an honest place by nothing', async () => {
    const { eventId } = await site.shop.addSale({ opensInMs: 600_000 })
    const honest = await joinRoom(eventId)
    const forge = await forger(eventId, honest.ticket)
    const forgeries = await Promise.all(Array.from({ length: 2_000 }, (_, i) => forge(i)))
    const claimed = await inBatches(forgeries, (ticket) => claim(eventId, ticket))
    expect(new Set(claimed.map(({ status, code }) => `${status} ${code}`))).toEqual(new Set(['401 ticket_invalid']))
    expect(await issued(eventId)).toBe(1)

    const joined = await inBatches(forgeries, (ticket) =>
      call('POST', `/queue/event-${eventId}/tickets`, {
        headers: { ...anyone(), cookie: `ticket-event-${eventId}=${ticket}` },
      }))
    expect(joined.map(({ status, body }) => [status, body.index]).sort(([, a], [, b]) => a - b)).toEqual(
      Array.from({ length: 2_000 }, (_, i) => [201, i + 1]),
    )
    const after = await call('POST', `/queue/event-${eventId}/tickets`, { headers: bearer(honest.ticket) })
    expect(after).toMatchObject({ status: 200, body: { ticket: honest.ticket, index: 0, position: 0, ahead: 0 } })
  })

  test('#1 #40 a ticket is no pass, a pass is no ticket, and neither is a login', async () => {
    const { eventId, ticketTypeIds } = await site.shop.addSale()
    const [person] = await site.shop.addPeople(1)
    const { ticket } = await joinRoom(eventId)
    const headers = await site.insider(person!, eventId)
    expect(await claim(eventId, headers['x-queue-pass'])).toMatchObject({ status: 401, code: 'ticket_invalid' })
    const withTicket = await book(eventId, ticketTypeIds, { ...headers, 'x-queue-pass': ticket })
    expect(withTicket).toMatchObject({ status: 403, code: 'pass_invalid' })
    const withoutLogin = await book(eventId, ticketTypeIds, { ...headers, authorization: `Bearer ${headers['x-queue-pass']}` })
    expect(withoutLogin).toMatchObject({ status: 401, code: 'unauthenticated' })
    expect((await book(eventId, ticketTypeIds, headers)).status).toBe(201)
  })

  test('#5 one ticket in ten browsers is one pass, also when all of them name the same attempt', async () => {
    const { eventId } = await site.shop.addSale()
    const { ticket } = await joinRoom(eventId)
    const claims = await Promise.all(Array.from({ length: 10 }, () => claim(eventId, ticket)))
    expect(claims.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(claims.filter(({ status }) => status === 409 || status === 429)).toHaveLength(9)

    const second = await joinRoom(eventId)
    const attempt = { 'idempotency-key': randomUUID() }
    const same = await Promise.all(Array.from({ length: 10 }, () => claim(eventId, second.ticket, attempt)))
    const passes = same.filter(({ status }) => status === 201).map(({ body }) => idOf(body.pass))
    expect(passes.length).toBeGreaterThan(1)
    expect(new Set(passes).size).toBe(1)
    expect(await site.shop.redis.zcard(`{r:event-${eventId}}:passes`)).toBe(2)
  })

  test('#5 one pass in ten browsers books once', async () => {
    const { eventId, ticketTypeIds } = await site.shop.addSale()
    const pass = await comeIn(eventId)
    const people = await site.shop.addPeople(10)
    const booked = await Promise.all(people.map((person) => bookWith(person, eventId, ticketTypeIds, pass)))
    expect(booked.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(booked.filter(({ code }) => code === 'pass_in_use')).toHaveLength(9)
    expect(await seatsLeft(eventId)).toBe(99)
  })

  test('#6 #7 replays: a used ticket, a spent pass and a booking sent again give nothing more', async () => {
    const { eventId, ticketTypeIds } = await site.shop.addSale()
    const [person, other] = await site.shop.addPeople(2)
    const { ticket } = await joinRoom(eventId)
    const { body: { pass } } = await claim(eventId, ticket)
    expect(await claim(eventId, ticket)).toMatchObject({ status: 409, code: 'ticket_used' })
    const headers = { ...await site.insider(person!, eventId), 'x-queue-pass': pass }
    expect((await book(eventId, ticketTypeIds, headers)).status).toBe(201)
    expect((await book(eventId, ticketTypeIds, headers)).status, 'a retry hears the same').toBe(201)
    expect(await bookWith(person!, eventId, ticketTypeIds, pass)).toMatchObject({ status: 403, code: 'pass_invalid' })
    expect(await bookWith(other!, eventId, ticketTypeIds, pass)).toMatchObject({ status: 403, code: 'pass_in_use' })
    expect(await call('POST', `/queue/event-${eventId}/pass`, { headers: { ...anyone(), 'x-queue-pass': pass } }))
      .toMatchObject({ status: 409, code: 'ticket_used' })
    expect(await seatsLeft(eventId)).toBe(99)
  })

  test('#6 a pass that was given up lets nobody in any more', async () => {
    const { eventId, ticketTypeIds } = await site.shop.addSale()
    const [person] = await site.shop.addPeople(1)
    const pass = await comeIn(eventId)
    const left = await call('DELETE', `/queue/event-${eventId}/tickets`, { headers: { ...anyone(), 'x-queue-pass': pass } })
    expect(left.status).toBe(204)
    expect(await site.shop.redis.zcard(`{r:event-${eventId}}:passes`)).toBe(0)
    expect(await bookWith(person!, eventId, ticketTypeIds, pass)).toMatchObject({ status: 403, code: 'pass_invalid' })
  })

  test('#7 tickets and passes of a former epoch, of another room, and expired passes are worth nothing', async () => {
    const { eventId, ticketTypeIds } = await site.shop.addSale()
    const other = await site.shop.addSale()
    const [person] = await site.shop.addPeople(1)
    const [ticket, foreignTicket] = [(await joinRoom(eventId)).ticket, (await joinRoom(other.eventId)).ticket]
    const [pass, foreignPass] = [await comeIn(eventId), await comeIn(other.eventId)]
    expect(await claim(eventId, foreignTicket)).toMatchObject({ status: 401, code: 'ticket_invalid' })
    expect(await bookWith(person!, eventId, ticketTypeIds, foreignPass)).toMatchObject({ status: 403, code: 'pass_invalid' })
    const expired = await site.insider(person!, eventId, { expiresInMs: -60_000 })
    expect(await book(eventId, ticketTypeIds, expired)).toMatchObject({ status: 403, code: 'pass_invalid' })

    await startEpoch(eventId)
    expect(await claim(eventId, ticket)).toMatchObject({ status: 401, code: 'ticket_invalid' })
    expect(await bookWith(person!, eventId, ticketTypeIds, pass)).toMatchObject({ status: 403, code: 'pass_invalid' })
    expect(await seatsLeft(eventId)).toBe(100)
    const anew = await call('POST', `/queue/event-${eventId}/tickets`, { headers: bearer(ticket) })
    expect(anew.status, 'an old ticket counts as none').toBe(201)
    expect((await book(eventId, ticketTypeIds, await site.insider(person!, eventId))).status).toBe(201)
  })

  test('#47 who brings more rooms to life than anybody visits is held back; in a room that is live all are answered', async () => {
    const { eventId } = await site.shop.addSale()
    await joinRoom(eventId)
    const from = anyone()
    // Names of no event: the limit comes before the question to the origin.
    const names = Array.from({ length: LIMITS.room.burst + 100 }, (_, i) => `event-${900_000_000 + i}`)
    const asked = await inBatches(names, (name) => call('GET', `/queue/${name}`, { headers: from }))
    const count = (status: number) => asked.filter((answer) => answer.status === status).length
    expect(count(404)).toBeGreaterThanOrEqual(LIMITS.room.burst)
    expect(count(429)).toBeGreaterThan(0)
    expect(count(404) + count(429)).toBe(names.length)
    expect((await call('GET', `/queue/event-${eventId}`, { headers: from })).status).toBe(200)
    expect((await call('GET', '/queue/event-899999999', { headers: anyone() })).status).toBe(404)
  })

  test('#22 a lost cookie: the ticket leads back by Bearer, else the tail, and the answer says so', async () => {
    const { eventId } = await site.shop.addSale({ opensInMs: 600_000 })
    const { ticket } = await joinRoom(eventId)
    await joinRoom(eventId)
    const lost = await call('POST', `/queue/event-${eventId}/pass`, { headers: anyone() })
    expect(lost).toMatchObject({ status: 401, code: 'ticket_invalid', body: { queue: `/queue/event-${eventId}` } })
    const page = await call('GET', `/queue/event-${eventId}`, { headers: { ...anyone(), accept: 'text/html' } })
    expect(page.text.includes(`action="/queue/event-${eventId}/tickets`), 'a button to join').toBe(true)
    const back = await call('POST', `/queue/event-${eventId}/tickets`, { headers: bearer(ticket) })
    expect(back).toMatchObject({ status: 200, body: { index: 0 } })
    const tail = await call('POST', `/queue/event-${eventId}/tickets`, { headers: anyone() })
    expect(tail).toMatchObject({ status: 201, body: { index: 2 } })
  })

  test('#23 two tabs with one jar of cookies have one ticket and one pass, and both get in', async () => {
    const { eventId } = await site.shop.addSale()
    const first = await call('POST', `/queue/event-${eventId}/tickets`, { headers: anyone() })
    const jar = cookiesOf(first.headers)
    const tabs = await Promise.all(
      Array.from({ length: 2 }, () => call('POST', `/queue/event-${eventId}/tickets`, { headers: { ...anyone(), cookie: jar } })),
    )
    expect(tabs.map(({ status, body }) => [status, body.index])).toEqual([[200, 0], [200, 0]])
    const inside = await call('POST', `/queue/event-${eventId}/pass`, { headers: { ...anyone(), cookie: jar } })
    const both = `${jar}; ${cookiesOf(inside.headers)}`
    const second = await call('POST', `/queue/event-${eventId}/pass`, { headers: { ...anyone(), cookie: both } })
    expect([inside.status, second.status]).toEqual([201, 201])
    expect(idOf(second.body.pass)).toBe(idOf(inside.body.pass))
    expect(await issued(eventId)).toBe(1)
  })

  test('#40 the cookies of two rooms are not confused, whatever name they are sent under', async () => {
    const [one, two] = [await site.shop.addSale(), await site.shop.addSale()]
    const [person] = await site.shop.addPeople(1)
    const [ticket, pass] = [(await joinRoom(one.eventId)).ticket, await comeIn(one.eventId)]
    const renamed = `ticket-event-${two.eventId}=${ticket}; pass-event-${two.eventId}=${pass}`
    const claimed = await call('POST', `/queue/event-${two.eventId}/pass`, { headers: { ...anyone(), cookie: renamed } })
    expect(claimed).toMatchObject({ status: 401, code: 'ticket_invalid' })
    const { 'x-queue-pass': _, ...login } = await site.insider(person!, two.eventId)
    const into = (cookie: string) => book(two.eventId, two.ticketTypeIds, { ...login, cookie })
    expect(await into(renamed)).toMatchObject({ status: 403, code: 'pass_invalid' })
    expect(await into(`pass-event-${one.eventId}=${pass}`)).toMatchObject({ status: 403, code: 'pass_required' })
    const own = await comeIn(two.eventId)
    expect((await into(`pass-event-${one.eventId}=${pass}; pass-event-${two.eventId}=${own}`)).status).toBe(201)
  })
})

describe('floods', () => {
  test('#2 of 10,000 joins from one address the limit lets its share through, and others join untouched', async () => {
    const { eventId } = await site.shop.addSale({ opensInMs: 600_000 })
    const address = { 'x-forwarded-for': '198.51.100.77' }
    const startedAt = performance.now()
    const [attacker, honest] = await Promise.all([
      inBatches(
        Array.from({ length: 10_000 }),
        () => call('POST', `/queue/event-${eventId}/tickets`, { headers: address }),
        250,
      ),
      inBatches(Array.from({ length: 100 }), () => call('POST', `/queue/event-${eventId}/tickets`, { headers: anyone() }), 2),
    ])
    const seconds = (performance.now() - startedAt) / 1000
    const joined = attacker.filter(({ status }) => status === 201).length
    expect(joined).toBeGreaterThanOrEqual(LIMITS.join.burst)
    expect(joined).toBeLessThanOrEqual(LIMITS.join.burst + LIMITS.join.perSecond * seconds + 1)
    const refused = attacker.filter(({ status }) => status !== 201)
    expect(refused.every(({ status, code, headers }) => status === 429 && code === 'rate_limited' && headers.has('retry-after')))
      .toBe(true)
    expect(honest.every(({ status }) => status === 201)).toBe(true)
    expect(await issued(eventId)).toBe(joined + honest.length)
  })

  test('#3 X-Forwarded-For: what stands before the trusted entry buys nothing, and all of it nothing without a proxy', async () => {
    const login = (at: string, forwardedFor: (i: number) => string) =>
      inBatches(
        Array.from({ length: 300 }, (_, i) => i),
        (i) => call('POST', '/api/auth/login', { at, headers: { 'x-forwarded-for': forwardedFor(i) }, body: '{' }),
        50,
      )
    const { burst, perSecond } = LIMITS.account
    for (
      const [at, forwardedFor] of [
        [site.edgeUrl, (i: number) => `10.1.${i >> 8}.${i & 255}, 203.0.113.9`],
        [site.edgeUrl, (i: number) => `2001:db8:7:7::${i.toString(16)}`],
        [foreign.edgeUrl, (i: number) => `10.1.${i >> 8}.${i & 255}`],
      ] as const
    ) {
      const startedAt = performance.now()
      const answers = await login(at, forwardedFor)
      const seconds = (performance.now() - startedAt) / 1000
      const passed = answers.filter(({ status }) => status !== 429).length
      expect(passed).toBeGreaterThanOrEqual(burst)
      expect(passed).toBeLessThanOrEqual(burst + perSecond * seconds + 1)
    }
    const crowd = await login(site.edgeUrl, (i) => `10.1.1.1, 198.18.${i >> 8}.${i & 255}`)
    expect(crowd.every(({ status }) => status === 400), 'people at addresses of their own').toBe(true)
  })

  test('#10 a refresh storm: thousands of polls and of claims before the turn cost Redis nothing but the ticks', async () => {
    const { eventId } = await site.shop.addSale({ opensInMs: 600_000 })
    const { ticket } = await joinRoom(eventId)
    const { commands: seen, close } = await watchRedis()
    const room = `/queue/event-${eventId}`
    const cookie = { cookie: `ticket-event-${eventId}=${ticket}` }
    await inBatches(Array.from({ length: 3_000 }), () => call('GET', room, { headers: anyone() }), 100)
    await inBatches(
      Array.from({ length: 500 }),
      () => call('GET', room, { headers: { ...anyone(), ...cookie, accept: 'text/html' } }),
      100,
    )
    await inBatches(Array.from({ length: 500 }), () => claim(eventId, ticket), 100)
    await until(() => seen.length > 0)
    const storm = seen.splice(0)
    const ofRoom = storm.filter((args) => args.some((arg) => arg.startsWith(`{r:event-${eventId}}`)))
    expect(ofRoom.length).toBeGreaterThan(0)
    expect(ofRoom.filter((args) => !isTick(args, eventId))).toEqual([])
    // What else there is follows the clock, not the 4,000 requests.
    expect(storm.length).toBeLessThan(4_000)

    await joinRoom(eventId)
    const isOther = (args: string[]) => args.some((arg) => arg.startsWith(`{r:event-${eventId}}`)) && !isTick(args, eventId)
    await until(() => seen.some(isOther))
    close()
  })

  test('#10 one ticket given up again and again costs Redis no more than a ticket may', async () => {
    const { eventId } = await site.shop.addSale({ opensInMs: 600_000 })
    const { ticket } = await joinRoom(eventId)
    const { commands, close } = await watchRedis()
    await inBatches(
      Array.from({ length: 300 }),
      () => call('DELETE', `/queue/event-${eventId}/tickets`, { headers: bearer(ticket) }),
    )
    await site.shop.redis.ping()
    await until(() => commands.some(([command]) => command?.toLowerCase() === 'ping'))
    close()
    const leaving = commands.filter((args) => args.includes(`{r:event-${eventId}}:claimed`) && !isTick(args, eventId))
    expect(leaving.length).toBeGreaterThan(0)
    expect(leaving.length).toBeLessThan(100)
  })
})

describe('slow and large bodies', () => {
  test('#17 a trickled body is cut, answered and never reaches the origin; a body that is late but whole does', async () => {
    const head = (length: string) =>
      `POST /api/auth/login HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n${length}\r\n\r\n`
    const mark = randomUUID()
    const [announced, chunked, late] = await Promise.all([
      trickle(head('Content-Length: 1000'), () => 'x', 400),
      trickle(head('Transfer-Encoding: chunked'), () => '1\r\nx\r\n', 400),
      trickle(head(`Content-Length: ${mark.length}\r\nConnection: close`), (i) => mark[i]!, 20),
    ])
    expect(statusOf(announced)).toBe(400)
    expect(statusOf(chunked)).toBe(400)
    expect(statusOf(late)).toBe(400)
    const bodies = listener.seen.filter(({ path }) => path === '/api/auth/login').map(({ body }) => body)
    expect(bodies.filter((body) => body.startsWith('x'))).toEqual([])
    expect(bodies.filter((body) => body === mark)).toHaveLength(1)
  })

  test('#17 a body above 64 kB is refused, whether it says so or not; one below passes', async () => {
    const sizes = { small: 60_000, large: 70_000 }
    const before = listener.seen.length
    const post = (framing: string, body: string) =>
      sendRaw(
        site.edgeUrl,
        `POST /api/auth/login HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n${framing}\r\n\r\n${body}`,
      )
    const chunk = (size: number) => `${size.toString(16)}\r\n${'y'.repeat(size)}\r\n0\r\n\r\n`
    expect(statusOf(await post(`Content-Length: ${sizes.large}`, 'y'.repeat(sizes.large)))).toBe(413)
    expect(statusOf(await post('Transfer-Encoding: chunked', chunk(sizes.large)))).toBe(413)
    expect(listener.seen.slice(before).filter(({ method }) => method === 'POST')).toEqual([])
    await post(`Content-Length: ${sizes.small}`, 'y'.repeat(sizes.small))
    await post('Transfer-Encoding: chunked', chunk(sizes.small))
    expect(listener.seen.slice(before).map(({ body }) => body.length).filter((size) => size > 0)).toEqual([60_000, 60_000])
  })

  test('#17 heads that never end hold nobody up, and one that grows without end is cut', async () => {
    const { eventId } = await site.shop.addSale()
    const { hostname, port } = new URL(site.edgeUrl)
    const halves = await Promise.all(
      Array.from({ length: 500 }, () =>
        new Promise<Socket>((resolve, reject) => {
          const socket = connect(Number(port), hostname, () =>
            socket.write('GET /api/time HTTP/1.1\r\nHost: sh', () =>
              resolve(socket)))
          socket.on('error', reject)
        })),
    )
    // By the edge itself: the origin takes less.
    const head = (lines: number) =>
      `GET /healthz HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n${`X-Line: ${'x'.repeat(990)}\r\n`.repeat(lines)}`
    expect(statusOf(await sendRaw(site.edgeUrl, `${head(60)}\r\n`)), 'a long one that ends').toBe(200)
    expect(statusOf(await sendRaw(site.edgeUrl, head(70)))).toBe(400)
    expect(statusOf(await sendRaw(site.edgeUrl, head(2_000)))).toBe(400)
    await joinRoom(eventId)
    for (const socket of halves) socket.destroy()
  })

  test('#17 a body that breaks off reaches nobody', async () => {
    const mark = `broken ${randomUUID()}`
    await trickle(
      `POST /api/auth/login HTTP/1.1\r\nHost: shop\r\nContent-Length: 1000\r\n\r\n`,
      (i) => (i === 0 ? mark : null),
      10,
    )
    expect((await call('GET', '/api/time', { headers: anyone() })).status).toBe(200)
    expect(listener.seen.some(({ body }) => body.includes(mark))).toBe(false)
  })
})

describe('ways around the gate', () => {
  test('#34 #38 the origin called directly books for nobody without a pass that was signed for this room', async () => {
    const { eventId, ticketTypeIds } = await site.shop.addSale()
    const [person] = await site.shop.addPeople(1)
    const headers = await site.insider(person!, eventId)
    const { 'x-queue-pass': pass, ...login } = headers
    const strange = signPass(
      { id: randomUUID(), room: `event-${eventId}`, epoch: 1, expiresAtMs: Date.now() + 600_000, untilMs: Date.now() + 600_000 },
      readTokenKeys(randomBytes(32).toString('hex')),
    )
    const internal = {
      'x-request-id': randomUUID(),
      'x-queue-command': 'end-pass',
      'x-forwarded-for': '127.0.0.1',
      'x-real-ip': '127.0.0.1',
      'x-forwarded-host': 'localhost',
      'x-internal': '1',
    }
    const direct = (more: Record<string, string>) => book(eventId, ticketTypeIds, { ...login, ...more }, originUrl)
    expect(await direct({})).toMatchObject({ status: 403, code: 'pass_required' })
    expect(await direct(internal)).toMatchObject({ status: 403, code: 'pass_required' })
    expect(await direct({ ...internal, 'x-queue-pass': strange })).toMatchObject({ status: 403, code: 'pass_invalid' })
    expect(await direct({ 'x-queue-pass': (await joinRoom(eventId)).ticket })).toMatchObject({ status: 403 })
    const page = await call('GET', `/events/${eventId}/booking`, { at: originUrl, headers: login })
    expect(page).toMatchObject({ status: 403, code: 'pass_required' })
    expect((await direct({ 'x-queue-pass': pass })).status).toBe(201)
  })

  test('#39 no spelling of the path and no method leads to the booking without a pass of this epoch', async () => {
    const { eventId, ticketTypeIds: [ticketTypeId] } = await site.shop.addSale()
    const [person] = await site.shop.addPeople(1)
    const old = await site.insider(person!, eventId)
    await startEpoch(eventId)
    const base = `/api/events/${eventId}`
    const body = JSON.stringify({ ticketTypeId, quantity: 1 })
    const attempt = async (method: string, target: string, more: Record<string, string> = {}) => {
      const before = listener.seen.length
      const { host = 'shop', ...others } = more
      const lines = { ...old, 'idempotency-key': randomUUID(), ...anyone(), connection: 'close', ...others }
      const answer = await sendRaw(
        site.edgeUrl,
        `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${body.length}\r\n${
          Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`).join('')
        }\r\n${body}`,
      )
      // Whatever the origin does not answer by 404 was taken there for the booking, its page, or something else that it has.
      const reached = listener.seen.slice(before).filter(({ method, status }) => method !== 'GET' && status !== 404)
      return { status: statusOf(answer), reached: reached.map(({ method, path, status }) => `${method} ${path} ${status}`) }
    }
    const tricks: [string, string, Record<string, string>?][] = [
      ['POST', `/${base}/reservations`],
      ['POST', `${base}//reservations`],
      ['POST', `${base}/./reservations`],
      ['POST', `${base}/x/../reservations`],
      ['POST', `${base}/%2e/reservations`],
      ['POST', `${base}/x/%2E%2e/reservations`],
      ['POST', `${base}%2Freservations`],
      ['POST', `${base}%5Creservations`],
      ['POST', `${base}\\reservations`],
      ['POST', `${base}/reservations/`],
      ['POST', `${base}/reservations;x`],
      ['POST', `${base};x/reservations`],
      ['POST', `${base}/Reservations`],
      ['POST', `${base}/reservation%73`],
      ['POST', `/%61pi/events/${eventId}/reservations`],
      ['POST', `${base}/reservation%2573`],
      ['POST', `/api/events/%3${String(eventId)[0]}${String(eventId).slice(1)}/reservations`],
      ['POST', `/api/events/0${eventId}/reservations`],
      ['POST', `/api/events/+${eventId}/reservations`],
      ['POST', `/api/events/${eventId}.0/reservations`],
      ['POST', `/events/${eventId}/bookin%67`],
      ['POST', `/events/${eventId}/booking/`],
      ['POST', `${base}/reservations?x=/../y`],
      ['POST', `${base}/reservations#x`],
      ['POST', `http://127.0.0.1${base}/reservations`],
      ['POST', `http://elsewhere.example${base}/reservations`],
      ['POST', `*`],
      ['POST', `/healthz`, { host: `shop${base}/reservations?` }],
      ['POST', `${base}/reservations`, { 'x-original-url': '/', 'x-rewrite-url': '/' }],
      ['POST', '/api/nothing', { 'x-original-url': `${base}/reservations`, 'x-rewrite-url': `${base}/reservations` }],
      ['GET', `${base}/reservations`, { 'x-http-method-override': 'POST', 'x-method-override': 'POST' }],
      ['GET', `${base}/reservations?_method=POST`],
      ['HEAD', `${base}/reservations`],
      ['OPTIONS', `${base}/reservations`],
      ['TRACE', `${base}/reservations`],
      ['PUT', `${base}/reservations`],
      ['PATCH', `${base}/reservations`],
      ['post', `${base}/reservations`],
      ['Post', `${base}/reservations`],
      ['BOOK', `${base}/reservations`],
      ['GET', `${base}/reservations`, { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' }],
      ['POST', `${base}/reservations`, { connection: 'Upgrade', upgrade: 'h2c' }],
    ]
    const gone: string[] = []
    for (const [method, target, more] of tricks) {
      const { status, reached } = await attempt(method, target, more)
      if (status < 300 && !(method === 'OPTIONS' && status === 204) || reached.some((line) => !/ 40[045]$/.test(line))) {
        gone.push(`${method} ${target} ${JSON.stringify(more ?? {})}: ${status}, origin: ${reached.join(', ') || '-'}`)
      }
    }
    expect.soft(gone).toEqual([])
    expect.soft(await seatsLeft(eventId)).toBe(100)
    const fresh = await site.insider(person!, eventId)
    expect(await attempt('POST', `${base}/reservations`, fresh)).toMatchObject({ status: 201 })
  })

  test('#39 in front of another site, which knows nothing of passes, every spelling of a path is behind its room', async () => {
    const pass = signPass(
      {
        ...{ id: randomUUID(), room: 'checkout', epoch: await epochOf('checkout') },
        ...{ expiresAtMs: Date.now() + 600_000, untilMs: Date.now() + 600_000 },
      },
      tokenKeys,
    )
    const ask = async (target: string, more = '') => {
      const before = foreignSite.seen.length
      const answer = await sendRaw(foreign.edgeUrl, `GET ${target} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n${more}\r\n`)
      const reached = foreignSite.seen.slice(before).map(({ path }) => path)
      return { status: statusOf(answer), reached }
    }
    const through: string[] = []
    for (
      const target of [
        '/checkout',
        '/CHECKOUT',
        '/checkout?x',
        '//checkout',
        '/x/../checkout',
        '/%2e/checkout',
        '/checkout/',
        '/checkou%74',
        '/%63heckout/pay',
        '/checkout%2Fpay',
        '/checkout;x',
        '/checkout;x/pay',
        '/checkout%00',
        '/checkout#/x',
        'http://elsewhere.example/checkout',
      ]
    ) {
      const { reached } = await ask(target)
      if (reached.length > 0) through.push(`${target} -> ${reached}`)
    }
    expect(await ask('/checkout', `X-Queue-Pass: ${pass}\r\n`)).toEqual({ status: 200, reached: ['/checkout'] })
    expect(await ask('/open')).toEqual({ status: 200, reached: ['/open'] })
    expect(through).toEqual([])
  })

  test('#39 what is asked from outside does not count against the health of the origin, which would hold the line back', async () => {
    const { eventId, ticketTypeIds } = await site.shop.addSale({ opensInMs: 600_000 })
    const [person] = await site.shop.addPeople(1)
    await snapshotOf(eventId)
    const { commands, close } = await watchRedis()
    const before = listener.seen.length
    await until(() => listener.seen.slice(before).some(({ path }) => path === `/api/events/${eventId}`))
    const odd = ['TRACE', 'TRACK', 'CONNECT'].flatMap((method) => Array.from({ length: 20 }, () => method))
    const statuses = await Promise.all(
      odd.map(async (method) =>
        statusOf(await sendRaw(site.edgeUrl, `${method} /api/time HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n`))
      ),
    )
    const broken = await Promise.all(
      Array.from({ length: 20 }, () => call('GET', `/broken?${randomUUID()}`, { headers: anyone() })),
    )
    await book(eventId, ticketTypeIds, await site.insider(person!, eventId))
    const ticks = () => commands.filter((args) => isTick(args, eventId))
    const told = (what: 'answered' | 'slow') => ticks().reduce((sum, args) => sum + Number(args.at(what === 'slow' ? -4 : -5)), 0)
    const ticked = ticks().length
    await until(() => ticks().length > ticked + 4)
    close()
    expect([told('answered'), told('slow')], 'answers to a visit').toEqual([1, 0])
    expect(new Set(broken.map(({ status }) => status))).toEqual(new Set([500]))
    expect(statuses.filter((status) => status >= 500)).toEqual([])
  })

  test('#3 #39 no spelling of the login evades the limit on logins', async () => {
    const { burst, perSecond } = LIMITS.account
    for (
      const target of ['/api/auth/login', '/./api/auth/login', '/api/x/%2e./auth/login', '/api/auth\\login', '/api/auth/logi%6e']
    ) {
      const before = listener.seen.length
      const startedAt = performance.now()
      const address = anyone()['x-forwarded-for']
      await Promise.all(
        Array.from({ length: 100 }, () =>
          sendRaw(
            site.edgeUrl,
            `POST ${target} HTTP/1.1\r\nHost: shop\r\nX-Forwarded-For: ${address}\r\nContent-Length: 1\r\nConnection: close\r\n\r\n{`,
          )),
      )
      const seconds = (performance.now() - startedAt) / 1000
      const reached = listener.seen.slice(before).filter(({ method, status }) => method === 'POST' && status !== 404).length
      expect.soft(reached, target).toBeLessThanOrEqual(burst + perSecond * seconds + 1)
      if (target === '/api/auth/login') expect(reached).toBeGreaterThanOrEqual(burst)
    }
  })

  test('#41 #42 what admins and operators may do is done for nobody else, by no spelling', async () => {
    const { eventId } = await site.shop.addSale()
    const [person] = await site.shop.addPeople(1)
    const user = (await site.insider(person!, eventId)).authorization
    const admin = (await site.insider({ ...person!, role: 'admin' }, eventId)).authorization
    const claims = { sub: String(person!.id), nickname: 'admin', role: 'admin', exp: Math.floor(Date.now() / 1000) + 600 }
    const strange = new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'access' })
    const forged = await strange.sign(readTokenKeys(randomBytes(32).toString('hex')).secrets[0])
    const plain = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
    const unsigned = `${plain({ alg: 'none', typ: 'access' })}.${plain(claims)}.`
    const actions = [['GET', '/api/admin/seats']].concat(
      ['load', 'audit', 'repair', 'unload'].map((what) => ['POST', `/api/admin/events/${eventId}/seats/${what}`]),
    )
    for (const [method, path] of actions) {
      for (const at of [site.edgeUrl, originUrl]) {
        const asked = async (headers: Record<string, string>) =>
          (await call(method!, path!, { at, headers: { ...anyone(), ...headers } })).status
        expect(await asked({})).toBe(401)
        expect(await asked({ authorization: `Bearer ${forged}` })).toBe(401)
        expect(await asked({ authorization: `Bearer ${unsigned}` })).toBe(401)
        expect(await asked({ cookie: `access=${unsigned}` })).toBe(401)
        expect(await asked({ authorization: user, 'x-admin': '1', 'x-role': 'admin' })).toBe(403)
        expect(await asked({ authorization: admin })).toBe(path!.endsWith('/unload') ? 204 : 200)
      }
    }
    const shown: string[] = []
    for (
      const target of [
        '/metrics',
        '/inventory',
        '/METRICS',
        '/metrics/',
        '//metrics',
        '/./books',
        '/x/../books',
        '/%6detrics',
        '/%62ooks',
        '/book%73',
        '/inventory%2f',
        '/inventory;x',
        '/inventory?x',
        '/inventory#x',
        '/x\\..\\books',
        'http://127.0.0.1/books',
      ]
    ) {
      for (const method of ['GET', 'HEAD']) {
        const answer = await sendRaw(
          site.edgeUrl,
          `${method} ${target} HTTP/1.1\r\nHost: shop\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
        )
        if (statusOf(answer) !== 404) shown.push(`${method} ${target}: ${statusOf(answer)}`)
      }
    }
    expect(shown).toEqual([])
    expect((await call('GET', '/inventory', { at: originUrl })).status, 'operators ask the origin').toBe(200)
  })
})

describe('what goes to the origin', () => {
  test('#38 headers that only the edge may set are its own, also when Connection names them', async () => {
    const forged = {
      'X-Queue-Command': 'end-pass',
      'X-Request-Id': 'mine',
      Forwarded: 'for=6.6.6.6;host=evil.example',
      'X-Real-IP': '6.6.6.6',
      'X-Forwarded-For': '6.6.6.6, 203.0.113.5',
      'X-Forwarded-Host': 'evil.example',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Port': '1',
      'X-Forwarded-Prefix': '/evil',
      'X-Forwarded-Server': 'evil.example',
      'X-Original-URL': '/checkout',
      'X-Rewrite-URL': '/checkout',
      'X-HTTP-Method-Override': 'DELETE',
      'X-HTTP-Method': 'DELETE',
      'X-Method-Override': 'DELETE',
      'Client-IP': '6.6.6.6',
      'True-Client-IP': '6.6.6.6',
      'X-Client-IP': '6.6.6.6',
      'CF-Connecting-IP': '6.6.6.6',
      'X-Cluster-Client-IP': '6.6.6.6',
      'X_Queue_Pass': 'forged',
      'X_Forwarded_For': '6.6.6.6',
      'X-Forwarded_Host': 'evil.example',
      'X.Queue.Pass': 'forged',
      'Proxy-Authorization': 'Basic x',
      'Keep-Alive': 'timeout=1',
      TE: 'trailers',
      Trailer: 'x-queue-command',
      Connection: 'close, X-Forwarded-For, X-Request-Id, Accept-Language',
    }
    const lines = Object.entries(forged).map(([name, value]) => `${name}: ${value}\r\n`).join('')
    const send = async (at: string, seen: typeof listener.seen) => {
      const path = `/api/time?${randomUUID()}`
      await sendRaw(at, `GET ${path} HTTP/1.1\r\nHost: shop.example\r\n${lines}\r\n`)
      return Object.fromEntries(seen.find((asked) => asked.path === path)!.headers)
    }
    const behindProxy = await send(site.edgeUrl, listener.seen)
    const direct = await send(foreign.edgeUrl, foreignSite.seen)
    expect(behindProxy, 'a balancer hands on what the visitor wrote as the host').toMatchObject({
      'x-forwarded-for': '203.0.113.5',
      'x-forwarded-host': 'shop.example',
    })
    expect(direct).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': 'shop.example',
      'x-forwarded-proto': 'http',
    })
    for (const headers of [behindProxy, direct]) {
      expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
      const passedOn = [
        ...['x-queue-command', 'forwarded', 'x-real-ip', 'x-forwarded-port', 'x-forwarded-prefix', 'x-forwarded-server'],
        ...['client-ip', 'true-client-ip', 'x-client-ip', 'cf-connecting-ip', 'x-cluster-client-ip'],
        ...['x-original-url', 'x-rewrite-url', 'x-http-method-override', 'x-http-method', 'x-method-override'],
        ...['proxy-authorization', 'keep-alive', 'te', 'trailer'],
      ].filter((name) => name in headers)
      expect(passedOn).toEqual([])
      expect(Object.keys(headers).filter((name) => !/^[a-z0-9-]+$/.test(name)), 'twins of other names').toEqual([])
    }
  })

  test('#38 headers of one hop end there: those that Connection names too', async () => {
    const path = `/api/time?${randomUUID()}`
    const only = 'Connection: close, X-Only-Here\r\nX-Only-Here: 1\r\nX-Elsewhere: 1\r\nProxy-Connection: keep-alive'
    await sendRaw(foreign.edgeUrl, `GET ${path} HTTP/1.1\r\nHost: shop\r\n${only}\r\n\r\n`)
    const headers = Object.fromEntries(foreignSite.seen.find((asked) => asked.path === path)!.headers)
    expect(headers['x-elsewhere']).toBe('1')
    expect(['x-only-here', 'proxy-connection'].filter((name) => name in headers)).toEqual([])
  })

  test('#38 a request hidden in another by two lengths, or by a length and chunks, is not taken for one', async () => {
    const mark = randomUUID()
    const hidden = `GET /hidden?${mark} HTTP/1.1\r\nHost: shop\r\n\r\n`
    const framings = [
      `Content-Length: 0\r\nContent-Length: ${hidden.length}`,
      `Content-Length: ${hidden.length}\r\nContent-Length: 0`,
      `Content-Length: 0, ${hidden.length}`,
      `Content-Length: ${hidden.length + 5}\r\nTransfer-Encoding: chunked`,
      `Transfer-Encoding: chunked\r\nContent-Length: ${hidden.length + 5}`,
      `Content-Length: ${hidden.length + 5}\r\nTransfer-Encoding: xchunked`,
      `Content-Length: ${hidden.length + 5}\r\nTransfer-Encoding : chunked`,
      `Content-Length: ${hidden.length + 5}\r\nTransfer-Encoding:\x0bchunked`,
      `Transfer-Encoding: chunked\r\nTransfer-Encoding: identity`,
      `Content-Length: +5`,
      `Content-Length: -1`,
    ]
    const send = async (framing: string) => {
      const before = listener.seen.length
      const answer = await trickle(
        `POST /api/auth/login HTTP/1.1\r\nHost: shop\r\n${framing}\r\n\r\n0\r\n\r\n${hidden}`,
        (i) => (i === 0 ? '' : null),
        300,
      )
      const asked = listener.seen.slice(before).filter(({ path }) => path === '/api/auth/login' || path.includes(mark))
      return { statuses: [...answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status)), asked: asked.length }
    }
    for (const framing of framings) expect(await send(framing), framing).toEqual({ statuses: [400], asked: 0 })
    const honest = await send('Transfer-Encoding: chunked')
    expect(honest, 'two requests that are two').toEqual({ statuses: [400, 404], asked: 2 })
  })
})

describe('what caches may keep', () => {
  test('#37 tickets, passes and personal pages say that they are personal, and are never given to others', async () => {
    const { eventId } = await site.shop.addSale()
    const [one, two] = await site.shop.addPeople(2)
    const room = `/queue/event-${eventId}`
    const ticket = await call('POST', `${room}/tickets`, { headers: anyone() })
    const cookie = cookiesOf(ticket.headers)
    const pass = await call('POST', `${room}/pass`, { headers: { ...anyone(), cookie } })
    const refused = await call('POST', `${room}/pass`, { headers: anyone() })
    const waiting = await call('GET', room, { headers: { ...anyone(), cookie, accept: 'text/html' } })
    const as = async (person: Person, path: string, accept = 'text/html') =>
      await call('GET', path, {
        headers: { ...anyone(), accept, cookie: `access=${(await site.insider(person, eventId)).authorization.slice(7)}` },
      })
    const [mine, data] = [await as(one!, '/me'), await as(one!, '/api/me', 'application/json')]
    expect([mine.status, data.status, waiting.status]).toEqual([200, 200, 200])
    for (const answer of [ticket, pass, refused, waiting, mine, data, await as(one!, '/api/me/reservations')]) {
      expect(answer.headers.get('cache-control')).toMatch(/no-store/)
      expect(answer.headers.has('cache-status')).toBe(false)
    }
    const both = await Promise.all([one!, two!, one!, two!].map((person) => as(person, '/me')))
    expect(both.map(({ text }) => [text.includes(one!.nickname), text.includes(two!.nickname)])).toEqual([
      [true, false],
      [false, true],
      [true, false],
      [false, true],
    ])
    const shared = await call('GET', room, { headers: { ...anyone(), cookie } })
    expect(shared.headers.get('cache-control')).toBe('public, max-age=1, no-transform')
    expect([shared.headers.has('set-cookie'), shared.text.includes(ticket.body.ticket)]).toEqual([false, false])
  })

  test('#37 no header of one visitor shows in the public page of the next', async () => {
    const { eventId } = await site.shop.addSale()
    const [person] = await site.shop.addPeople(1)
    const { authorization } = await site.insider(person!, eventId)
    const poison = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      'x-forwarded-prefix': '/evil',
      'x-original-url': '/me',
      'x-rewrite-url': '/me',
      'x-http-method-override': 'DELETE',
      forwarded: 'host=evil.example',
      'accept-language': 'de-evil, ko;q=0.1',
      'user-agent': 'evil.example',
      referer: 'https://evil.example/',
      origin: 'https://evil.example',
      range: 'bytes=0-9',
      cookie: `access=${authorization.slice(7)}; nickname=evil.example; theme=evil`,
      authorization,
    }
    for (const path of [`/events/${eventId}`, `/api/events/${eventId}`, '/', '/static/app.css', `/events/${eventId}/seats`]) {
      const spelled = `${path}?${randomUUID()}`
      const accept = path.startsWith('/api') ? '*/*' : 'text/html'
      const first = await call('GET', spelled, { headers: { ...anyone(), ...poison, accept } })
      const next = await call('GET', spelled, { headers: { ...anyone(), accept } })
      const again = await call('GET', spelled, { headers: { ...anyone(), accept } })
      const clean = await call('GET', path, { at: originUrl, headers: { accept } })
      expect([first.status, next.status], path).toEqual([clean.status, clean.status])
      expect(again.headers.get('cache-status'), 'it is shared').toMatch(/hit/)
      for (const answer of [first, next, again]) {
        expect(/evil/.test(answer.text) || answer.text.includes(person!.nickname), path).toBe(false)
        expect(answer.headers.has('set-cookie')).toBe(false)
        expect(answer.text.length).toBeGreaterThan(clean.text.length - 50)
      }
    }
  })

  test('#37 in front of another site a public answer is shared among those who ask alike', async () => {
    for (let time = 0; time < 3; time++) await call('GET', '/alike', { at: foreign.edgeUrl })
    expect(foreignSite.seen.filter(({ path }) => path === '/alike')).toHaveLength(1)
  })

  test('#37 in front of another site readers who have an old copy are one request too, and what is not shared is left as it is', async () => {
    const ask = (path: string) => call('GET', path, { at: foreign.edgeUrl, headers: { 'if-none-match': '"old", "1"' } })
    const crowd = await Promise.all(Array.from({ length: 20 }, () => ask('/validated')))
    expect(new Set(crowd.map(({ status, text }) => `${status} ${text}`))).toEqual(new Set(['200 whole']))
    expect(foreignSite.seen.filter(({ path }) => path === '/validated')).toHaveLength(1)
    const own = [await ask('/validated-by-each'), await ask('/validated-by-each')]
    expect(own.map(({ status }) => status)).toEqual([200, 304])
  })

  test.each([
    ['that Connection keeps from the site', 'Accept: image/webp\r\nConnection: close, Accept', 'Accept: image/webp'],
    ['that read like those of another', 'Accept-Language: ko a\r\nAccept: b', 'Accept-Language: ko\r\nAccept: a b'],
  ])('#37 in front of another site wishes %s choose nothing for others', async (_, evil, honest) => {
    const path = `/varies-by-accept?${randomUUID()}`
    const get = (lines: string) =>
      sendRaw(
        foreign.edgeUrl,
        `GET ${path} HTTP/1.1\r\nHost: shop.example\r\n${lines}\r\n${
          /Connection/.test(lines) ? '' : 'Connection: close\r\n'
        }\r\n`,
      )
    await get(evil)
    expect(await get(honest)).toContain(`for ${honest.match(/Accept: (.*)/)![1]}`)
  })

  test.each([
    ['the host', '/reflects-host', 'Host: evil.example', 'evil.example'],
    ['a cookie that the answer varies by', '/varies-by-cookie', 'Cookie: session=evil', 'session=evil'],
    ['a header that the answer varies by', '/varies-by-agent', 'User-Agent: evil', 'evil'],
    ['an Accept that the answer varies by', '/varies-by-accept', 'Accept: image/webp', 'image/webp'],
    ['everything, by an answer that varies by everything', '/varies-by-all', 'User-Agent: evil', 'evil'],
    ['the range', '/honours-range', 'Range: bytes=0-1', 'piece'],
  ])('#37 in front of another site a public answer is not shared across %s', async (_, path, header, mark) => {
    const get = (line: string) =>
      sendRaw(
        foreign.edgeUrl,
        `GET ${path} HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n${line}\r\n`.replace(
          /Host: shop.example\r\n(?=[^]*^Host:)/m,
          '',
        ),
      )
    expect((await get(`${header}\r\n`)).includes(mark)).toBe(true)
    expect((await get('')).includes(mark)).toBe(false)
    expect((await get(`${header}\r\n`)).includes(mark), 'nor the other way').toBe(true)
  })
})

type Wish = { headers?: Record<string, string>; body?: string; at?: string }
const call = (method: string, path: string, { at = site.edgeUrl, ...wish }: Wish = {}) => send(at + path, { method, ...wish })

let visitors = 0
/** The headers of a visitor at an address of their own, as the trusted proxy sends them on. */
const anyone = () => ({ 'x-forwarded-for': `10.9.${(visitors >> 8) & 255}.${visitors++ & 255}` })
const bearer = (token: string) => ({ ...anyone(), authorization: `Bearer ${token}` })
const idOf = (token: string): string => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()).jti

const snapshotOf = async (eventId: number) =>
  (await call('GET', `/queue/event-${eventId}`, { headers: anyone() })).body as Snapshot

async function joinRoom(eventId: number): Promise<Position & { ticket: string; index: number }> {
  const { status, body } = await call('POST', `/queue/event-${eventId}/tickets`, { headers: anyone() })
  expect(status).toBe(201)
  return body
}

const claim = (eventId: number, ticket: string, headers: Record<string, string> = {}) =>
  call('POST', `/queue/event-${eventId}/pass`, { headers: { ...bearer(ticket), ...headers } })

/** A pass that was waited for like anybody's. */
async function comeIn(eventId: number): Promise<string> {
  const { ticket } = await joinRoom(eventId)
  let { status, body } = await claim(eventId, ticket)
  await until(async () => status === 201 || ({ status, body } = await claim(eventId, ticket)).status === 201)
  return body.pass
}

const book = (eventId: number, [ticketTypeId]: number[], headers: Record<string, string>, at = site.edgeUrl) =>
  call('POST', `/api/events/${eventId}/reservations`, {
    at,
    headers: { ...anyone(), ...headers },
    body: JSON.stringify({ ticketTypeId, quantity: 1 }),
  })

const bookWith = async (person: Person, eventId: number, ticketTypeIds: number[], pass: string) =>
  book(eventId, ticketTypeIds, { ...await site.insider(person, eventId), 'x-queue-pass': pass })

const issued = async (eventId: number) => Number(await site.shop.redis.hget(`{r:event-${eventId}}:room`, 'issued'))

async function seatsLeft(eventId: number): Promise<number> {
  const sale = await site.shop.redis.hgetall(`{e:${eventId}}:sale`)
  const [left] = Object.entries(sale).filter(([field]) => field.startsWith('left:')).map(([, left]) => Number(left))
  return left ?? 100
}

/** Tickets that nobody gave out, of five makes. */
async function forger(eventId: number, honest: string): Promise<(i: number) => Promise<string>> {
  const claims = { room: `event-${eventId}`, epoch: (await snapshotOf(eventId)).epoch, index: 0, visitor: randomUUID() }
  const strangeKeys = readTokenKeys(randomBytes(32).toString('hex'))
  const [, , signature] = honest.split('.')
  const plain = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  return async (i) => {
    const own = { ...claims, visitor: `${claims.visitor}-${i}` }
    const payload = plain({ ...own, sub: own.visitor })
    const makes = [
      () => signQueueTicket(own, strangeKeys),
      () => `${plain({ alg: 'none', typ: 'ticket' })}.${payload}.`,
      () => `${plain({ alg: 'HS256', typ: 'ticket' })}.${payload}.${signature}`,
      () => randomUUID(),
      () => new SignJWT({ ...own, sub: own.visitor }).setProtectedHeader({ alg: 'HS256', typ: 'access' }).sign(tokenKeys.secrets[0]),
    ]
    return await makes[i % makes.length]!()
  }
}

/**
 * What the shop's edge and origin say to Redis from now on; what scripts do is left out. By a bare connection: the first lines of a
 * busy server come before ioredis knows that it listens.
 */
function watchRedis(): Promise<{ commands: string[][]; close(): void }> {
  const { hostname, port, password, pathname } = new URL(site.shop.redisUrl)
  const commands: string[][] = []
  let unread = ''
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(`${password && `AUTH ${password}\r\n`}MONITOR\r\n`))
    socket.on('error', reject)
    socket.on('data', (bytes) => {
      const lines = (unread + bytes).split('\r\n')
      unread = lines.pop()!
      for (const line of lines) {
        if (line.startsWith('-')) reject(new Error(line))
        const [, database, client, words] = line.match(/^\+[\d.]+ \[(\d+) ([^\]]+)\] (.*)$/) ?? []
        if (words !== undefined && `/${database}` === pathname && client !== 'lua') {
          commands.push([...words.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word]) => word!))
        }
        if (line === '+OK') resolve({ commands, close: () => socket.destroy() })
      }
    })
  })
}

/** Another life of the room, as after a reset; returns when the edge has seen it. */
async function startEpoch(eventId: number): Promise<void> {
  const epoch = (await snapshotOf(eventId)).epoch + 1
  await site.shop.redis.hset(`{r:event-${eventId}}:room`, 'epoch', epoch)
  await until(async () => (await snapshotOf(eventId)).epoch === epoch)
}

async function inBatches<Item>(items: Item[], send: (item: Item) => Promise<Answer>, size = 100): Promise<Answer[]> {
  const answers: Answer[] = []
  for (let start = 0; start < items.length; start += size) {
    answers.push(...await Promise.all(items.slice(start, start + size).map(send)))
  }
  return answers
}

/** Whether a command of Redis is an edge's look at the room: the one script that is given its turns. */
const isTick = (args: string[], eventId: number) => args.includes(`{r:event-${eventId}}:turns`)

/** Writes bytes as they are, and reads until the edge hangs up. Whoever still writes when it does meets a reset behind the answer. */
const sendRaw = (at: string, request: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(at)
    let answer = ''
    const socket = connect(Number(port), hostname, () => socket.write(request))
    socket.on('data', (bytes) => (answer += bytes))
    socket.on('error', (error) => answer ? resolve(answer) : reject(error))
    socket.on('close', () => resolve(answer))
  })

/** Writes a head to the shop's edge, then piece by piece until it answers; a piece that is null hangs up. */
function trickle(head: string, piece: (i: number) => string | null, everyMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(site.edgeUrl)
    let answer = ''
    let sent = 0
    const socket = connect(Number(port), hostname, () => socket.write(head))
    const timer = setInterval(() => {
      const next = piece(sent++)
      if (next === null || answer) socket.destroy()
      else if (next) socket.write(next)
    }, everyMs)
    socket.on('data', (bytes) => (answer += bytes))
    socket.on('error', reject)
    socket.on('close', () => {
      clearInterval(timer)
      resolve(answer)
    })
  })
}

const statusOf = (answer: string) => Number(answer.match(/^HTTP\/1\.1 (\d{3})/)?.[1] ?? 0)

const epochOf = async (room: string) => (await call('GET', `/queue/${room}`, { at: foreign.edgeUrl })).body.epoch as number

/** A server behind an edge that notes what comes in, and lets `answer` answer it. */
function openListener(answer: (asked: Asked) => Response | Promise<Response>) {
  const seen: (Asked & { status: number })[] = []
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const { pathname, search } = new URL(request.url)
      const asked = { method: request.method, path: pathname + search, headers: request.headers, body: await request.text() }
      const response = await answer(asked)
      seen.push({ ...asked, status: response.status })
      return response
    },
  })
  return { url: server.url.origin, seen, close: () => server.stop(true) }
}

/** Pages as careless as other sites have them: public for a minute, and made of what the request says. */
function answerAsForeignSite({ path, headers }: Asked): Response {
  const shared = (text: string | null, vary = '', status = 200) =>
    new Response(text, { status, headers: { 'cache-control': 'public, max-age=60', ...(vary && { vary }) } })
  switch (path.split('?')[0]) {
    case '/reflects-host':
      return shared(headers.get('x-forwarded-host'))
    case '/varies-by-cookie':
      return shared(`for ${headers.get('cookie')}`, 'Cookie')
    case '/varies-by-agent':
      return shared(`for ${headers.get('user-agent')}`, 'Accept-Language, User-Agent')
    case '/varies-by-accept':
      return shared(`for ${headers.get('accept')}`, 'Accept, Accept-Language')
    case '/varies-by-all':
      return shared(`for ${headers.get('user-agent')}`, '*')
    case '/honours-range':
      return headers.has('range') ? shared('piece', '', 206) : shared('whole')
    case '/validated':
      return headers.has('if-none-match') ? shared(null, '', 304) : shared('whole')
    case '/validated-by-each':
      return headers.has('if-none-match') ? new Response(null, { status: 304 }) : new Response('whole')
    default:
      return shared('hello')
  }
}
