import { randomUUID } from 'node:crypto'
import { createServer, request as sendRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../dev/processes.ts'
import { signAccess } from '../origin/sessions.ts'
import { type Answer, cookiesOf, send } from './http.ts'
import { ownRedis, tokenKeys } from './shop.ts'
import { openSite, type Site } from './site.ts'
import { until } from './until.ts'

// Second clicks, second tabs, lost responses and a failing origin must not cost a visitor their position or their turn.
const PAGE = { accept: 'text/html' }

let redis: Awaited<ReturnType<typeof ownRedis>>
let site: Site
/** A proxy between edge and origin, which can break the connection or leave requests without a response. */
let proxy: Server
let proxyMode: 'forward' | 'disconnect' | 'hang' = 'forward'
beforeAll(async () => {
  redis = await ownRedis()
  const originPort = await freePort()
  proxy = createServer((request, response) => {
    if (proxyMode === 'disconnect') return request.socket.destroy()
    if (proxyMode === 'hang') return
    const { method, headers, url: path } = request
    const forwarded = sendRequest({ host: '127.0.0.1', port: originPort, method, headers, path }, (originResponse) => {
      response.writeHead(originResponse.statusCode!, originResponse.headers)
      originResponse.pipe(response)
    })
    forwarded.on('error', () => response.writeHead(502).end())
    request.pipe(forwarded)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const ORIGIN_URL = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  site = await openSite(
    { ROOM_MODE: 'fifo', ORIGIN_PORT: String(originPort), ORIGIN_URL },
    redis.url,
  )
})
afterAll(async () => {
  proxyMode = 'forward'
  await site.close()
  proxy.closeAllConnections()
  proxy.close()
  await redis.close()
})

describe('an admitted visitor', () => {
  test('returns to the booking with the join button, and keeps the pass', async () => {
    const { eventId } = await site.shop.addSale()
    const buyer = browser(eventId)
    const joined = await buyer.join(PAGE)
    expect([joined.status, joined.location]).toEqual([303, `/events/${eventId}/booking`])
    const pass = buyer.jar.get(`pass-event-${eventId}`)
    const again = await buyer.join(PAGE)
    expect([again.status, again.location]).toEqual([303, `/events/${eventId}/booking`])
    expect(idOf(buyer.jar.get(`pass-event-${eventId}`)!)).toBe(idOf(pass!))

    // The pass alone is enough.
    buyer.jar.delete(`ticket-event-${eventId}`)
    expect((await buyer.join(PAGE)).location).toBe(`/events/${eventId}/booking`)
    expect(await activeVisits(eventId)).toBe(1)
    expect(await issued(eventId)).toBe(1)
  })

  test('cannot book after leaving, even with a pass that the leave request did not contain', async () => {
    const { eventId, ticketTypeIds } = await site.shop.addSale()
    const [person] = await site.shop.addPeople(1)
    const buyer = browser(eventId)
    await buyer.join()
    await buyer.claim()
    const pass = buyer.jar.get(`pass-event-${eventId}`)!
    buyer.jar.delete(`pass-event-${eventId}`)
    expect((await buyer.send('DELETE', `/queue/event-${eventId}/tickets`)).status).toBe(204)
    const headers = { ...await site.insider(person!, eventId), 'x-queue-pass': pass }
    const booked = await send(`${site.edgeUrl}/api/events/${eventId}/reservations`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ ticketTypeId: ticketTypeIds[0], quantity: 1 }),
    })
    expect(booked).toMatchObject({ status: 403, code: 'pass_invalid' })
  })
})

