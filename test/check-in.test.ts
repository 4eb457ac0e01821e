import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { and, eq } from 'drizzle-orm'
import { admissions, audit } from '../db/schema.ts'
import { ticketCode } from '../edge/contract/admission-ticket.ts'
import type { CheckInList, MarkResult } from '../edge/contract/check-in.ts'
import { reservationNumber } from '../edge/contract/reservation-number.ts'
import { createApp } from '../origin/app.tsx'
import type { Person } from '../origin/accounts.ts'
import { cancel, reserve } from '../origin/reservations.ts'
import { createTicketDocuments } from '../origin/ticket-documents.ts'
import { bookingRequest, openSale } from './booking.ts'
import { createOperator, type TestOperator } from './operator.ts'
import { buyerHeaders, openShop, type Shop } from './shop.ts'

let shop: Shop
let app: ReturnType<typeof createApp>
let doors: TestOperator[]
let sale: Awaited<ReturnType<typeof openSale>>
let other: typeof sale
beforeAll(async () => {
  // On a busy machine a document takes longer than a buyer would wait.
  const renderTickets = createTicketDocuments(() => performance.now(), { maxWaiting: 4, maxWaitMs: 60_000 })
  shop = await openShop({}, { renderTickets })
  app = createApp(shop)
  doors = await Promise.all([createOperator(shop, app, 'support'), createOperator(shop, app, 'manager')])
  sale = await openSale(shop, { seats: [100], limitPerPerson: 100 }, 2)
  other = await openSale(shop)
})
afterAll(() => shop.close())

async function book(quantity: number, { eventId, ticketTypeId, people } = sale): Promise<string> {
  const request = () => reserve(shop, 'ko', bookingRequest(people[0]!, eventId, ticketTypeId, { quantity }))
  const booked = await vi.waitFor(async () => {
    const result = await request()
    if (result.kind !== 'reserved') throw new Error(result.kind)
    return result
  }, { timeout: 60_000 })
  return booked.reservation.id
}
const textOf = (reservation: string, ordinal: number, { eventId, ticketTypeId } = sale) =>
  shop.ticketKeys.sign({ event: eventId, reservation, ticketType: ticketTypeId, ordinal })
const markOf = (text: string, device = 'A') => ({ id: crypto.randomUUID(), text, at: new Date().toISOString(), device })
const path = (part = '') => `/api/admin/check-in/${sale.eventId}${part}`

/** Sends scans; a slow machine may answer that it is busy. */
async function send(door: TestOperator, ...marks: ReturnType<typeof markOf>[]): Promise<MarkResult['verdict'][]> {
  const answer = await vi.waitFor(async () => {
    const sent = await door.call('POST', path('/marks'), { marks })
    if (sent.status !== 200) throw new Error(sent.text)
    return sent.body as { results: MarkResult[] }
  }, { timeout: 60_000 })
  return marks.map(({ id }) => answer.results.find((result) => result.id === id)!.verdict)
}
const scan = async (text: string, door = doors[0]!) => (await send(door, markOf(text)))[0]!

