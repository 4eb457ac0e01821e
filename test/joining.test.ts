import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Position, Snapshot } from '../edge/contract/rooms.ts'
import { signAccess } from '../origin/sessions.ts'
import { type ProofOfWorkChallenge, solveProofOfWork } from '../web/browser/proof-of-work.ts'
import { send } from './http.ts'
import { tokenKeys } from './shop.ts'
import { openSite, type Site } from './site.ts'
import { until } from './until.ts'

type Ticket = Position & { index: number; ticket: string }
type Problem = { code: string; retryAfterSeconds?: number; challenge?: ProofOfWorkChallenge }

let site: Site
const join = (eventId: number, headers: Record<string, string> = {}) =>
  fetch(`${site.edgeUrl}/queue/event-${eventId}/tickets`, { method: 'POST', headers })
/** What the button of a page that joins the line leads to. */
async function press(eventId: number, headers: Record<string, string> = {}): Promise<[number, string | null]> {
  const { status, location } = await send(`${site.edgeUrl}/queue/event-${eventId}/tickets`, {
    method: 'POST',
    headers: { ...headers, accept: 'text/html' },
  })
  return [status, location]
}

describe('where every account has one place', () => {
  beforeAll(async () => void (site = await openSite({ ROOM_REQUIRES_LOGIN: 'yes', ROOM_MAX_WAITING: '2', ROOM_CAPACITY: '1' })))
  afterAll(() => site.close())

  test('whoever is not logged in is asked to; an account has the same place on every device', async () => {
    const { eventId } = await site.shop.addSale({ opensInMs: 600_000 })
    const [one, other] = await site.shop.addPeople(2)
    const access = async (person: typeof one) => await signAccess({ tokenKeys, now: () => new Date() }, person!)
    const refused = await join(eventId)
    expect([refused.status, (await refused.json() as Problem).code]).toEqual([401, 'unauthenticated'])

    const phone = await (await join(eventId, { cookie: `access=${await access(one)}` })).json() as Ticket
    const desk = await (await join(eventId, { authorization: `Bearer ${await access(one)}` })).json() as Ticket
    expect([desk.index, desk.position]).toEqual([phone.index, phone.position])
    const neighbour = await (await join(eventId, { cookie: `access=${await access(other)}` })).json() as Ticket
    expect(neighbour.index).toBe(phone.index + 1)

    // Having given the place up, the account takes a new one, at the end.
    await fetch(`${site.edgeUrl}/queue/event-${eventId}/tickets`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${phone.ticket}` },
    })
    await until(async () => (await snapshot(eventId)).issued === 2)
    const full = await join(eventId, { cookie: `access=${await access(one)}` })
    expect([full.status, (await full.json() as Problem).code, full.headers.get('retry-after')]).toEqual([503, 'queue_full', '30'])
    expect(await press(eventId, { cookie: `access=${await access(one)}` })).toEqual([303, `/queue/event-${eventId}`])
  })
})

describe('where every account has one place, and the sale is open', () => {
  beforeAll(async () => void (site = await openSite({ ROOM_REQUIRES_LOGIN: 'yes' })))
  afterAll(() => site.close())

  test('a place that was handed on, or sold, is worth nothing to another account', async () => {
    const { eventId, ticketTypeIds } = await site.shop.addSale()
    const people = await site.shop.addPeople(2)
    const [seller, buyer] = await Promise.all(people.map(async (person) => ({
      authorization: `Bearer ${await signAccess({ tokenKeys, now: () => new Date() }, person)}`,
    })))
    const { ticket } = await (await join(eventId, seller)).json() as Ticket
    const { pass } = await (await fetch(`${site.edgeUrl}/queue/event-${eventId}/pass`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ticket}` },
    })).json() as { pass: string }
    const book = (who: typeof seller) =>
      send(`${site.edgeUrl}/api/events/${eventId}/reservations`, {
        method: 'POST',
        headers: { ...who, 'x-queue-pass': pass, 'idempotency-key': 'once', 'content-type': 'application/json' },
        body: JSON.stringify({ ticketTypeId: ticketTypeIds[0], quantity: 1 }),
      })
    expect(await book(buyer)).toMatchObject({ status: 403, code: 'pass_in_use' })
    expect(await book(seller)).toMatchObject({ status: 201 })
  })

  test('two accounts that share a browser have a place each', async () => {
    const { eventId } = await site.shop.addSale({ opensInMs: 600_000 })
    const people = await site.shop.addPeople(2)
    const [one, other] = await Promise.all(people.map((person) => signAccess({ tokenKeys, now: () => new Date() }, person)))
    const first = await (await join(eventId, { cookie: `access=${one}` })).json() as Ticket
    const kept = `ticket-event-${eventId}=${first.ticket}`
    const again = await join(eventId, { cookie: `access=${one}; ${kept}` })
    expect([again.status, (await again.json() as Ticket).index]).toEqual([200, first.index])
    const second = await join(eventId, { cookie: `access=${other}; ${kept}`, authorization: `Bearer ${first.ticket}` })
    expect([second.status, (await second.json() as Ticket).index]).toEqual([201, first.index + 1])
    // Whoever is logged out meanwhile keeps the place.
    expect((await join(eventId, { cookie: kept })).status).toBe(200)
  })
})

