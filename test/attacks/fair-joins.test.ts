import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Person } from '../../origin/accounts.ts'
import { signAccess } from '../../origin/sessions.ts'
import { type ProofOfWorkChallenge, solveProofOfWork } from '../../web/browser/proof-of-work.ts'
import { tokenKeys } from '../shop.ts'
import { DEFAULT_ROOMS } from '../site.ts'
import { until } from '../until.ts'
import { inBatches, openShopTarget, type ShopTarget } from './shop-target.ts'

/** The tickets that one address took before, in one lobby: all others were shut out. */
const ATTEMPTS = 5_400
const HONEST = 30
const ATTACKER = { 'x-forwarded-for': '198.51.100.77' }

let accounts: ShopTarget
let open: ShopTarget
beforeAll(async () => {
  ;[accounts, open] = await Promise.all([
    openShopTarget({ settings: Object.assign({ ROOM_MODE: 'draw' }, DEFAULT_ROOMS) }),
    openShopTarget({
      settings: {
        ROOM_MODE: 'draw',
        ROOM_IDENTITY: 'anyone',
        ROOM_PROOF_OF_WORK: 'adaptive',
        ROOM_ANONYMOUS_JOINS: '70',
        ROOM_ANONYMOUS_JOINS_PER_MINUTE: '20',
      },
    }),
  ])
})
afterAll(() => Promise.all([accounts.close(), open.close()]))

const ticketsPath = (eventId: number) => `/queue/event-${eventId}/tickets`

/** Opens the sale, and claims for each honest visitor. Returns the statuses of their claims, and their positions. */
async function openAndClaim(
  shop: ShopTarget,
  eventId: number,
  tickets: string[],
  headers: (i: number) => Record<string, string>,
) {
  await shop.shop.openSale(eventId)
  await until(async () => ['open', 'idle'].includes((await shop.snapshotOf(eventId)).phase))
  const claims = await inBatches(tickets.map((ticket, i) => ({ ticket, i })), async ({ ticket, i }) => {
    let claim = await shop.claim(eventId, ticket, headers(i))
    await until(async () => claim.status === 201 || (claim = await shop.claim(eventId, ticket, headers(i))).status === 201)
    return claim
  })
  return claims.map(({ status }) => status)
}

test(
  'A65: 5,400 joins from one address with one account take one position of a room for accounts, and 30 other accounts are let in',
  { timeout: 900_000 },
  async () => {
    const { eventId } = await accounts.shop.addSale({ opensInMs: 600_000 })
    const people = await accounts.shop.addPeople(1 + HONEST)
    const [attacker, ...honest] = await Promise.all(
      people.map(async (person: Person) => `access=${await signAccess({ tokenKeys, now: () => new Date() }, person)}`),
    )
    const join = (headers: Record<string, string>) => accounts.request('POST', ticketsPath(eventId), { headers })
    const attempts = await inBatches(Array.from({ length: ATTEMPTS }), () => join({ ...ATTACKER, cookie: attacker! }), 200)
    const anonymous = await inBatches(Array.from({ length: 20 }), () => join(accounts.newVisitor()))
    const joined = await inBatches(honest, (cookie) => join({ ...accounts.newVisitor(), cookie }))
    const taken = new Set(attempts.filter(({ status }) => status === 201).map(({ body }) => body.index))
    expect([...taken]).toEqual([0])
    expect(new Set(anonymous.map(({ status }) => status))).toEqual(new Set([401]))
    expect(await accounts.issuedTickets(eventId)).toBe(1 + HONEST)
    const statuses = await openAndClaim(accounts, eventId, joined.map(({ body }) => body.ticket), () => ({}))
    expect(statuses).toEqual(Array(HONEST).fill(201))
  },
)

test('A65: an account that joins and leaves in a loop makes few gaps in the queue', async () => {
  const { eventId } = await accounts.shop.addSale({ opensInMs: 600_000 })
  const [person] = await accounts.shop.addPeople(1)
  const cookie = `access=${await signAccess({ tokenKeys, now: () => new Date() }, person!)}`
  const startedAt = performance.now()
  const statuses: number[] = []
  for (let i = 0; i < 40; i++) {
    const joined = await accounts.request('POST', ticketsPath(eventId), { headers: { ...ATTACKER, cookie } })
    const headers = { ...ATTACKER, authorization: `Bearer ${joined.body.ticket}`, cookie }
    statuses.push((await accounts.request('DELETE', ticketsPath(eventId), { headers })).status)
  }
  expect(new Set(statuses)).toEqual(new Set([204, 429]))
  expect(await accounts.issuedTickets(eventId)).toBeLessThanOrEqual(7 + (performance.now() - startedAt) / 60_000)
})

test(
  'A66: in a room that anyone may join, one address that solves every challenge gets its limit, and 30 other addresses are let in',
  { timeout: 900_000 },
  async () => {
    const { eventId } = await open.shop.addSale({ opensInMs: 600_000 })
    await open.snapshotOf(eventId)
    const join = (headers: Record<string, string>) => open.request('POST', ticketsPath(eventId), { headers })
    const startedAt = performance.now()
    let taken = 0
    let challenges = 0
    const refusals = new Map<string, number>()
    const attack = async () => {
      let answer = await join(ATTACKER)
      if (answer.code === 'work_required') {
        challenges++
        const solution = await solveProofOfWork(answer.body.challenge as ProofOfWorkChallenge, () => Promise.resolve())
        answer = await join({ ...ATTACKER, 'x-queue-work': solution })
      }
      if (answer.status === 201) taken++
      else refusals.set(answer.code!, (refusals.get(answer.code!) ?? 0) + 1)
      return answer
    }
    await inBatches(Array.from({ length: ATTEMPTS }), attack, 20)
    // Requests that only fetch a challenge count too.
    const atMost = 70 + (performance.now() - startedAt) / 3_000 + 1
    const joined = await inBatches(Array.from({ length: HONEST }), () => join(open.newVisitor()))
    expect(joined.map(({ status }) => status)).toEqual(Array(HONEST).fill(201))
    expect(taken).toBeGreaterThan(30)
    expect(taken + challenges).toBeLessThanOrEqual(atMost)
    expect(refusals.get('rate_limited')).toBeGreaterThan(ATTEMPTS / 2)
    expect(await open.issuedTickets(eventId)).toBe(taken + HONEST)
    const statuses = await openAndClaim(open, eventId, joined.map(({ body }) => body.ticket), () => ({}))
    expect(statuses).toEqual(Array(HONEST).fill(201))
  },
)

test('A67: a crowd behind one NAT that exceeds the free joins still gets in, with solutions sent from any address of its pool', async () => {
  const { eventId } = await open.shop.addSale({ opensInMs: 600_000 })
  const nat = (i: number) => ({ 'x-forwarded-for': `203.0.113.${i % 4}` })
  const join = (headers: Record<string, string>) => open.request('POST', ticketsPath(eventId), { headers })
  let solved = 0
  const outcomes = await inBatches(Array.from({ length: 160 }, (_, i) => i), async (i) => {
    const first = await join(nat(i))
    if (first.code !== 'work_required') return first
    solved++
    const solution = await solveProofOfWork(first.body.challenge as ProofOfWorkChallenge, () => Promise.resolve())
    return await join({ 'x-forwarded-for': i % 2 ? `203.0.113.${(i + 1) % 4}` : `2001:db8:${i}::1`, 'x-queue-work': solution })
  }, 10)
  expect(outcomes.map(({ status }) => status)).toEqual(Array(160).fill(201))
  expect(solved).toBeGreaterThan(0)
  expect(await open.issuedTickets(eventId)).toBe(160)
})