describe('at the door', () => {
  test('a ticket admits once, also when two devices scan it at the same moment', async () => {
    const id = await book(20)
    const texts = await Promise.all(Array.from({ length: 20 }, (_, i) => textOf(id, i + 1)))
    const verdicts = await Promise.all(texts.flatMap((text) => doors.map((door) => scan(text, door))))
    expect(verdicts.filter(({ kind }) => kind === 'admitted')).toHaveLength(20)
    expect(verdicts.filter(({ kind }) => kind === 'used')).toHaveLength(20)
    expect(await shop.db.select().from(admissions).where(eq(admissions.reservationId, id))).toHaveLength(20)
  })

  test('a second scan says when and where the ticket was used; the first scan sent again changes nothing', async () => {
    const text = await textOf(await book(1), 1)
    const first = markOf(text, 'Gate A')
    expect(await send(doors[0]!, first)).toMatchObject([{ kind: 'admitted', seat: { quantity: 1 } }])
    expect(await send(doors[1]!, markOf(text, 'Gate B'))).toMatchObject([{ kind: 'used', at: first.at, device: 'Gate A' }])
    const acts = async () => (await shop.db.select().from(audit).where(eq(audit.action, 'ticket.admit'))).length
    const before = await acts()
    expect(await send(doors[0]!, first)).toMatchObject([{ kind: 'admitted', at: first.at }])
    expect(await acts()).toBe(before)
  })

  test('scans of a device that was offline are sent together; conflicts are answered for each', async () => {
    const id = await book(3)
    await scan(await textOf(id, 2), doors[1])
    const marks = await Promise.all([3, 2, 1].map(async (ordinal) => markOf(await textOf(id, ordinal))))
    expect((await send(doors[0]!, ...marks)).map(({ kind }) => kind)).toEqual(['admitted', 'used', 'admitted'])
  })

  test('undone once, it can be used again; both are in the audit log with their operator', async () => {
    const id = await book(1)
    const mark = markOf(await textOf(id, 1))
    await send(doors[0]!, mark)
    const undo = () => doors[1]!.call('POST', path('/undo'), { id: mark.id, reservation: id, ordinal: 1 })
    expect((await undo()).status).toBe(204)
    expect((await undo()).status).toBe(404)
    expect((await scan(mark.text)).kind).toBe('admitted')
    const [undone] = await shop.db.select().from(audit)
      .where(and(eq(audit.action, 'ticket.undo'), eq(audit.subject, `event:${sale.eventId}`)))
    expect(undone).toMatchObject({
      actorId: doors[1]!.id,
      detail: expect.stringContaining(ticketCode({ reservation: id, ordinal: 1 })),
    })
  })

  test('tickets of cancelled seats, of another event, changed ones and foreign ones are refused', async () => {
    const id = await book(3)
    await shop.writeBack.flushEvent(sale.eventId)
    expect((await cancel(shop, 'ko', sale.people[0]!.id, id, 2)).kind).toBe('cancelled')
    await shop.writeBack.flushEvent(sale.eventId)
    expect((await scan(await textOf(id, 3))).kind).toBe('cancelled')
    expect((await scan(await textOf(id, 2))).kind).toBe('admitted')
    expect((await scan(await textOf(id, 4))).kind).toBe('unknown')
    expect((await scan(await textOf(await book(1, other), 1, other))).kind).toBe('other_event')
    const text = await textOf(id, 1)
    expect((await scan(text.replace(/\.(.)/, (_, first) => `.${first === 'W' ? 'X' : 'W'}`))).kind).toBe('invalid')
    expect((await scan(await textOf('01a20779-e460-7683-8278-e5fe340e79a3', 1))).kind).toBe('unknown')
    expect((await scan(ticketCode({ reservation: id, ordinal: 1 }).toLowerCase())).kind).toBe('admitted')
    expect((await scan(reservationNumber(id))).kind).toBe('unknown')
  })

  test('the list has what a device needs, and names no buyer; the figures agree with it', async () => {
    const answer = await doors[0]!.call('GET', path())
    const list = answer.body as CheckInList
    const ofOne = list.reservations[0]!
    expect(answer.status).toBe(200)
    expect(list.reservations.every(([, type]) => type === sale.ticketTypeId)).toBe(true)
    expect(list.admitted.length).toBeGreaterThan(20)
    expect(list.admitted.some(({ reservation }) => reservation === ofOne[0])).toBe(true)
    expect(answer.text).not.toContain(sale.people[0]!.nickname)
    expect((await doors[0]!.call('GET', '/api/admin/ticket-keys')).body).toEqual(list.keys)
    const { ticketTypes: [type] } = (await doors[0]!.call('GET', path('/figures'))).body
    expect(type).toMatchObject({
      seats: list.reservations.reduce((sum, [, , seats]) => sum + seats, 0),
      admitted: list.admitted.length,
    })
  })

  test('A145: each download of the list is in the audit log', async () => {
    const downloads = async () =>
      (await shop.db.select().from(audit).where(and(eq(audit.action, 'ticket.list'), eq(audit.actorId, doors[1]!.id)))).length
    const before = await downloads()
    expect((await doors[1]!.call('GET', path())).status).toBe(200)
    expect(await downloads()).toBe(before + 1)
  })

  test('only staff may check tickets, and requests are bounded', async () => {
    const viewer = await createOperator(shop, app, 'viewer')
    expect((await viewer.call('POST', path('/marks'), { marks: [markOf('x')] })).status).toBe(403)
    const many = Array.from({ length: 101 }, () => markOf('x'))
    expect((await doors[0]!.call('POST', path('/marks'), { marks: many })).status).toBe(422)
    expect((await doors[0]!.call('GET', '/api/admin/check-in/999999')).status).toBe(404)
    expect((await doors[0]!.open(`/check-in/${sale.eventId}`)).text).toContain('check-in.js')
  })
})

describe('the tickets of a buyer', () => {
  const open = async (person: Person, of: string, accept = 'text/html') => {
    const { authorization } = await buyerHeaders(person, sale.eventId)
    return await app.request(of, { headers: { authorization, accept } })
  }

  test('are a page, a PDF and a calendar file for the owner; another buyer finds nothing', { timeout: 120_000 }, async () => {
    const id = await book(2)
    const [owner, stranger] = sale.people
    const page = await (await open(owner!, `/tickets/${id}`)).text()
    for (const ordinal of [1, 2]) expect(page).toContain(ticketCode({ reservation: id, ordinal }))
    const files: [string, string][] = [
      [`/tickets/${id}/pdf`, 'application/pdf'],
      [`/api/reservations/${id}/tickets.pdf`, 'application/pdf'],
      [`/tickets/${id}/calendar`, 'text/calendar'],
      [`/api/reservations/${id}/ics`, 'text/calendar'],
    ]
    for (const [file, type] of files) {
      const response = await vi.waitFor(async () => {
        const sent = await open(owner!, file)
        if (sent.status !== 200) throw new Error(String(sent.status))
        return sent
      }, { timeout: 60_000 })
      expect(response.headers.get('content-type')).toContain(type)
      expect(response.headers.get('content-disposition')).toContain(reservationNumber(id))
      expect(response.headers.get('cache-control')).toBe('private, no-store')
      await response.body?.cancel()
    }
    for (const  of of[`/tickets/${id}`].concat(files.map(([file]) => file))) expect((await open(stranger!, of)).status).toBe(404)
  })

  test('end with the reservation', async () => {
    const id = await book(1)
    const [owner] = sale.people
    await shop.writeBack.flushEvent(sale.eventId)
    expect((await cancel(shop, 'ko', owner!.id, id)).kind).toBe('cancelled')
    for (const  of of[`/tickets/${id}`, `/tickets/${id}/pdf`, `/tickets/${id}/calendar`]) {
      expect((await open(owner!, of)).status).toBe(409)
    }
    const guest = await app.request(`/tickets/${id}`, { headers: { accept: 'text/html' } })
    expect([guest.status, guest.headers.get('location')]).toEqual([303, `/login?next=${encodeURIComponent(`/tickets/${id}`)}`])
  })
})