describe('where joining costs work', () => {
  beforeAll(async () => void (site = await openSite({ ROOM_PROOF_OF_WORK: 'yes' })))
  afterAll(() => site.close())

  test('a ticket is given for the solution of the task, once', async () => {
    const { eventId } = await site.shop.addSale({ opensInMs: 600_000 })
    const asked = await join(eventId)
    const problem = await asked.json() as Problem
    expect([asked.status, problem.code]).toEqual([428, 'work_required'])
    // A form cannot do it: the page of the line can.
    expect(await press(eventId)).toEqual([303, `/queue/event-${eventId}`])
    const solution = await solveProofOfWork(problem.challenge!)
    expect((await join(eventId, { 'x-queue-work': solution })).status).toBe(201)
    expect((await join(eventId, { 'x-queue-work': solution })).status).toBe(428)
    expect((await join(eventId, { 'x-queue-work': solution.slice(4) })).status).toBe(428)
    expect((await snapshot(eventId)).issued).toBeLessThanOrEqual(1)
  })

  test('near the front each tick is told as it happens, to those near the front alone', async () => {
    const { eventId } = await site.shop.addSale({ opensInMs: 3_000 })
    const solved = async () => {
      const { challenge } = await (await join(eventId)).json() as Problem
      return await (await join(eventId, { 'x-queue-work': await solveProofOfWork(challenge!) })).json() as Ticket
    }
    const { ticket } = await solved()
    const stream = await fetch(`${site.edgeUrl}/queue/event-${eventId}/events`, {
      headers: { authorization: `Bearer ${ticket}` },
    })
    expect(stream.headers.get('content-type')).toContain('text/event-stream')
    const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader()
    const phases = new Set<string>()
    let text = ''
    while (!phases.has('idle')) {
      text += (await reader.read()).value ?? ''
      for (const [, json] of text.matchAll(/^data: (.+)\n\n/gm)) phases.add((JSON.parse(json!) as Snapshot).phase)
    }
    expect([phases.has('lobby'), phases.has('idle')]).toEqual([true, true])
    await reader.cancel()

    const { eventId: later } = await site.shop.addSale({ opensInMs: 600_000 })
    const { challenge } = await (await join(later)).json() as Problem
    const far = await (await join(later, { 'x-queue-work': await solveProofOfWork(challenge!) })).json() as Ticket
    const refused = await fetch(`${site.edgeUrl}/queue/event-${later}/events`, {
      headers: { authorization: `Bearer ${far.ticket}` },
    })
    expect(refused.status).toBe(425)
    const unknown = await fetch(`${site.edgeUrl}/queue/event-${later}/events`)
    expect(unknown.status).toBe(401)
  })
})

const snapshot = async (eventId: number) => await (await fetch(`${site.edgeUrl}/queue/event-${eventId}`)).json() as Snapshot
