import { createServer, request as ask, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../dev/processes.ts'
import { signAccess } from '../origin/sessions.ts'
import { type Answer, cookiesOf, send } from './http.ts'
import { ownRedis, tokenKeys } from './shop.ts'
import { openSite, type Site } from './site.ts'

// What buyers in a hurry do, and what the net does to them: none of it costs a place.
const PAGE = { accept: 'text/html' }

let redis: Awaited<ReturnType<typeof ownRedis>>
let site: Site
/** Between edge and origin; what `mood` says befalls each request. */
let between: Server
let mood: 'well' | 'cut' | 'hanging' = 'well'
beforeAll(async () => {
  redis = await ownRedis()
  const originPort = await freePort()
  between = createServer((request, response) => {
    if (mood === 'cut') return request.socket.destroy()
    if (mood === 'hanging') return
    const { method, headers, url: path } = request
    const onward = ask({ host: '127.0.0.1', port: originPort, method, headers, path }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.writeHead(502).end())
    request.pipe(onward)
  })
  await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve))
  const ORIGIN_URL = `http://127.0.0.1:${(between.address() as AddressInfo).port}`
  site = await openSite(
    { ROOM_MODE: 'fifo', ORIGIN_PORT: String(originPort), ORIGIN_URL },
    redis.url,
  )
})
afterAll(async () => {
  mood = 'well'
  await site.close()
  between.closeAllConnections()
  between.close()
  await redis.close()
})

describe('whoever is inside', () => {
  test('goes back in by the button that joins the line, and keeps the pass', async () => {
    const { eventId } = await site.shop.addSale()
    const buyer = browser(eventId)
    const joined = await buyer.join(PAGE)
    expect([joined.status, joined.location]).toEqual([303, `/events/${eventId}/booking`])
    const pass = buyer.jar.get(`pass-event-${eventId}`)
    const again = await buyer.join(PAGE)
    expect([again.status, again.location]).toEqual([303, `/events/${eventId}/booking`])
    expect(idOf(buyer.jar.get(`pass-event-${eventId}`)!)).toBe(idOf(pass!))

    // Nor is the ticket needed for it.
    buyer.jar.delete(`ticket-event-${eventId}`)
    expect((await buyer.join(PAGE)).location).toBe(`/events/${eventId}/booking`)
    expect(await inside(eventId)).toBe(1)
    expect(await issued(eventId)).toBe(1)
  })

  test('is let in no more after leaving, by whichever of both tokens', async () => {
    const { eventId, ticketTypeIds } = await site.shop.addSale()
    const [person] = await site.shop.addPeople(1)
    const buyer = browser(eventId)
    await buyer.join()
    await buyer.claim()
    const pass = buyer.jar.get(`pass-event-${eventId}`)!
    buyer.jar.delete(`pass-event-${eventId}`)
    expect((await buyer.ask('DELETE', `/queue/event-${eventId}/tickets`)).status).toBe(204)
    const headers = { ...await site.insider(person!, eventId), 'x-queue-pass': pass }
    const booked = await send(`${site.edgeUrl}/api/events/${eventId}/reservations`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ ticketTypeId: ticketTypeIds[0], quantity: 1 }),
    })
    expect(booked).toMatchObject({ status: 403, code: 'pass_invalid' })
  })
})

