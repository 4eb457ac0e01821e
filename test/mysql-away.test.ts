import { eq } from 'drizzle-orm'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { recentBookingsKey } from '../db/redis/keys.ts'
import { reservations, ticketTypes } from '../db/schema.ts'
import type { Reservation } from '../edge/contract/reservations.ts'
import type { Person } from '../origin/accounts.ts'
import { signAccess } from '../origin/sessions.ts'
import { createClient } from './contract-client.ts'
import { type Answer, send } from './http.ts'
import { ownMysql, tokenKeys } from './shop.ts'
import { openSite, type Site } from './site.ts'
import { until } from './until.ts'

const LOAD_MS = 10_000
/** Bookings that show something, also on a machine that makes a few a second. */
const ENOUGH = 50
const BUYERS_AT_ONCE = 8

let mysql: Awaited<ReturnType<typeof ownMysql>>
let site: Site
let secondOrigin: string
let isAway = false
beforeAll(async () => {
  mysql = await ownMysql()
  site = await openSite({ TRUSTED_PROXIES: '1', CATALOGUE_MAX_AGE_MS: '1000', WRITE_BACK_MS: '200' }, mysql.stores)
  const added = await site.addOrigin()
  await added.ready
  secondOrigin = added.url
})
afterAll(async () => {
  await site.close()
  await mysql.close()
})

async function stopMysql() {
  await mysql.stop()
  isAway = true
}
async function startMysql() {
  await mysql.start()
  isAway = false
}
// A failed test must not leave the next one without MySQL.
afterEach(async () => {
  mysql.thaw()
  if (isAway) await startMysql()
})

const { signedUp } = createClient(() => site)

const addressOf = ({ id }: Person) => `10.${id >> 16 & 255}.${id >> 8 & 255}.${id & 255}`
const TITLE = '한밤의 재즈'

/** An event that both origins know, whose sale is in Redis, and people. */
async function openConcert(people: number, seats = [3_000, 100]) {
  const { eventId, ticketTypeIds } = await site.shop.addSale({ title: TITLE, seats })
  for (const origin of [site.originUrl, secondOrigin]) {
    // A listing shows what the origin has in memory.
    const path = `/api/events/search?size=100&q=${encodeURIComponent(TITLE)}`
    await until(async () => (await send(origin + path, {})).body.items.some(({ id }: { id: number }) => id === eventId))
  }
  await until(async () => (await send(`${site.edgeUrl}/queue/event-${eventId}`, {})).status === 200)
  return { eventId, ticketTypeIds, people: await site.shop.addPeople(people) }
}

type Buyer = { person: Person; eventId: number; headers: Record<string, string> }

async function buyerOf(person: Person, eventId: number): Promise<Buyer> {
  return { person, eventId, headers: { ...await site.insider(person, eventId), 'x-forwarded-for': addressOf(person) } }
}

const bookByApi = ({ eventId, headers }: Buyer, ticketTypeId: number, quantity: number) =>
  send(`${site.edgeUrl}/api/events/${eventId}/reservations`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ ticketTypeId, quantity }),
  })

const openPage = (path: string, { headers }: Pick<Buyer, 'headers'>, at = site.edgeUrl) =>
  send(at + path, { headers: { ...headers, accept: 'text/html' } })

/** Opens the booking page and sends its form, as a browser does. */
async function bookByForm(buyer: Buyer, ticketTypeId: number, quantity: number): Promise<{ page: Answer; sent: Answer }> {
  const path = `/events/${buyer.eventId}/booking`
  const page = await openPage(path, buyer)
  const idempotencyKey = page.text.match(/name="idempotencyKey" value="([^"]+)"/)?.[1] ?? ''
  const body = new URLSearchParams({ ticketTypeId: String(ticketTypeId), quantity: String(quantity), idempotencyKey })
  const headers = { ...buyer.headers, accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' }
  return { page, sent: await send(site.edgeUrl + path, { method: 'POST', headers, body: body.toString() }) }
}

/** Asks the origin that did not book. */
const findElsewhere = (id: string, { headers }: Buyer) => send(`${secondOrigin}/api/reservations/${id}`, { headers })

/** What every reservation of the concert must show. */
const complete = (eventId: number) => ({
  event: { id: eventId, title: TITLE, venue: '시험 홀', startsAt: expect.stringMatching(/^20..-..-..T/) },
  ticketType: { name: '1등석' },
  unitPrice: 10_000,
  cancelUntil: expect.stringMatching(/^20..-..-..T/),
  status: 'confirmed',
})

