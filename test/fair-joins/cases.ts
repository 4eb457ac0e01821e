import { readConfig } from '../../edge/config.ts'
import { prepareDraw } from '../../edge/contract/draw.ts'
import type { Limit } from '../../edge/limits.ts'
import { simulate } from '../../edge/waiting-room/simulation/simulate.ts'
import { type Lobby, type LobbyReport, simulateJoins } from './simulate-joins.ts'

export const HONEST = 30
export const ATTEMPTS = 5_400
/** A small sale: a room of 100 and visits of 20 s, in which everybody who enters buys a seat. */
export const SEATS = 300

const { admission, anonymousJoins, joinsWithoutWork } = readConfig({
  ORIGIN_URL: 'http://127.0.0.1',
  REDIS_URL: 'redis://127.0.0.1',
  TOKEN_SECRET: 'only-for-the-simulation-of-joins',
})
const NO_LIMIT: Limit = { burst: 1_000_000, perSecond: 1_000_000 }
/** The limits of A66 in `test/attacks/fair-joins.test.ts`, for a room in which a crowd behind one address is not expected. */
const STRICT_LIMIT: Limit = { burst: 70, perSecond: 20 / 60 }

const ATTACKER = '198.51.100.77'
const HOMES = Array.from({ length: HONEST }, (_, i) => ({ address: `203.0.113.${i}` }))
const behind = (address: string) => HOMES.map(() => ({ address }))
const accounts = (count: number, verified = count) => Array.from({ length: count }, (_, i) => ({ verified: i < verified }))

export type Case = { name: string; from: string; lobby: Omit<Lobby, 'seed'> }

const lobby = (changes: Partial<Omit<Lobby, 'seed'>>, attackers = accounts(1)): Omit<Lobby, 'seed'> =>
  Object.assign({
    rules: { identity: 'account', proofOfWork: 'adaptive' },
    anonymousJoins,
    joinsWithoutWork,
    lobbyMs: admission.lobbyMs,
    honest: HOMES,
    attacker: { address: ATTACKER, attempts: ATTEMPTS, accounts: attackers },
  }, changes)

const ANYONE = { identity: 'anyone', proofOfWork: 'adaptive' } as const
const VERIFIED = { identity: 'verified', proofOfWork: 'adaptive' } as const
const UNLIMITED = { rules: { identity: 'anyone', proofOfWork: 'never' }, anonymousJoins: NO_LIMIT } as const
const OWN = 'an address each'
const NAT = 'one other address'
const SAME = 'the attacker’s address'

/** The lobbies to compare. `from`: where the honest visitors are. */
export const CASES = {
  unlimited: { name: '`anyone`, no limits, no proof of work', from: OWN, lobby: lobby(UNLIMITED) },
  anyone: { name: '`anyone`, defaults', from: OWN, lobby: lobby({ rules: ANYONE }) },
  anyoneNat: { name: '`anyone`, defaults', from: NAT, lobby: lobby({ rules: ANYONE, honest: behind('203.0.113.1') }) },
  anyoneSame: { name: '`anyone`, defaults', from: SAME, lobby: lobby({ rules: ANYONE, honest: behind(ATTACKER) }) },
  strict: {
    name: '`anyone`, 70 joins, then 20 a minute',
    from: OWN,
    lobby: lobby({ rules: ANYONE, anonymousJoins: STRICT_LIMIT }),
  },
  account: { name: '`account`, the attacker has 1', from: OWN, lobby: lobby({}) },
  accountNat: { name: '`account`, the attacker has 1', from: NAT, lobby: lobby({ honest: behind('203.0.113.1') }) },
  accountSame: { name: '`account`, the attacker has 1', from: SAME, lobby: lobby({ honest: behind(ATTACKER) }) },
  account10: { name: '`account`, the attacker has 10', from: OWN, lobby: lobby({}, accounts(10)) },
  account100: { name: '`account`, the attacker has 100', from: OWN, lobby: lobby({}, accounts(100)) },
  account1000: { name: '`account`, the attacker has 1,000', from: OWN, lobby: lobby({}, accounts(1_000)) },
  verified: {
    name: '`verified`, the attacker has 1,000, of which 10 are',
    from: OWN,
    lobby: lobby({ rules: VERIFIED }, accounts(1_000, 10)),
  },
} as const satisfies Record<string, Case>

/** Tickets of the attacker; honest visitors with a ticket at the opening; and those with a turn before the seats are gone, on average. */
export type Outcome = { attackerTickets: number; honestTickets: number; honestTurns: number }

const DRAWS = 20

/** Simulates the lobby of a case, and its sale with many draws. */
export async function play({ lobby }: Case, seed = 1): Promise<Outcome> {
  const report = simulateJoins(Object.assign({ seed }, lobby))
  const entered = enteredPositions(report.owners.length, seed)
  const turns: number[] = []
  for (let draw = 1; draw <= DRAWS; draw++) turns.push(await countTurns(report, entered, seed * DRAWS + draw))
  const honestTickets = report.owners.filter((owner) => owner === 'honest').length
  return {
    attackerTickets: report.owners.length - honestTickets,
    honestTickets,
    honestTurns: turns.reduce((sum, count) => sum + count, 0) / DRAWS,
  }
}

async function countTurns({ owners }: LobbyReport, entered: boolean[], seed: number): Promise<number> {
  const { positionOf } = await prepareDraw(seed.toString(16).padStart(64, '0'), owners.length)
  return owners.filter((owner, index) => owner === 'honest' && entered[positionOf(index)]).length
}

/** Which positions of a queue get a turn before the seats are gone. */
function enteredPositions(people: number, seed: number): boolean[] {
  const opensAtMs = 2_000
  const { enteredAtMs } = simulate({
    seed,
    admission: Object.assign({}, admission, { mode: 'fifo', capacity: 100 }),
    opensAtMs,
    untilMs: opensAtMs + 300_000,
    arrivals: [{ people, fromMs: 0, toMs: opensAtMs }],
    noShows: 0,
    visit: { requests: 4, pauseMs: 5_000, seats: 1, buys: 1 },
    seats: SEATS,
    origin: { workers: 64, serviceMs: 5 },
  })
  return Array.from(enteredAtMs, (atMs) => atMs >= 0)
}
