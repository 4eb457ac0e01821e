import { SignJWT } from 'jose'
import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readTokenKeys, signQueueTicket } from '../../edge/contract/tokens.ts'
import { cookiesOf } from '../http.ts'
import { tokenKeys } from '../shop.ts'
import { inBatches, openShopTarget, passIdOf, type ShopTarget } from './shop-target.ts'

let shop: ShopTarget
beforeAll(async () => {
  shop = await openShopTarget()
})
afterAll(() => shop.close())

test('A1: 2,000 forged tickets get no pass and do not move an honest position', async () => {
  const { eventId } = await shop.shop.addSale({ opensInMs: 600_000 })
  const honest = await shop.join(eventId)
  const forge = await createForger(eventId, honest.ticket)
  const forgeries = await Promise.all(Array.from({ length: 2_000 }, (_, i) => forge(i)))
  const claimed = await inBatches(forgeries, (ticket) => shop.claim(eventId, ticket))
  expect(new Set(claimed.map(({ status, code }) => `${status} ${code}`))).toEqual(new Set(['401 ticket_invalid']))
  expect(await shop.issuedTickets(eventId)).toBe(1)

  const joined = await inBatches(forgeries, (ticket) =>
    shop.request('POST', `/queue/event-${eventId}/tickets`, {
      headers: { ...shop.newVisitor(), cookie: `ticket-event-${eventId}=${ticket}` },
    }))
  expect(joined.map(({ status, body }) => [status, body.index]).sort(([, a], [, b]) => a - b)).toEqual(
    Array.from({ length: 2_000 }, (_, i) => [201, i + 1]),
  )
  const after = await shop.request('POST', `/queue/event-${eventId}/tickets`, { headers: shop.withTicket(honest.ticket) })
  expect(after).toMatchObject({ status: 200, body: { ticket: honest.ticket, index: 0, position: 0, ahead: 0 } })
})

test('A7: rejects tickets and passes of an earlier epoch and of another room, and expired passes', async () => {
  const { eventId, ticketTypeIds } = await shop.shop.addSale()
  const other = await shop.shop.addSale()
  const [person] = await shop.shop.addPeople(1)
  const [ticket, otherTicket] = [(await shop.join(eventId)).ticket, (await shop.join(other.eventId)).ticket]
  const [pass, otherPass] = [await shop.obtainPass(eventId), await shop.obtainPass(other.eventId)]
  const bookWithPass = (pass: string) => shop.bookAs(person!, eventId, ticketTypeIds, pass)
  expect(await shop.claim(eventId, otherTicket)).toMatchObject({ status: 401, code: 'ticket_invalid' })
  expect(await bookWithPass(otherPass)).toMatchObject({ status: 403, code: 'pass_invalid' })
  const expired = await shop.insider(person!, eventId, { expiresInMs: -60_000 })
  expect(await shop.book(eventId, ticketTypeIds, expired)).toMatchObject({ status: 403, code: 'pass_invalid' })

  await shop.startEpoch(eventId)
  expect(await shop.claim(eventId, ticket)).toMatchObject({ status: 401, code: 'ticket_invalid' })
  expect(await bookWithPass(pass)).toMatchObject({ status: 403, code: 'pass_invalid' })
  expect(await shop.seatsLeft(eventId)).toBe(100)
  const rejoined = await shop.request('POST', `/queue/event-${eventId}/tickets`, { headers: shop.withTicket(ticket) })
  expect(rejoined.status, 'a ticket of an earlier epoch counts as none').toBe(201)
  expect((await shop.book(eventId, ticketTypeIds, await shop.insider(person!, eventId))).status).toBe(201)
})

test('A22: a visitor who lost the cookie gets the position back by Bearer ticket, or the next position without one', async () => {
  const { eventId } = await shop.shop.addSale({ opensInMs: 600_000 })
  const { ticket } = await shop.join(eventId)
  await shop.join(eventId)
  const refused = await shop.request('POST', `/queue/event-${eventId}/pass`, { headers: shop.newVisitor() })
  expect(refused).toMatchObject({ status: 401, code: 'ticket_invalid', body: { queue: `/queue/event-${eventId}` } })
  const page = await shop.request('GET', `/queue/event-${eventId}`, { headers: { ...shop.newVisitor(), accept: 'text/html' } })
  expect(page.text.includes(`action="/queue/event-${eventId}/tickets`), 'a button to join').toBe(true)
  const back = await shop.request('POST', `/queue/event-${eventId}/tickets`, { headers: shop.withTicket(ticket) })
  expect(back).toMatchObject({ status: 200, body: { index: 0 } })
  const next = await shop.request('POST', `/queue/event-${eventId}/tickets`, { headers: shop.newVisitor() })
  expect(next).toMatchObject({ status: 201, body: { index: 2 } })
})

test('A23: two tabs of one browser share a ticket and a pass, and both are admitted', async () => {
  const { eventId } = await shop.shop.addSale()
  const post = (path: string, cookie?: string) =>
    shop.request('POST', `/queue/event-${eventId}/${path}`, { headers: { ...shop.newVisitor(), ...(cookie && { cookie }) } })
  const ticketCookie = cookiesOf((await post('tickets')).headers)
  const tabs = await Promise.all([post('tickets', ticketCookie), post('tickets', ticketCookie)])
  expect(tabs.map(({ status, body }) => [status, body.index])).toEqual([[200, 0], [200, 0]])
  const first = await post('pass', ticketCookie)
  const second = await post('pass', `${ticketCookie}; ${cookiesOf(first.headers)}`)
  expect([first.status, second.status]).toEqual([201, 201])
  expect(passIdOf(second.body.pass)).toBe(passIdOf(first.body.pass))
  expect(await shop.issuedTickets(eventId)).toBe(1)
})

/** Makes tickets that no edge has signed, in five ways: another key, no signature, another ticket's signature, a plain id, another kind of token. */
async function createForger(eventId: number, honest: string): Promise<(i: number) => Promise<string>> {
  const { epoch } = await shop.snapshotOf(eventId)
  const claims = { room: `event-${eventId}`, epoch, index: 0, visitor: randomUUID() }
  const otherKeys = readTokenKeys(randomBytes(32).toString('hex'))
  const [, , signature] = honest.split('.')
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  return async (i) => {
    const own = { ...claims, visitor: `${claims.visitor}-${i}` }
    const payload = encode({ ...own, sub: own.visitor })
    switch (i % 5) {
      case 0:
        return signQueueTicket(own, otherKeys)
      case 1:
        return `${encode({ alg: 'none', typ: 'ticket' })}.${payload}.`
      case 2:
        return `${encode({ alg: 'HS256', typ: 'ticket' })}.${payload}.${signature}`
      case 3:
        return randomUUID()
      default:
        return await new SignJWT({ ...own, sub: own.visitor }).setProtectedHeader({ alg: 'HS256', typ: 'access' }).sign(
          tokenKeys.secrets[0],
        )
    }
  }
}
