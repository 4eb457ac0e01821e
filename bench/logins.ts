import type { LoadRequest, PendingRequest, Source } from './load.ts'

/** Who sends a request; the index is the `kind` of its sample. */
export const PARTIES = ['owner', 'attacker'] as const
const [OWNER, ATTACKER] = [0, 1]

/** `connections` guesses are under way at any time: as soon as one is answered, the next of `guesses` follows, in turn. */
export type Attack = { connections: number; guesses: LoadRequest[] }

/**
 * Owners log in once each, in open arrivals at `perSecond`. The attack, if any, begins `leadMs` earlier and ends when the last owner has an
 * answer.
 */
export type Logins = { owners: LoadRequest[]; perSecond: number; leadMs: number; attack: Attack | null }

/** Answers that an owner or an attacker may get. `busy` and `rate_limited` count against the shop when an owner gets them. */
const OWNER_ANSWERS = [200, 429, 503]
const ATTACKER_ANSWERS = [401, 429, 503]

/** Counts the answers by party and status, as `owner 200`. An owner does not try again. */
export function openLogins({ owners, perSecond, leadMs, attack }: Logins): { source: Source; facts(): Record<string, number> } {
  const counts: Record<string, number> = {}
  const underway = [0, 0]
  let [arrived, guessed] = [0, 0]

  function send(party: number, request: LoadRequest, dueMs: number, expected: number[]): PendingRequest {
    underway[party]!++
    return {
      request,
      dueMs,
      kind: party,
      onResponse(status, body) {
        underway[party]!--
        const name = `${PARTIES[party]} ${status}`
        counts[name] = (counts[name] ?? 0) + 1
        return expected.includes(status) ? null : `the ${name} ${body.slice(0, 200)}`
      },
    }
  }

  return {
    facts: () => ({ ...counts }),
    source(nowMs) {
      const dueMs = leadMs + arrived / perSecond * 1000
      const isOver = arrived === owners.length
      if (!isOver && dueMs <= nowMs) return send(OWNER, owners[arrived++]!, dueMs, OWNER_ANSWERS)
      const isAttacking = attack !== null && !(isOver && underway[OWNER] === 0)
      if (isAttacking && underway[ATTACKER]! < attack.connections) {
        return send(ATTACKER, attack.guesses[guessed++ % attack.guesses.length]!, nowMs, ATTACKER_ANSWERS)
      }
      // While owners wait for their answers, nothing is due until one arrives.
      return isOver ? (underway[OWNER] === 0 ? null : nowMs + 50) : dueMs
    },
  }
}
