/**
 * Measures the product against bare servers on the same runtimes and against designs that other shops use.
 *
 *   npm run bench                        all scenarios, three rounds each
 *   npm run bench -- poll sale           some of them
 *   npm run bench -- --rounds 5 sale
 *   npm run bench -- --quick             small sizes, one round: checks responses and stores only
 *   npm run bench -- --profile DIR sale  writes a CPU profile of each process and lists its hottest functions (slower)
 *
 * The bench starts its own stores, origins, edges and baseline servers, on free ports with data in a temporary folder. It prints a table of
 * figures and targets, and writes a report to bench/results/: the raw rounds, a page with charts, and a Markdown table. It exits with 1
 * when a response is wrong, when the stores disagree with the responses, or on any error; a missed target does not fail it.
 *
 * Contenders run in turn, A B A B; a ratio is the median of the rounds' ratios. The load generator shares the machine with the servers, so
 * each ratio is given twice: by the server's own CPU time per response, and by throughput.
 */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { openBench } from './bench.ts'
import { readProfiles } from './profile.ts'
import { describeMachine, readCommit, renderTable, type Report } from './report.ts'
import type { Scenario } from './scenario.ts'
import { writeReport } from './write-report.ts'
import { booking } from './scenarios/booking.ts'
import { bookingAtEdge } from './scenarios/booking-at-edge.ts'
import { browse } from './scenarios/browse.ts'
import { cancelStorm } from './scenarios/cancel-storm.ts'
import { claim } from './scenarios/claim.ts'
import { coldStart } from './scenarios/cold-start.ts'
import { growth } from './scenarios/growth.ts'
import { join } from './scenarios/join.ts'
import { logins } from './scenarios/logins.ts'
import { pages } from './scenarios/pages.ts'
import { poll } from './scenarios/poll.ts'
import { sale } from './scenarios/sale.ts'
import { search } from './scenarios/search.ts'
import { soldOut } from './scenarios/sold-out.ts'
import { writeBack } from './scenarios/write-back.ts'
import { openStage } from './stage.ts'

const SCENARIOS: Scenario[] = [
  poll,
  join,
  claim,
  logins,
  browse,
  pages,
  search,
  booking,
  bookingAtEdge,
  sale,
  soldOut,
  cancelStorm,
  writeBack,
  coldStart,
  growth,
]

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    quick: { type: 'boolean', default: false },
    /** The folder of the report. */
    to: { type: 'string' },
    profile: { type: 'string' },
  },
})
const print = (line: string) => void process.stdout.write(`${line}\n`)
const unknown = names.filter((name) => !SCENARIOS.some((scenario) => scenario.name === name))
if (unknown.length > 0) {
  print(`Unknown scenario ${unknown.join(', ')}; choose from ${SCENARIOS.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}
const chosen = SCENARIOS.filter(({ name }) => names.length === 0 || names.includes(name))
const parameters = {
  rounds: options.quick ? 1 : Number(options.rounds),
  quick: options.quick,
  scenarios: chosen.map(({ name }) => name),
}

print('starting the stores')
const profiles = options.profile === undefined ? null : resolve(options.profile)
const stage = await openStage(print, profiles)
// Servers run in separate process groups, which Ctrl-C does not reach, so the bench ends them. `close` is idempotent.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => void stage.close().finally(() => process.exit(130)))
}
const report: Report = {
  commit: readCommit(),
  date: new Date().toISOString(),
  parameters,
  scenarios: [],
  ...await describeMachine(stage),
}
try {
  for (const [i, scenario] of chosen.entries()) {
    const { name, question, run } = scenario
    print(`\n[${i + 1}/${chosen.length}] ${name}: ${question}`)
    const startedAt = performance.now()
    const { bench, result } = openBench(stage, { isQuick: options.quick, rounds: parameters.rounds, print })
    await run(bench).catch((error: unknown) => result.faults.push(`The scenario failed: ${error}`))
    for (const fault of result.faults) print(`  WRONG ${fault}`)
    const seconds = (performance.now() - startedAt) / 1000
    print(`  ${seconds.toFixed(0)} s`)
    report.scenarios.push({ name, question, seconds, ...result })
    await stage.clear()
  }
} finally {
  await stage.close()
}

print(`\n${renderTable(report)}`)
print(`\nreport: ${writeReport(report, options.to, chosen.length === SCENARIOS.length).join(', ')}`)
if (profiles !== null) {
  for (const [file, hot] of readProfiles(profiles)) {
    print(`\n${file}\n${hot.map(({ what, share }) => `  ${(100 * share).toFixed(1)} %  ${what}`).join('\n')}`)
  }
}
const faults = report.scenarios.flatMap((scenario) => scenario.faults)
if (faults.length > 0) print(`FAILED: ${faults.length} wrong responses or differences between responses and stores`)
process.exit(faults.length > 0 ? 1 : 0)
