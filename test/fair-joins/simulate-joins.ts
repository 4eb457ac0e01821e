import { createLimits, joinLimitOf, type Limit } from '../../edge/limits.ts'
import type { JoinRules } from '../../edge/waiting-room/room-plan.ts'
import { createAgenda, EVENT, SLOT_MS } from '../../edge/waiting-room/simulation/agenda.ts'
import { createWorkDemand, mayDemandWork } from '../../edge/work-demand.ts'
import { createSeededRandom } from '../../runtime/seeded-random.ts'
import { retryIntervalMs } from '../../web/browser/waiting/poll-interval.ts'

/** The lobby of a room: whom it lets join, and the clients that try. Times count from its start. */
export type Lobby = {
  seed: number
  rules: Pick<JoinRules, 'identity' | 'proofOfWork'>
  /** The limit of `anonymousJoin`, and the recent joins above which the proof of work starts. */
  anonymousJoins: Limit
  joinsWithoutWork: number
  lobbyMs: number
  /** Each honest client has an account of its own. It tries until it has a ticket. */
  honest: { address: string }[]
  /** One client that spreads its attempts over the lobby, and alternates between its accounts. An account may be unverified. */
  attacker: { address: string; attempts: number; accounts: { verified: boolean }[] }
}

/** Who owns each ticket, by index. */
export type LobbyReport = { owners: ('honest' | 'attacker')[]; requests: number; challenges: number }

/** Honest clients arrive in this share of the lobby, at its end: the attacker has the addresses' limits to itself before. */
const HONEST_SHARE = 1 / 3
/** SHA-256 hashes a second: an honest client's phone as assumed by the rule itself; native code on one core (docs/decisions/0008). */
const PHONE_SPEED = 1
const NATIVE_SPEED = 6_800_000 / 30_000

type Client = { address: string; account: number; isHonest: boolean; isVerified: boolean; failures: number; isSolved: boolean }

/**
 * Simulates the joins of a lobby on a virtual clock with the rules of production: the limits per address, the demand for proof of work, one
 * ticket per account. The order of the checks is that of `joinQueue` in edge/join.ts.
 */
export function simulateJoins(lobby: Lobby): LobbyReport {
  const { rules, lobbyMs } = lobby
  let nowMs = 0
  const random = createSeededRandom(lobby.seed)
  const limits = createLimits(() => nowMs, { anonymousJoin: lobby.anonymousJoins })
  const demand = createWorkDemand(lobby.joinsWithoutWork, () => nowMs)
  const agenda = createAgenda(lobbyMs)
  const clients = planClients(lobby, random, (atMs, client) => agenda.plan(atMs, client, EVENT.request))
  const ticketOf = new Map<number, number>()
  const report: LobbyReport = { owners: [], requests: 0, challenges: 0 }

  function join(client: Client, id: number): void {
    const { address, account, isHonest, isVerified } = client
    report.requests++
    const { allowed, retryAfterSeconds } = limits.take(joinLimitOf(rules.identity), address)
    if (!allowed) {
      client.failures++
      // A refused attempt of the attacker is over, as its next one follows; but a solution is too expensive to lose.
      if (isHonest) plan(retryIntervalMs(client.failures, retryAfterSeconds * 1_000, random()), id)
      else if (client.isSolved) plan(retryAfterSeconds * 1_000 * random(), id)
      return
    }
    if (rules.identity === 'verified' && !isVerified) return
    if (mayDemandWork(rules) && !hasWorked(client, id)) return
    if (rules.identity !== 'anyone') {
      if (ticketOf.has(account)) return
      ticketOf.set(account, report.owners.length)
    }
    report.owners.push(isHonest ? 'honest' : 'attacker')
  }

  /** Whether the client has done the work that its address owes; otherwise it gets a challenge and returns when it has solved it. */
  function hasWorked(client: Client, id: number): boolean {
    const { address, isHonest } = client
    if (client.isSolved) demand.countSolution(address)
    else if (rules.proofOfWork === 'adaptive' && !demand.isDue(address)) demand.countJoin(address)
    else {
      report.challenges++
      client.isSolved = true
      // The solution is uniform up to twice the expected work.
      plan(2 * random() * demand.countChallenge(address) / (isHonest ? PHONE_SPEED : NATIVE_SPEED), id)
      return false
    }
    return true
  }

  const plan = (afterMs: number, id: number) => agenda.plan(nowMs + Math.max(SLOT_MS, afterMs), id, EVENT.request)

  for (let slot = 0; slot * SLOT_MS < lobbyMs; slot++) {
    nowMs = slot * SLOT_MS
    agenda.run(slot, (id) => join(clients[id]!, id))
  }
  return report
}

/** The clients, each with one attempt: an attacker is many of them. Plans their first requests. */
function planClients(
  { honest, attacker, lobbyMs }: Lobby,
  random: () => number,
  plan: (atMs: number, id: number) => void,
): Client[] {
  const { address, attempts, accounts } = attacker
  const attacks = Array.from({ length: attempts }, (_, i): Client => {
    const account = i % accounts.length
    const isVerified = accounts[account]!.verified
    plan((i + random()) * lobbyMs / attempts, i)
    return { address, account, isHonest: false, isVerified, failures: 0, isSolved: false }
  })
  const others = honest.map(({ address }, i): Client => {
    plan(lobbyMs * (1 - HONEST_SHARE * (1 - random() * 0.9)), attempts + i)
    return { address, account: accounts.length + i, isHonest: true, isVerified: true, failures: 0, isSolved: false }
  })
  return attacks.concat(others)
}
