import { expect, test, vi } from 'vitest'
import { solveProofOfWork } from '../web/browser/proof-of-work.ts'
import { createProofOfWork, type ProofOfWork } from './proof-of-work.ts'
import { createJoinCounts } from './work-demand.ts'

const SECRET = new Uint8Array(32).fill(7)
const ROOM = 'event-1'
const ADDRESS = '2001:db8:0:1::/64'
const SMALLEST = 3_000
const LARGEST = 90_000

let nowMs = 0
const open = (secret = SECRET) => {
  nowMs = Date.UTC(2026, 0, 1)
  return createProofOfWork({ secret, joinsWithoutWork: 3, now: () => nowMs })
}
const solve = async (work: ProofOfWork) => await solveProofOfWork(await work.challenge(ROOM, ADDRESS))
/** The solution with some of its fields replaced. */
const change = (solution: string, fields: object) => btoa(JSON.stringify({ ...JSON.parse(atob(solution)), ...fields }))

test('a solution is accepted once', async () => {
  const work = open()
  const solution = await solve(work)
  expect(await work.check(ROOM, ADDRESS, solution)).toBe('done')
  expect(await work.check(ROOM, ADDRESS, solution)).toBe('spent')
})

test('only one of many simultaneous checks accepts a solution', async () => {
  const work = open()
  const solution = await solve(work)
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => work.check(ROOM, ADDRESS, solution)))
  expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1)
  expect(outcomes.filter((outcome) => outcome === 'spent')).toHaveLength(19)
})

test('another edge with the same secret accepts the solution, one with another secret does not', async () => {
  const solution = await solve(open())
  expect(await open().check(ROOM, ADDRESS, solution)).toBe('done')
  expect(await open(new Uint8Array(32).fill(8)).check(ROOM, ADDRESS, solution)).toBe('wrong')
})

test('a solution is rejected for another room, and stays valid for its own', async () => {
  const work = open()
  const solution = await solve(work)
  expect(await work.check('event-2', ADDRESS, solution)).toBe('wrong')
  expect(await work.check(ROOM, ADDRESS, solution)).toBe('done')
})

test('a solution is accepted once from another address of a NAT pool, or from IPv4 after IPv6, and counts there', async () => {
  const work = open()
  const solution = await solve(work)
  expect(await work.check(ROOM, '192.0.2.1', solution)).toBe('done')
  expect(await work.check(ROOM, ADDRESS, solution)).toBe('spent')
  expect((await work.challenge(ROOM, '192.0.2.1')).maxnumber).toBe(SMALLEST + 450)
})

test('isDue() after the joins that are free for an address, and no more when they are long past', () => {
  const work = open()
  for (let i = 0; i < 3; i++) {
    expect(work.isDue(ADDRESS)).toBe(false)
    work.countJoin(ADDRESS)
  }
  expect([work.isDue(ADDRESS), work.isDue('192.0.2.1')]).toEqual([true, false])
  nowMs += 60_000
  expect(work.isDue(ADDRESS)).toBe(false)
})

test('A102: joins from all networks of an IPv6 /48 count together, and make the next challenge there harder', async () => {
  const work = open()
  const network = (i: number) => `2001:db8:1:${i}::/64`
  for (let i = 0; !work.isDue(network(i)); i++) {
    expect(i).toBeLessThan(100)
    work.countJoin(network(i))
  }
  const elsewhere = '2001:db8:2:0::/64'
  expect(work.isDue(elsewhere)).toBe(false)
  const { maxnumber } = await work.challenge(ROOM, network(1_000))
  expect(maxnumber).toBeGreaterThan((await work.challenge(ROOM, elsewhere)).maxnumber)
})

test('a solution expires two minutes after its challenge, spent or not', async () => {
  const work = open()
  const [used, unused] = [await solve(work), await solve(work)]
  nowMs += 119_000
  expect(await work.check(ROOM, ADDRESS, used)).toBe('done')
  nowMs += 1_000
  expect(await work.check(ROOM, ADDRESS, used)).toBe('expired')
  expect(await work.check(ROOM, ADDRESS, unused)).toBe('expired')
})

test('a request without a solution is rejected as missing', async () => {
  expect(await open().check(ROOM, ADDRESS, undefined)).toBe('missing')
  expect(await open().check(ROOM, ADDRESS, '')).toBe('missing')
})

