import type { Expected, Plan } from './generator.ts'
import type { Latency, Slice } from './latency.ts'
import { median } from './latency.ts'
export { median }
import type { Stage } from './stage.ts'

/** One question about the product, with the way to its answer. */
export type Scenario = { name: string; question: string; run(bench: Bench): Promise<void> }

export type Target = { atLeast: number } | { atMost: number }

/** One answer: a median over the rounds where there are rounds. */
export type Figure = { what: string; value: number; unit: string; target?: Target; rounds?: number[]; note?: string }

/** How the cost of a whole work grows with its size. */
export type Growth = { what: string; of: string; unit: string; points: { work: number; cost: number }[] }

/** What one load has shown. */
export type Run = {
  what: string
  connections: number
  /** Epoch ms of the start, and from there to the last answer. */
  startedAt: number
  ms: number
  responses: number
  perSecond: number
  /** From pending to answer; of open arrivals, from the intended time. */
  latency: Latency
  slices: Slice[]
  /** CPU time per answer by process, µs: with the generator beside the servers, throughput alone flatters the slow. */
  cpuUs: Record<string, number>
  /** Cores that others on the machine kept busy meanwhile: with many, the run says little. */
  othersCores: number
  /** Redis commands per answer by name, those inside scripts included. */
  redis: Record<string, number>
  errors: number
  wrong: number
  complaints: string[]
  facts: Record<string, number>
  /** Latency of each step of the buyers. */
  steps?: Record<string, Latency>
  /** How late requests were sent: of buyers, the time for which nobody had a hand free. */
  late?: Latency
}

/** What a scenario works with. */
export type Bench = Stage & Tools

/** What measures on a stage, and keeps what it finds. */
export type Tools = {
  /** A smoke run: small sizes, one round. */
  isQuick: boolean
  rounds: number
  print(line: string): void
  /** Puts a load on a server and measures it; errors and wrong responses fail the whole bench. */
  load(what: string, url: string, load: Load): Promise<Run>
  /** The same, unrecorded, to warm up; wrong responses count all the same. */
  warm(url: string, load: Load): Promise<void>
  report(figure: Figure): void
  reportGrowth(growth: Growth): void
  /** Something is wrong with an answer or with the books. */
  fault(what: string): void
}

/** A run beside which others kept more than this busy says little. */
export const DISTURBED_CORES = 0.3

export type Load = { connections: number; work: Plan['work']; deadlineMs?: number }

export const expectOk = (includes: string): Expected => ({ status: 200, includes })

export type Contender = { name: string; run(round: number): Promise<Run> }

/** Measures contenders in turn, A B A B …, so that what the machine does besides hits all alike. */
export async function inTurn(bench: Pick<Bench, 'rounds'>, contenders: Contender[]): Promise<Record<string, Run[]>> {
  const runs: Record<string, Run[]> = Object.fromEntries(contenders.map(({ name }) => [name, []]))
  for (let round = 0; round < bench.rounds; round++) {
    for (const { name, run } of contenders) runs[name]!.push(await run(round))
  }
  return runs
}

/** A figure over rounds: their median, and each of them. */
export const overRounds = (rounds: number[]): Pick<Figure, 'value' | 'rounds'> => ({ value: median(rounds), rounds })

/** Ratios of two contenders, round by round. */
export const ratios = (ours: Run[], theirs: Run[], by: (run: Run) => number): number[] =>
  ours.map((run, round) => by(run) / by(theirs[round]!))

/** In the place of a server: it with its stores, all but the load generator. */
export const ALTOGETHER = 'altogether'

/** CPU time per answer of one server, or of it with its stores, µs. */
export const cpuOf = ({ cpuUs }: Pick<Run, 'cpuUs'>, server: string): number =>
  server === ALTOGETHER
    ? Object.entries(cpuUs).reduce((sum, [name, us]) => name === 'generator' ? sum : sum + us, 0)
    : cpuUs[server]!

/** All Redis commands per answer, but those with which the bench itself looks. */
export const redisCommands = ({ redis }: Pick<Run, 'redis'>): number =>
  Object.values(redis).reduce((sum, calls) => sum + calls, 0)

/** Tells how one server does against another: by responses, and by responses for the same CPU time, which no other process can flatter. */
export function reportRatio(
  bench: Pick<Bench, 'report'>,
  what: string,
  [ours, server]: [Run[], string],
  [theirs, base]: [Run[], string],
  target: Target | null,
  rateOf = (run: Run) => run.perSecond,
): void {
  const wanted = target === null ? {} : { target }
  const rate = (runs: Run[]) => Math.round(median(runs.map(rateOf)))
  const cpu = (runs: Run[], name: string) => median(runs.map((run) => cpuOf(run, name))).toFixed(1)
  bench.report({
    ...{ what: `${what}, by throughput`, unit: '×', note: `${rate(ours)}/s to ${rate(theirs)}/s` },
    ...overRounds(ratios(ours, theirs, rateOf)),
    ...wanted,
  })
  bench.report({
    ...{
      what: `${what}, by CPU`,
      unit: '×',
      note: `${cpu(ours, server)} µs to ${cpu(theirs, base)} µs of CPU each${server === ALTOGETHER ? ', stores included' : ''}`,
    },
    ...overRounds(ours.map((run, round) => cpuOf(theirs[round]!, base) / cpuOf(run, server))),
    ...wanted,
  })
}

/** A figure as a person reads it. */
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

/** How much worse than n log n a cost grows from one point to the next, at worst. Below 1 it grows slower. */
export function worstGrowth({ points }: Pick<Growth, 'points'>): number {
  const shares = points.map(({ work, cost }) => cost / (work * Math.log2(Math.max(2, work))))
  return Math.max(...shares.slice(1).map((share, i) => share / shares[i]!))
}