/** Books until the time is over and enough are booked, by form and by API in turn, and reads each reservation at the other origin. */
async function bookFor(durationMs: number, eventId: number, ticketTypeId: number, people: Person[]) {
  const booked = new Map<string, { person: Person; found: Reservation }>()
  const failures: string[] = []
  const buy = async (person: Person, byForm: boolean) => {
    const buyer = await buyerOf(person, eventId)
    const quantity = 1 + person.id % 2
    const answer = byForm
      ? (await bookByForm(buyer, ticketTypeId, quantity)).sent
      : await bookByApi(buyer, ticketTypeId, quantity)
    const id = byForm ? answer.location?.match(/^\/reservations\/([\w-]+)\?new=1$/)?.[1] : answer.body.reservation?.id as string
    if (!id) return failures.push(`${answer.status} ${answer.code} ${answer.text.slice(0, 200)}`)
    if (!byForm) expect(answer.body.reservation).toMatchObject(complete(eventId))
    const found = await findElsewhere(id, buyer)
    if (found.status !== 200) return failures.push(`found: ${found.status} ${found.text.slice(0, 200)}`)
    booked.set(id, { person, found: found.body })
  }
  const endsAt = performance.now() + durationMs
  const waiting = people.entries()
  await Promise.all(Array.from({ length: BUYERS_AT_ONCE }, async () => {
    for (const [i, person] of waiting) {
      if (performance.now() > endsAt && booked.size > ENOUGH) break
      await buy(person, i % 2 === 0)
      await sleep(20)
    }
  }))
  return { booked, failures }
}

test(
  'MySQL is killed under load: all book by form and API, confirmations are complete, and every 201 is in MySQL once',
  async () => {
    const { eventId, ticketTypeIds: [type], people } = await openConcert(1_500)
    const account = await signedUp()
    await stopMysql()
    const { booked, failures } = await bookFor(LOAD_MS, eventId, type!, people)
    expect(failures).toEqual([])
    expect(booked.size).toBeGreaterThan(ENOUGH)
    for (const { found } of booked.values()) expect(found).toMatchObject(complete(eventId))

    // A session that cannot be renewed is not ended.
    const { cookie } = account
    const refreshed = await send(`${site.edgeUrl}/api/auth/refresh`, { method: 'POST', headers: { cookie } })
    expect([refreshed.status, refreshed.code, refreshed.headers.getSetCookie()]).toEqual([503, 'store_unavailable', []])
    const withoutAccess = cookie.split('; ').filter((one) => !one.includes(account.authorization.slice(7))).join('; ')
    const expired = await openPage('/me', { headers: { cookie: withoutAccess } })
    expect([expired.status, expired.headers.getSetCookie()]).toEqual([503, []])
    expect(expired.text).toContain('로그아웃되지는 않았으니')

    await startMysql()
    const rows = await untilWritten(eventId, booked.size)
    expect(new Set(rows.map(({ id }) => id))).toEqual(new Set(booked.keys()))
    for (const row of rows) {
      const { person, found } = booked.get(row.id)!
      expect({ user: row.userId, type: row.ticketTypeId, quantity: row.quantity, price: row.unitPrice, status: row.status })
        .toEqual({
          user: person.id,
          type,
          quantity: found.quantity,
          price: 10_000,
          status: 'confirmed',
        })
      expect(row.createdAt.toISOString()).toBe(found.createdAt)
    }
    const sold = rows.reduce((sum, { quantity }) => sum + quantity, 0)
    const [stored] = await site.shop.db.select().from(ticketTypes).where(eq(ticketTypes.id, type!))
    expect(stored?.sold).toBe(sold)

    // MySQL answers what Redis answered.
    const [id, { person, found }] = [...booked][0]!
    await site.shop.redis.del(recentBookingsKey(person.id))
    const buyer = await buyerOf(person, eventId)
    await until(async () => (await findElsewhere(id, buyer)).status === 200)
    const fromMysql = await findElsewhere(id, buyer)
    expect(fromMysql.body).toEqual(found)
    const renew = () => send(`${site.edgeUrl}/api/auth/refresh`, { method: 'POST', headers: { cookie } })
    await until(async () => (await renew()).status === 200)
  },
  240_000,
)

/** The rows of an event, once the write-back has caught up. */
async function untilWritten(eventId: number, count: number) {
  const read = () => site.shop.db.select().from(reservations).where(eq(reservations.eventId, eventId))
  await until(async () => (await read().catch(() => [])).length >= count)
  return await read()
}