test('a forged, truncated, oversized or malformed solution is rejected', async () => {
  const work = open()
  const solution = await solve(work)
  const { number, salt, signature } = JSON.parse(atob(solution))
  const forged = [
    change(solution, { number: number + 1 }),
    change(solution, { salt: salt.replace('event-1', 'event-2') }),
    change(solution, { salt: salt.replace(/expires=\d+/, 'expires=9999999999') }),
    change(solution, { signature: '0'.repeat(64) }),
    change(solution, { signature: signature.toUpperCase() }),
    change(solution, { algorithm: 'SHA-1' }),
  ]
  const broken = [solution.slice(0, -8), solution.slice(8), 'null', 'bnVsbA==', 'x', '한글', btoa('{"salt":{}}')]
  const oversized = [btoa(atob(solution) + ' '.repeat(1_024)), 'A'.repeat(10_000_000)]
  for (const bad of [...forged, ...broken, ...oversized]) expect(await work.check(ROOM, ADDRESS, bad)).toBe('wrong')
  expect(await work.check(ROOM, ADDRESS, solution)).toBe('done')
})

test('the boundary between salt and number cannot be moved, to drop the expiry or to spend a solution twice', async () => {
  const work = open()
  const solution = await solve(work)
  const { number, salt } = JSON.parse(atob(solution))
  const [, head, tail] = salt.match(/^(.*&)(expires=.*)$/)
  const moved = [
    change(solution, { salt: head, number: `${tail}${number}` }),
    change(solution, { salt: `${salt}${String(number).slice(0, 1)}`, number: Number(String(number).slice(1)) }),
    change(solution, { salt: salt.slice(0, -1) }),
    change(solution, { number: String(number) }),
  ]
  for (const bad of moved) expect(await work.check(ROOM, ADDRESS, bad)).toBe('wrong')
})

test('room names with delimiters of the salt are distinguished', async () => {
  const work = open()
  const room = 'a&room=b?c=d'
  const solution = await solveProofOfWork(await work.challenge(room, ADDRESS))
  expect(await work.check('a', ADDRESS, solution)).toBe('wrong')
  expect(await work.check(room, ADDRESS, solution)).toBe('done')
})

test('each join makes the next join from its address more expensive, and from no other', async () => {
  const work = open()
  const sizes: number[] = []
  for (let i = 0; i < 5; i++) {
    const challenge = await work.challenge(ROOM, ADDRESS)
    sizes.push(challenge.maxnumber)
    expect(await work.check(ROOM, ADDRESS, await solveProofOfWork(challenge))).toBe('done')
  }
  expect(sizes).toEqual([3_000, 3_900, 4_800, 5_700, 6_600])
  expect((await work.challenge(ROOM, '192.0.2.1')).maxnumber).toBe(SMALLEST)
})

test('challenges cannot be hoarded at the lowest size', async () => {
  const work = open()
  for (let i = 0; i < 100; i++) await work.challenge(ROOM, ADDRESS)
  expect((await work.challenge(ROOM, ADDRESS)).maxnumber).toBe(SMALLEST + 50 * 900)
})

test('the challenge is capped, and becomes cheaper again with time', async () => {
  const work = open()
  for (let i = 0; i < 400; i++) await work.challenge(ROOM, ADDRESS)
  expect((await work.challenge(ROOM, ADDRESS)).maxnumber).toBe(LARGEST)
  nowMs += 120_000
  const later = (await work.challenge(ROOM, ADDRESS)).maxnumber
  expect(later).toBeGreaterThan(SMALLEST)
  expect(later).toBeLessThan(LARGEST)
  nowMs += 900_000
  expect((await work.challenge(ROOM, ADDRESS)).maxnumber).toBeLessThanOrEqual(SMALLEST + 10)
})

test('of 200,000 addresses the 50,000 most recent stay in memory', () => {
  const joins = createJoinCounts(() => 0)
  joins.add('often', 1)
  for (let i = 0; i < 200_000; i++) {
    joins.add(`address ${i}`, 1)
    if (i % 20_000 === 0) joins.add('often', 1)
  }
  expect(joins.size()).toBeLessThanOrEqual(50_000)
  expect(joins.of('often')).toBe(11)
  expect(joins.of('address 0')).toBe(0)
  expect(joins.of('address 199999')).toBe(1)
})

test('solveProofOfWork rejects with a reason where crypto.subtle is missing', async () => {
  const challenge = await open().challenge(ROOM, ADDRESS)
  vi.stubGlobal('crypto', {})
  await expect(solveProofOfWork(challenge)).rejects.toThrow('no crypto.subtle')
  vi.unstubAllGlobals()
})
