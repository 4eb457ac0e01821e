import type { Expected, Plan } from './generator.ts'
import type { Latency, Slice } from './latency.ts'
import { median } from './latency.ts'
export { median }
import type { Stage } from './stage.ts'

/** One question about the product, and the measurement that answers it. */
export type Scenario = { name: string; question: string; run(bench: Bench): Promise<void> }

export type Target = { atLeast: number } | { atMost: number }

/** One measured value: the median of the rounds, if it has rounds. */
export type Figure = { what: string; value: number; unit: string; target?: Target; rounds?: number[]; note?: string }

/** How the cost of a task grows with its size. */
export type Growth = { what: string; of: string; unit: string; points: { work: number; cost: number }[] }

/** The measurement of one load. */
export type Run = {
  what: string
  connections: number
  /** `startedAt`: epoch ms. `ms`: from there to the last response. */
  startedAt: number
  ms: number
  responses: number
  perSecond: number
  /** From sending to response; for open arrivals, from the intended time. */
  latency: Latency
  slices: Slice[]
  /** CPU time per response by process, µs. The generator shares the machine, so throughput alone favours the slower server. */
  cpuUs: Record<string, number>
  /** Cores used by other processes of the machine; above DISTURBED_CORES the run is unreliable. */
  othersCores: number
  /** Redis commands per response by name, including those in scripts. */
  redis: Record<string, number>
  errors: number
  wrong: number
  complaints: string[]
  facts: Record<string, number>
  /** Latency by step of the buyers, or by party of the logins. */
  steps?: Record<string, Latency>
  /** The delay between due time and sending; for buyers, the wait for a free connection. */
  late?: Latency
}

/** The parameter of a scenario: the stage and the tools. */
export type Bench = Stage & Tools

/** Measures on a stage and records the figures. */
export type Tools = {
  /** A smoke run: small sizes, one round. */
  isQuick: boolean
  rounds: number
  print(line: string): void
  /** Runs a load against a server and measures it. Errors and wrong responses fail the bench. */
  load(what: string, url: string, load: Load): Promise<Run>
  /** Runs a load unrecorded, to warm up. Wrong responses fail the bench as well. */
  warm(url: string, load: Load): Promise<void>
  report(figure: Figure): void
  reportGrowth(growth: Growth): void
  /** Records a fault: a wrong response, or a difference between responses and stores. */
  fault(what: string): void
}

/** Cores used by other processes beyond which a run is marked as disturbed. */
export const DISTURBED_CORES = 0.3

export type Load = { connections: number; work: Plan['work']; deadlineMs?: number }

export const expectOk = (includes: string): Expected => ({ status: 200, includes })

export type Contender = { name: string; run(round: number): Promise<Run> }

/** Measures contenders in turn, A B A B …, so that disturbances of the machine affect all of them. */
export async function inTurn(bench: Pick<Bench, 'rounds'>, contenders: Contender[]): Promise<Record<string, Run[]>> {
  const runs: Record<string, Run[]> = Object.fromEntries(contenders.map(({ name }) => [name, []]))
  for (let round = 0; round < bench.rounds; round++) {
    for (const { name, run } of contenders) runs[name]!.push(await run(round))
  }
  return runs
}

/** A figure over rounds: the median, and each round. */
export const overRounds = (rounds: number[]): Pick<Figure, 'value' | 'rounds'> => ({ value: median(rounds), rounds })

/** Ratios of two contenders, round by round. */
export const ratios = (ours: Run[], theirs: Run[], by: (run: Run) => number): number[] =>
  ours.map((run, round) => by(run) / by(theirs[round]!))

/** Names a server with its stores: every process but the load generator. */
export const ALTOGETHER = 'altogether'

/** CPU time per response of one server, or with its stores (ALTOGETHER), µs. */
export const cpuOf = ({ cpuUs }: Pick<Run, 'cpuUs'>, server: string): number =>
  server === ALTOGETHER
    ? Object.entries(cpuUs).reduce((sum, [name, us]) => name === 'generator' ? sum : sum + us, 0)
    : cpuUs[server]!

/** Redis commands per response, without the bench's own. */
export const redisCommands = ({ redis }: Pick<Run, 'redis'>): number =>
  Object.values(redis).reduce((sum, calls) => sum + calls, 0)

/** Reports the ratio of two servers twice: by CPU time per response, which other processes do not affect, and by throughput. */
export function reportRatio(
  bench: Pick<Bench, 'report'>,
  what: string,
  [ours, server]: [Run[], string],
  [theirs, base]: [Run[], string],
  target: Target | null,
  rateOf = (run: Run) => run.perSecond,
): void {
  const withTarget = target === null ? {} : { target }
  const rate = (runs: Run[]) => Math.round(median(runs.map(rateOf)))
  const cpu = (runs: Run[], name: string) => median(runs.map((run) => cpuOf(run, name))).toFixed(1)
  bench.report({
    what: `${what}, by CPU`,
    unit: '×',
    note: `${cpu(ours, server)} µs to ${cpu(theirs, base)} µs of CPU each${server === ALTOGETHER ? ', stores included' : ''}`,
    ...overRounds(ours.map((run, round) => cpuOf(theirs[round]!, base) / cpuOf(run, server))),
    ...withTarget,
  })
  bench.report({
    what: `${what}, by throughput`,
    unit: '×',
    note: `${rate(ours)}/s to ${rate(theirs)}/s`,
    ...overRounds(ratios(ours, theirs, rateOf)),
    ...withTarget,
  })
}

/** Formats a figure with its unit. */
export function showValue({ value, unit }: Pick<Figure, 'value' | 'unit'>): string {
  const digits = value === 0 || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 0.1 ? 2 : 4
  return `${value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${unit}`.trim()
}

export const showTarget = ({ target, unit }: Pick<Figure, 'target' | 'unit'>): string =>
  !target
    ? ''
    : 'atLeast' in target
    ? `≥ ${target.atLeast.toLocaleString('en')} ${unit}`.trim()
    : `≤ ${target.atMost.toLocaleString('en')} ${unit}`.trim()

export const isMet = ({ target, value }: Pick<Figure, 'target' | 'value'>): '' | 'yes' | 'no' =>
  !target ? '' : ('atLeast' in target ? value >= target.atLeast : value <= target.atMost) ? 'yes' : 'no'

/** The worst growth of a cost between two neighbouring points, relative to n log n. Below 1 the cost grows more slowly. */
export function worstGrowth({ points }: Pick<Growth, 'points'>): number {
  const shares = points.map(({ work, cost }) => cost / (work * Math.log2(Math.max(2, work))))
  return Math.max(...shares.slice(1).map((share, i) => share / shares[i]!))
}
