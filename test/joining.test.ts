import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Position, Snapshot } from '../edge/contract/rooms.ts'
import type { Person } from '../origin/accounts.ts'
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
/** Sends the form of the join button. Returns the status and where it redirects to. */
async function submitJoinForm(eventId: number, headers: Record<string, string> = {}): Promise<[number, string | null]> {
  const { status, location } = await send(`${site.edgeUrl}/queue/event-${eventId}/tickets`, {
    method: 'POST',
    headers: { ...headers, accept: 'text/html' },
  })
  return [status, location]
}

describe('a room that requires login', () => {
  beforeAll(async () => void (site = await openSite({ ROOM_IDENTITY: 'account', ROOM_MAX_WAITING: '2', ROOM_CAPACITY: '1' })))
  afterAll(() => site.close())

  test('rejects visitors who are not logged in; gives an account the same position on every device', async () => {
    const { eventId } = await site.shop.addSale({ opensInMs: 600_000 })
    const [person, otherPerson] = await site.shop.addPeople(2)
    const access = async (person: Person | undefined) => await signAccess({ tokenKeys, now: () => new Date() }, person!)
    const refused = await join(eventId)
    expect([refused.status, (await refused.json() as Problem).code]).toEqual([401, 'unauthenticated'])

    const phone = await (await join(eventId, { cookie: `access=${await access(person)}` })).json() as Ticket
    const laptop = await (await join(eventId, { authorization: `Bearer ${await access(person)}` })).json() as Ticket
    expect([laptop.index, laptop.position]).toEqual([phone.index, phone.position])
    const next = await (await join(eventId, { cookie: `access=${await access(otherPerson)}` })).json() as Ticket
    expect(next.index).toBe(phone.index + 1)

    // After leaving, the account joins at the end, and the queue is full.
    await fetch(`${site.edgeUrl}/queue/event-${eventId}/tickets`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${phone.ticket}` },
    })
    await until(async () => (await snapshot(eventId)).issued === 2)
    const full = await join(eventId, { cookie: `access=${await access(person)}` })
    expect([full.status, (await full.json() as Problem).code, full.headers.get('retry-after')]).toEqual([503, 'queue_full', '30'])
    expect(await submitJoinForm(eventId, { cookie: `access=${await access(person)}` })).toEqual([303, `/queue/event-${eventId}`])
  })
})

describe('a room that requires login, with an open sale', () => {
  beforeAll(async () => void (site = await openSite({ ROOM_IDENTITY: 'account' })))
  afterAll(() => site.close())

  test('a pass that was passed on or sold does not work for another account', async () => {
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
    const book = (account: typeof seller) =>
      send(`${site.edgeUrl}/api/events/${eventId}/reservations`, {
        method: 'POST',
        headers: { ...account, 'x-queue-pass': pass, 'idempotency-key': 'once', 'content-type': 'application/json' },
        body: JSON.stringify({ ticketTypeId: ticketTypeIds[0], quantity: 1 }),
      })
    expect(await book(buyer)).toMatchObject({ status: 403, code: 'pass_in_use' })
    expect(await book(seller)).toMatchObject({ status: 201 })
  })

  test('two accounts that share a browser have a position each', async () => {
    const { eventId } = await site.shop.addSale({ opensInMs: 600_000 })
    const people = await site.shop.addPeople(2)
    const [access, otherAccess] = await Promise.all(
      people.map((person) => signAccess({ tokenKeys, now: () => new Date() }, person)),
    )
    const first = await (await join(eventId, { cookie: `access=${access}` })).json() as Ticket
    const ticketCookie = `ticket-event-${eventId}=${first.ticket}`
    const again = await join(eventId, { cookie: `access=${access}; ${ticketCookie}` })
    expect([again.status, (await again.json() as Ticket).index]).toEqual([200, first.index])
    const second = await join(eventId, {
      cookie: `access=${otherAccess}; ${ticketCookie}`,
      authorization: `Bearer ${first.ticket}`,
    })
    expect([second.status, (await second.json() as Ticket).index]).toEqual([201, first.index + 1])
    // A visitor who logs out keeps their position.
    expect((await join(eventId, { cookie: ticketCookie })).status).toBe(200)
  })
})

describe('a room that requires proof of work', () => {
  beforeAll(async () => void (site = await openSite({ ROOM_PROOF_OF_WORK: 'always' })))
  afterAll(() => site.close())

  test('accepts the solution of a challenge once', async () => {
    const { eventId } = await site.shop.addSale({ opensInMs: 600_000 })
    const refused = await join(eventId)
    const problem = await refused.json() as Problem
    expect([refused.status, problem.code]).toEqual([428, 'work_required'])
    // A form cannot solve the challenge; the script of the waiting page can.
    expect(await submitJoinForm(eventId)).toEqual([303, `/queue/event-${eventId}`])
    const solution = await solveProofOfWork(problem.challenge!)
    expect((await join(eventId, { 'x-queue-work': solution })).status).toBe(201)
    expect((await join(eventId, { 'x-queue-work': solution })).status).toBe(428)
    expect((await join(eventId, { 'x-queue-work': solution.slice(4) })).status).toBe(428)
    expect((await snapshot(eventId)).issued).toBeLessThanOrEqual(1)
  })

  test('streams every tick to visitors near the front, and only to them', async () => {
    const { eventId } = await site.shop.addSale({ opensInMs: 20_000 })
    const { ticket } = await joinWithWork(eventId)
    const stream = await fetch(`${site.edgeUrl}/queue/event-${eventId}/events`, {
      headers: { authorization: `Bearer ${ticket}` },
    })
    expect(stream.headers.get('content-type')).toContain('text/event-stream')
    const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader()
    const phases = new Set<string>()
    let text = ''
    const readUntil = async (phase: Snapshot['phase']) => {
      while (!phases.has(phase)) {
        text += (await reader.read()).value ?? ''
        for (const [, json] of text.matchAll(/^data: (.+)\n\n/gm)) phases.add((JSON.parse(json!) as Snapshot).phase)
      }
    }
    await readUntil('lobby')
    await site.shop.openSale(eventId)
    await readUntil('idle')
    await reader.cancel()

    const { eventId: laterId } = await site.shop.addSale({ opensInMs: 600_000 })
    const later = await joinWithWork(laterId)
    const tooEarly = await fetch(`${site.edgeUrl}/queue/event-${laterId}/events`, {
      headers: { authorization: `Bearer ${later.ticket}` },
    })
    expect(tooEarly.status).toBe(425)
    const withoutTicket = await fetch(`${site.edgeUrl}/queue/event-${laterId}/events`)
    expect(withoutTicket.status).toBe(401)
  })
})

async function joinWithWork(eventId: number): Promise<Ticket> {
  const { challenge } = await (await join(eventId)).json() as Problem
  return await (await join(eventId, { 'x-queue-work': await solveProofOfWork(challenge!) })).json() as Ticket
}

const snapshot = async (eventId: number) => await (await fetch(`${site.edgeUrl}/queue/event-${eventId}`)).json() as Snapshot