describe('a turn', () => {
  test('that two tabs take in the same instant gets both of them in', async () => {
    const { eventId } = await site.shop.addSale()
    const buyer = browser(eventId)
    await buyer.join()
    const tabs = await Promise.all([
      buyer.claim(),
      buyer.claim(),
      buyer.join(PAGE),
      buyer.ask('GET', `/events/${eventId}/booking`, PAGE),
    ])
    expect(tabs.slice(0, 2).map(({ status }) => status)).toEqual([201, 201])
    expect(tabs.flatMap(({ headers }) => headers.getSetCookie()).filter((cookie) => /^pass-.*Max-Age=0/.test(cookie))).toEqual([])
    expect(await inside(eventId)).toBe(1)
  })

  test('that is taken by opening a page is not lost when the origin fails at that very request', async () => {
    const { eventId } = await site.shop.addSale()
    const [person] = await site.shop.addPeople(1)
    const buyer = browser(eventId)
    buyer.jar.set('access', await signAccess({ tokenKeys, now: () => new Date() }, person!))
    await buyer.join()
    mood = 'cut'
    const failed = await buyer.ask('GET', `/events/${eventId}/booking`, PAGE)
    mood = 'well'
    expect(failed.status).toBe(503)
    expect(buyer.jar.has(`pass-event-${eventId}`)).toBe(true)
    expect((await buyer.ask('GET', `/events/${eventId}/booking`, PAGE)).status).toBe(200)
  })

  test('whose answer was lost is given again to the browser that asks again', async () => {
    const { eventId } = await site.shop.addSale()
    const buyer = browser(eventId)
    await buyer.join()
    const kept = new Map(buyer.jar)
    expect((await buyer.join(PAGE)).location).toBe(`/events/${eventId}/booking`)
    // The answer never came: the browser has what it had before.
    buyer.jar.clear()
    for (const [name, value] of kept) buyer.jar.set(name, value)
    expect((await buyer.join(PAGE)).location).toBe(`/events/${eventId}/booking`)
    expect(await inside(eventId)).toBe(1)
  })
})

test('a place whose cookie is gone is kept again for whoever still has the ticket', async () => {
  const { eventId } = await site.shop.addSale({ opensInMs: 600_000 })
  const buyer = browser(eventId)
  const { ticket, index } = (await buyer.join()).body
  buyer.jar.clear()
  const back = await buyer.join({ authorization: `Bearer ${ticket}` })
  expect(back).toMatchObject({ status: 200, body: { ticket, index } })
  expect(buyer.jar.get(`ticket-event-${eventId}`)).toBe(ticket)
  expect((await buyer.join()).body.index).toBe(index)
})

test('the waiting page does not wait for an origin that hangs', { timeout: 40_000 }, async () => {
  const { eventId } = await site.shop.addSale()
  const buyer = browser(eventId)
  await buyer.join()
  mood = 'hanging'
  // What the edge knew of the event has grown too old to be told.
  await new Promise((resolve) => setTimeout(resolve, 7_000))
  const pages: number[] = []
  const late = new Promise((resolve) => setTimeout(() => resolve('late'), 8_000))
  for (let load = 0; load < 8; load++) {
    const page = await Promise.race([buyer.ask('GET', `/queue/event-${eventId}`, PAGE), late])
    pages.push((page as Answer).status)
  }
  mood = 'well'
  expect(pages).toEqual(Array(8).fill(200))
})

test('whoever presses the button before the line is open is shown the line', async () => {
  const { eventId } = await site.shop.addSale({ opensInMs: 7_200_000 })
  expect(await browser(eventId).join(PAGE)).toMatchObject({ status: 303, location: `/queue/event-${eventId}` })
  expect(await browser(eventId).join()).toMatchObject({ status: 409, code: 'sale_not_open' })
})

/** A visitor with a jar of cookies. */
function browser(eventId: number) {
  const jar = new Map<string, string>()
  const ask = async (method: string, path: string, headers: Record<string, string> = {}): Promise<Answer> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await send(site.edgeUrl + path, { method, headers: { ...headers, cookie } })
    for (const set of answer.headers.getSetCookie()) {
      const name = set.slice(0, set.indexOf('='))
      if (/Max-Age=0\b/.test(set)) jar.delete(name)
      else jar.set(name, cookiesOf(new Headers({ 'set-cookie': set })).slice(name.length + 1))
    }
    return answer
  }
  return {
    jar,
    ask,
    join: (headers = {}) => ask('POST', `/queue/event-${eventId}/tickets`, headers),
    claim: () => ask('POST', `/queue/event-${eventId}/pass`),
  }
}

const idOf = (pass: string) => (JSON.parse(Buffer.from(pass.split('.')[1]!, 'base64url').toString()) as { jti: string }).jti
const inside = (eventId: number) => site.shop.redis.zcard(`{r:event-${eventId}}:passes`)
const issued = async (eventId: number) => Number(await site.shop.redis.hget(`{r:event-${eventId}}:room`, 'issued'))
