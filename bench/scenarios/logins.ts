/**
 * How long does a login take while others guess passwords? 90 connections from 20 addresses send wrong passwords, half of them for accounts
 * that exist, without a pause; meanwhile owners log in from addresses of their own, at a third of the rate that the origin can hash.
 */
import { addUsers, emailOfUser } from '../../dev/sale-fixtures.ts'
import { hashPassword } from '../../runtime/password-hash.ts'
import { addressOf, type LoadRequest } from '../load.ts'
import { type Bench, inTurn, overRounds, ratios, type Run, type Scenario } from '../scenario.ts'

const PASSWORD = 'correct horse'
const ATTACK = { connections: 90, addresses: 20 }
/** Beyond the attack, for owners that wait for an answer. */
const OWNER_CONNECTIONS = 100
const SHARE_OF_CAPACITY = 1 / 3

export const logins: Scenario = {
  name: 'logins',
  question: 'How long does a login take while others guess passwords?',
  async run(bench) {
    const count = bench.isQuick ? 20 : 120
    await addUsers(bench.db, count, new Date(), await hashPassword(PASSWORD))
    const edge = await bench.startEdge(await bench.startOrigin())
    const hashRate = await measureHashRate(bench, edge.url, bench.isQuick ? 40 : 160)
    const perSecond = hashRate * SHARE_OF_CAPACITY
    bench.print(`  ${Math.round(hashRate)} hashes/s; ${perSecond.toFixed(1)} owners/s`)
    let runs = 0
    const logIn = (what: string, isAttacked: boolean) => async () => {
      const work = {
        kind: 'logins' as const,
        owners: loginRequests(count, runs),
        perSecond,
        leadMs: isAttacked ? 2_000 : 0,
        attack: isAttacked ? { connections: ATTACK.connections, guesses: guesses(count, runs) } : null,
      }
      runs++
      const run = await bench.load(what, edge.url, { connections: ATTACK.connections + OWNER_CONNECTIONS, work })
      describe(bench, run)
      return run
    }
    const { quiet, attacked } = await inTurn(bench, [
      { name: 'quiet', run: logIn('owners alone', false) },
      { name: 'attacked', run: logIn('owners under attack', true) },
    ])
    reportLogins(bench, quiet!, attacked!)
    bench.report({ what: 'hashes per second, nothing else', value: hashRate, unit: '/s' })
  },
}

/** Checks of wrong passwords per second, each from another address and for another account. */
async function measureHashRate(bench: Bench, url: string, count: number): Promise<number> {
  const requests = Array.from(
    { length: count },
    (_, i) => login(`nobody${i}@bench.example`, 'wrong horse', addressOf(900_000 + i)),
  )
  const work = { kind: 'once' as const, requests, expect: { status: 401 } }
  return (await bench.load('wrong passwords, closed loop', url, { connections: 8, work })).perSecond
}

/** A login of each account, from an address of its own; `run` selects other addresses. */
const loginRequests = (accounts: number, run: number): LoadRequest[] =>
  Array.from({ length: accounts }, (_, i) => login(emailOfUser(i), PASSWORD, addressOf(run * accounts + i)))

/** Wrong passwords for accounts that exist, which the back-off delays soon, and in turn for ever new ones. */
function guesses(accounts: number, run: number): LoadRequest[] {
  const count = 40_000
  return Array.from({ length: count }, (_, i) => {
    const email = i % 2 === 0 ? emailOfUser((i / 2) % accounts) : `guess${run * count + i}@bench.example`
    return login(email, 'wrong horse', `198.51.100.${i % ATTACK.addresses}`)
  })
}

const login = (email: string, password: string, address: string): LoadRequest => ({
  method: 'POST',
  path: '/api/auth/login',
  headers: { accept: 'application/json', 'content-type': 'application/json', 'x-forwarded-for': address },
  body: JSON.stringify({ email, password }),
})

const answers = ({ facts }: Run, name: string) => facts[name] ?? 0
const owner = (run: Run) => run.steps!['owner']!
const hashesPerSecond = (run: Run) => (answers(run, 'owner 200') + answers(run, 'attacker 401')) / run.ms * 1000
const successShare = (run: Run) => 100 * answers(run, 'owner 200') / owner(run).count

function describe(bench: Bench, run: Run): void {
  const { p50, p95, p99 } = owner(run)
  const facts = Object.entries(run.facts).map(([name, times]) => `${name}: ${times}`).join(', ')
  bench.print(
    `    owners: p50 ${p50.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms; ${
      hashesPerSecond(run).toFixed(1)
    } hashes/s; ${facts}`,
  )
}

function reportLogins(bench: Bench, quiet: Run[], attacked: Run[]): void {
  const over = (runs: Run[], what: (run: Run) => number) => overRounds(runs.map(what))
  bench.report({
    what: 'logins that succeed under attack, at the first try',
    unit: '%',
    target: { atLeast: 95 },
    ...over(attacked, successShare),
  })
  for (const percentile of ['p50', 'p95', 'p99'] as const) {
    const target = percentile === 'p95' ? { target: { atMost: 3_000 } } : {}
    bench.report({
      what: `login ${percentile} under attack, from the intended time`,
      unit: 'ms',
      ...over(attacked, (run) => owner(run)[percentile]),
      ...target,
    })
    bench.report({ what: `login ${percentile} without attack`, unit: 'ms', ...over(quiet, (run) => owner(run)[percentile]) })
  }
  bench.report({
    what: 'login p95 under attack to none',
    unit: '×',
    ...overRounds(ratios(attacked, quiet, (run) => owner(run).p95)),
  })
  bench.report({ what: 'hashes per second under attack', unit: '/s', ...over(attacked, hashesPerSecond) })
}
