import type { Fault } from './faults.ts'

/** The result of one round. `recoverySeconds`: from the end of the fault to the next decided booking. */
export type Round = {
  round: number
  victim: string
  fault: Fault
  requests: number
  booked: number
  cancelled: number
  retries: number
  lost: number
  duplicated: number
  oversold: number
  wrong: number
  recoverySeconds: number
}

const COUNTS = ['requests', 'booked', 'cancelled', 'retries', 'lost', 'duplicated', 'oversold', 'wrong'] as const

export const isFaulty = ({ lost, duplicated, oversold, wrong }: Round): boolean => lost + duplicated + oversold + wrong > 0

/** The rounds as a Markdown table, one row for each victim and one for all. */
export function renderRounds(rounds: Round[]): string {
  const row = (name: string, own: Round[]) => {
    const sums = COUNTS.map((count) => own.reduce((sum, round) => sum + round[count], 0))
    const slowest = Math.max(0, ...own.filter(({ fault }) => fault === 'kill').map(({ recoverySeconds }) => recoverySeconds))
    return `| ${[name, own.length, ...sums, slowest.toFixed(2)].join(' | ')} |`
  }
  const victims = [...new Set(rounds.map(({ victim }) => victim))].sort()
  return [
    `| victim | rounds | ${COUNTS.join(' | ')} | slowest recovery s |`,
    `| ${'--- | '.repeat(COUNTS.length + 2)}--- |`,
    ...victims.map((victim) => row(victim, rounds.filter((round) => round.victim === victim))),
    row('all', rounds),
  ].join('\n')
}

export const renderRound = (result: Round): string =>
  `round ${result.round}: ${result.fault} ${result.victim}; ` +
  COUNTS.map((count) => `${count} ${result[count]}`).join(', ') +
  `; selling again after ${result.recoverySeconds.toFixed(2)} s`