describe.each([['killed', false], ['frozen, so that its connections stay and nothing answers', true]])(
  'while MySQL is %s',
  (_, isFrozen) => {
    let buyer: Buyer
    let ticketTypeId: number
    let reservation: Reservation
    async function loseMysql() {
      const { eventId, ticketTypeIds, people: [person] } = await openConcert(1)
      ticketTypeId = ticketTypeIds[0]!
      buyer = await buyerOf(person!, eventId)
      // After a former outage, an origin may need half a second to notice that MySQL is back; the sale is loaded from MySQL.
      let booked = await bookByApi(buyer, ticketTypeId, 1)
      await until(async () => booked.status === 201 || (booked = await bookByApi(buyer, ticketTypeId, 1)).status === 201)
      reservation = booked.body.reservation
      if (isFrozen) mysql.freeze()
      else await stopMysql()
    }

    test('every page on the way of a buyer is complete', async () => {
      await loseMysql()
      const { eventId } = buyer
      const year = reservation.event.startsAt.slice(0, 4)
      const pages = {
        '/': [TITLE, '10,000'],
        [`/search?q=${encodeURIComponent('한밤의')}`]: [TITLE, '10,000'],
        [`/events/${eventId}`]: [TITLE, year, '시험 홀', '10,000', '20,000', '1등석'],
        [`/events/${eventId}/booking`]: [TITLE, '10,000', '20,000', 'name="idempotencyKey"'],
        [`/reservations/${reservation.id}?new=1`]: [TITLE, year, '시험 홀', '10,000', '1등석', reservation.id],
        [`/queue/event-${eventId}`]: [TITLE],
      }
      // The buyer's pass may be used only once; the second booking needs another one.
      buyer = await buyerOf(buyer.person, eventId)
      for (const [path, texts] of Object.entries(pages)) {
        const page = await openPage(path, buyer)
        expect(page.status, path).toBe(200)
        // The hits of a search are marked.
        const shown = page.text.replace(/<\/?mark>/g, '')
        for (const text of texts) expect(shown, path).toContain(text)
      }
      const { page, sent } = await bookByForm(buyer, ticketTypeId, 1)
      expect([page.status, sent.status]).toEqual([200, 303])
      const confirmation = await openPage(sent.location!, buyer, secondOrigin)
      expect(confirmation.status).toBe(200)
      for (const text of [TITLE, year, '시험 홀', '10,000', '1등석']) expect(confirmation.text).toContain(text)
    }, 900_000)

    test('my page says what it cannot know, and shows what it knows', async () => {
      await loseMysql()
      await until(async () => (await openPage('/me', buyer)).text.includes('지금은 예매 내역 전체를 불러올 수 없습니다'))
      const mine = await openPage('/me', buyer)
      expect(mine.status).toBe(200)
      expect(mine.text).toContain(`/reservations/${reservation.id}`)
      expect(mine.text).toContain(TITLE)
      const english = await openPage('/me', { headers: { ...buyer.headers, 'accept-language': 'en' } })
      expect(english.text).toContain('We can’t show all your reservations right now')
      const listed = await send(`${site.edgeUrl}/api/me/reservations`, { headers: buyer.headers })
      expect([listed.status, listed.code, listed.headers.get('retry-after')]).toEqual([503, 'store_unavailable', '10'])
    }, 900_000)

    test('a logout ends the access token and clears the cookies, and says that it is not complete', async () => {
      await loseMysql()
      const access = await signAccess({ tokenKeys, now: () => new Date() }, buyer.person, randomUUID())
      const headers = { cookie: `access=${access}; refresh=${'a'.repeat(43)}` }
      const logout = await send(`${site.edgeUrl}/api/auth/logout`, { method: 'POST', headers })
      expect([logout.status, logout.code]).toEqual([503, 'store_unavailable'])
      expect(logout.headers.getSetCookie().filter((cookie) => /^(?:access|refresh|nickname)=;.*Max-Age=0/.test(cookie)))
        .toHaveLength(3)
      const list = await send(`${site.edgeUrl}/api/me/reservations`, { headers: { cookie: `access=${access}` } })
      expect([list.status, list.code]).toEqual([401, 'unauthenticated'])
    }, 900_000)

    test('without the booking in Redis, the confirmation is unknown (negative control)', async () => {
      await loseMysql()
      await site.shop.redis.del(recentBookingsKey(buyer.person.id))
      const page = await openPage(`/reservations/${reservation.id}?new=1`, buyer)
      expect(page.status).toBe(503)
      expect(page.text).toContain('지금은 예매 기록을 불러올 수 없습니다')
    }, 900_000)
  },
)

test(
  'an origin that starts while MySQL is away is not ready, refuses with a retry time, and becomes ready by itself',
  async () => {
    const { eventId } = await openConcert(1)
    await stopMysql()
    const { url, ready } = await site.addOrigin()
    await until(async () => await send(`${url}/healthz`, {}).then(({ status }) => status === 200, () => false))
    const readiness = await send(`${url}/readyz`, {})
    expect([readiness.status, readiness.body]).toEqual([503, { ready: false, redis: true, mysql: false, catalogue: false }])
    for (const path of ['/api/events', `/api/events/${eventId}`]) {
      const refused = await send(url + path, {})
      expect([refused.status, refused.code, refused.headers.get('retry-after')], path).toEqual([503, 'store_unavailable', '2'])
    }
    await startMysql()
    await ready
    expect((await send(`${url}/api/events/${eventId}`, {})).body).toMatchObject({ title: TITLE })
  },
  120_000,
)
