import { afterAll, beforeAll, expect, test } from 'vitest'
import { roomKeys } from '../../db/redis/keys.ts'
import type { Person } from '../../origin/accounts.ts'
import { signAccess } from '../../origin/sessions.ts'
import { type Answer, cookiesOf } from '../http.ts'
import { tokenKeys } from '../shop.ts'
import { DEFAULT_ROOMS } from '../site.ts'
import { until } from '../until.ts'
import { openShopTarget, passIdOf, type ShopTarget } from './shop-target.ts'

let shop: ShopTarget
beforeAll(async () => {
  shop = await openShopTarget({ settings: DEFAULT_ROOMS })
})
afterAll(() => shop.close())

const accessOf = async (person: Person) => await signAccess({ tokenKeys, now: () => new Date() }, person)
/** Waits until the room of an event calls visitors. */
const untilServing = (eventId: number) => until(async () => (await shop.snapshotOf(eventId)).serving > 2)
const ticketsPath = (eventId: number) => `/queue/event-${eventId}/tickets`

/** Joins as soon as the room accepts joins again: not in the second after a restore. */
async function joinAs(access: string, eventId: number): Promise<string> {
  const join = () =>
    shop.request('POST', ticketsPath(eventId), { headers: { ...shop.newVisitor(), authorization: `Bearer ${access}` } })
  let joined: Answer | undefined
  await until(async () => (joined = await join()).status === 201)
  return joined!.body.ticket
}

/** The room as a replica has it that does not get the last writes: returns the function that makes it the primary. */
async function replicaOf(eventId: number): Promise<() => Promise<void>> {
  const keys = Object.values(roomKeys(`event-${eventId}`))
  const copies = await Promise.all(keys.map((key) => shop.shop.redis.dumpBuffer(key)))
  return async () => {
    const transaction = shop.shop.redis.multi().unlink(...keys)
    keys.forEach((key, i) => copies[i] && transaction.restore(key, 0, copies[i]))
    await transaction.exec()
  }
}

/** An account whose join Redis has lost. `first`: the queue ticket that it got. */
async function joinAndLose() {
  const { eventId } = await shop.shop.addSale()
  const [person] = await shop.shop.addPeople(1)
  const access = await accessOf(person!)
  await untilServing(eventId)
  const failOver = await replicaOf(eventId)
  const first = await joinAs(access, eventId)
  await failOver()
  return { eventId, access, first }
}

test('A88: an account that joins again after Redis lost its join gets one visit, whichever ticket it uses first', async () => {
  const { eventId, access, first } = await joinAndLose()
  const second = await joinAs(access, eventId)
  expect(second).not.toBe(first)
  expect(await shop.claim(eventId, first)).toMatchObject({ status: 409, code: 'ticket_used' })
  expect((await shop.claim(eventId, second)).status).toBe(201)
  expect(await shop.claim(eventId, first)).toMatchObject({ status: 409, code: 'ticket_used' })
  expect(await shop.activeVisits(eventId)).toBe(1)
})

test('A88: such an account cannot choose between its positions by giving up the later one', async () => {
  const { eventId, access, first } = await joinAndLose()
  const second = await joinAs(access, eventId)
  expect((await shop.request('DELETE', ticketsPath(eventId), { headers: shop.withTicket(second) })).status).toBe(204)
  expect(await shop.claim(eventId, first)).toMatchObject({ status: 409, code: 'ticket_used' })
  expect(await shop.activeVisits(eventId)).toBe(0)
  expect((await shop.claim(eventId, await joinAs(access, eventId))).status).toBe(201)
})

test('A88: an account whose join Redis lost keeps its only position', async () => {
  const { eventId, access, first } = await joinAndLose()
  let claim = await shop.claim(eventId, first)
  await until(async () => claim.status === 201 || (claim = await shop.claim(eventId, first)).status === 201)
  expect(await joinAs(access, eventId), 'the account has this position, and no second one').toBe(first)
})

test('A89: a browser with the pass of another account is sent to the queue, and that account keeps its visit', async () => {
  const { eventId } = await shop.shop.addSale()
  const people = await shop.shop.addPeople(2)
  const [before, after] = await Promise.all(people.map(async (person) => `access=${await accessOf(person)}`))
  const bookingPath = `/events/${eventId}/booking`
  const browse = (method: string, path: string, cookie: string) =>
    shop.request(method, path, { headers: { ...shop.newVisitor(), accept: 'text/html', cookie } })
  /** The pass cookie of a browser that joins while the queue is empty. */
  const enter = async (cookie: string) => {
    const entered = await browse('POST', ticketsPath(eventId), cookie)
    expect([entered.status, entered.location]).toEqual([303, bookingPath])
    return cookiesOf(entered.headers).split('; ').find((set) => set.startsWith('pass-'))!
  }
  await untilServing(eventId)
  const pass = await enter(before!)
  expect((await browse('GET', bookingPath, `${before}; ${pass}`)).status).toBe(200)

  const forwarded = shop.forwarded.length
  for (const method of ['GET', 'POST']) {
    const refused = await browse(method, bookingPath, `${after}; ${pass}`)
    expect([refused.status, refused.location], method).toEqual([303, `/queue/event-${eventId}`])
    expect(refused.headers.getSetCookie(), 'the pass stays in the browser').toEqual([])
  }
  expect(shop.forwarded.slice(forwarded).filter(({ path }) => path === bookingPath)).toEqual([])
  expect((await browse('GET', bookingPath, `${before}; ${pass}`)).status).toBe(200)

  const ownPass = await enter(`${after}; ${pass}`)
  expect(passIdOf(ownPass)).not.toBe(passIdOf(pass))
  expect((await browse('GET', bookingPath, `${after}; ${ownPass}`)).status).toBe(200)
  // The first account logs in again, in the browser that now has the pass of the second one.
  expect(passIdOf(await enter(`${before}; ${ownPass}`))).toBe(passIdOf(pass))
  expect(await shop.activeVisits(eventId)).toBe(2)
})

test('A89: a program with the pass of another account learns where the queue is, at the edge', async () => {
  const { eventId, ticketTypeIds } = await shop.shop.addSale()
  const [seller, buyer] = await shop.shop.addPeople(2)
  await untilServing(eventId)
  const { body: { pass } } = await shop.claim(eventId, await joinAs(await accessOf(seller!), eventId))
  const forwarded = shop.forwarded.length
  expect(await shop.bookAs(buyer!, eventId, ticketTypeIds, pass)).toMatchObject({
    status: 403,
    code: 'pass_in_use',
    body: { room: `event-${eventId}`, queue: `/queue/event-${eventId}` },
  })
  expect(shop.forwarded.slice(forwarded).filter(({ path }) => path.endsWith('/reservations'))).toEqual([])
  expect((await shop.bookAs(seller!, eventId, ticketTypeIds, pass)).status).toBe(201)
})