describe('claiming a turn', () => {
  test('in two tabs at once admits both of them, as one visit', async () => {
    const { eventId } = await site.shop.addSale()
    const buyer = browser(eventId)
    await buyer.join()
    const tabs = await Promise.all([
      buyer.claim(),
      buyer.claim(),
      buyer.join(PAGE),
      buyer.send('GET', `/events/${eventId}/booking`, PAGE),
    ])
    expect(tabs.slice(0, 2).map(({ status }) => status)).toEqual([201, 201])
    expect(tabs.flatMap(({ headers }) => headers.getSetCookie()).filter((cookie) => /^pass-.*Max-Age=0/.test(cookie))).toEqual([])
    expect(await activeVisits(eventId)).toBe(1)
  })

  test('by opening a page keeps the pass when the origin fails on that request', async () => {
    const { eventId } = await site.shop.addSale()
    const [person] = await site.shop.addPeople(1)
    const buyer = browser(eventId)
    buyer.jar.set('access', await signAccess({ tokenKeys, now: () => new Date() }, person!))
    await buyer.join()
    proxyMode = 'disconnect'
    const failed = await buyer.send('GET', `/events/${eventId}/booking`, PAGE)
    proxyMode = 'forward'
    expect(failed.status).toBe(503)
    expect(buyer.jar.has(`pass-event-${eventId}`)).toBe(true)
    expect((await buyer.send('GET', `/events/${eventId}/booking`, PAGE)).status).toBe(200)
  })

  test('succeeds again when the first response was lost', async () => {
    const { eventId } = await site.shop.addSale()
    const buyer = browser(eventId)
    await buyer.join()
    const before = new Map(buyer.jar)
    expect((await buyer.join(PAGE)).location).toBe(`/events/${eventId}/booking`)
    // The browser still has the cookies from before the lost response.
    buyer.jar.clear()
    for (const [name, value] of before) buyer.jar.set(name, value)
    expect((await buyer.join(PAGE)).location).toBe(`/events/${eventId}/booking`)
    expect(await activeVisits(eventId)).toBe(1)
  })
})

test('a lost ticket cookie is set again for a visitor who sends the ticket', async () => {
  const { eventId } = await site.shop.addSale({ opensInMs: 600_000 })
  const buyer = browser(eventId)
  const { ticket, index } = (await buyer.join()).body
  buyer.jar.clear()
  const rejoined = await buyer.join({ authorization: `Bearer ${ticket}` })
  expect(rejoined).toMatchObject({ status: 200, body: { ticket, index } })
  expect(buyer.jar.get(`ticket-event-${eventId}`)).toBe(ticket)
  expect((await buyer.join()).body.index).toBe(index)
})

test('the waiting page does not wait for an origin that hangs', { timeout: 900_000 }, async () => {
  const title = `공연 ${randomUUID()}`
  const { eventId } = await site.shop.addSale({ title })
  const buyer = browser(eventId)
  await buyer.join()
  const waitingPage = () => buyer.send('GET', `/queue/event-${eventId}`, PAGE)
  expect((await waitingPage()).text).toContain(title)
  proxyMode = 'hang'
  try {
    // The edge's copy of the event expires, and the page appears without its title.
    await until(async () => !(await waitingPage()).text.includes(title))
    const startedAt = performance.now()
    for (let load = 0; load < 8; load++) expect((await waitingPage()).status).toBe(200)
    // The origin's deadline is 10 s for a single request.
    expect(performance.now() - startedAt).toBeLessThan(10_000)
  } finally {
    proxyMode = 'forward'
  }
})

test('joining before the lobby opens redirects a browser to the waiting page', async () => {
  const { eventId } = await site.shop.addSale({ opensInMs: 7_200_000 })
  expect(await browser(eventId).join(PAGE)).toMatchObject({ status: 303, location: `/queue/event-${eventId}` })
  expect(await browser(eventId).join()).toMatchObject({ status: 409, code: 'sale_not_open' })
})

/** A visitor's browser: keeps cookies between requests. */
function browser(eventId: number) {
  const jar = new Map<string, string>()
  const request = async (method: string, path: string, headers: Record<string, string> = {}): Promise<Answer> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await send(site.edgeUrl + path, { method, headers: { ...headers, cookie } })
    for (const set of response.headers.getSetCookie()) {
      const name = set.slice(0, set.indexOf('='))
      if (/Max-Age=0\b/.test(set)) jar.delete(name)
      else jar.set(name, cookiesOf(new Headers({ 'set-cookie': set })).slice(name.length + 1))
    }
    return response
  }
  return {
    jar,
    send: request,
    join: (headers = {}) => request('POST', `/queue/event-${eventId}/tickets`, headers),
    claim: () => request('POST', `/queue/event-${eventId}/pass`),
  }
}

const idOf = (pass: string) => (JSON.parse(Buffer.from(pass.split('.')[1]!, 'base64url').toString()) as { jti: string }).jti
const activeVisits = (eventId: number) => site.shop.redis.zcard(`{r:event-${eventId}}:passes`)
const issued = async (eventId: number) => Number(await site.shop.redis.hget(`{r:event-${eventId}}:room`, 'issued'))
