import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { STEPS } from './buyers.ts'
import { PARTIES } from './logins.ts'
import type { Outcome, Plan } from './generator.ts'
import { describeLatency, sliceRun } from './latency.ts'
import { profileInto } from './profile.ts'
import { DISTURBED_CORES, type Figure, type Growth, type Load, type Run, type Tools } from './scenario.ts'
import { cpuTimeUs, machineTimeUs, type Stage } from './stage.ts'

/** The measurements of one scenario. */
export type ScenarioResult = { figures: Figure[]; runs: Run[]; growths: Growth[]; faults: string[] }

type Options = { isQuick: boolean; rounds: number; print(line: string): void }

const DEADLINE_MS = 120_000
/** Redis commands that the bench itself issues. */
const OWN_COMMANDS = new Set(['info', 'hgetall', 'config|resetstat', 'memory|usage'])

/** The parts of a stage that a measurement needs. */
type Measured = Pick<Stage, 'dir' | 'profiles' | 'redis' | 'pids'>

/** Creates a scenario's tools on a stage, and the result that they fill. */
export function openBench<Own extends Measured>(
  stage: Own,
  { isQuick, rounds, print }: Options,
): { bench: Own & Tools; result: ScenarioResult } {
  const result: ScenarioResult = { figures: [], runs: [], growths: [], faults: [] }
  let loads = 0

  async function measure(what: string, url: string, { connections, work, deadlineMs = DEADLINE_MS }: Load): Promise<Run> {
    const before = { at: performance.now(), machineUs: machineTimeUs(), own: process.cpuUsage() }
    const cpuBefore = cpuTimes(stage)
    const redisBefore = await countCommands(stage)
    const outcome = await generate(stage, loads++, { url, connections, work, deadlineMs })
    const cpuAfter = cpuTimes(stage)
    const own = process.cpuUsage(before.own)
    const [machineUs, tookMs] = [machineTimeUs() - before.machineUs, performance.now() - before.at]
    const redisAfter = await countCommands(stage)
    const responses = Math.max(1, outcome.samples.at.length)
    const cpuUs = Object.fromEntries(
      [...cpuAfter].map(([name, us]) => [name, round((us - (cpuBefore.get(name) ?? 0)) / responses)]),
    )
    const ownUs = Object.values(cpuUs).reduce((sum, us) => sum + us, 0) * responses + outcome.processUs + own.user + own.system
    const redis = [...redisAfter].map(([name, calls]) => [name, (calls - (redisBefore.get(name) ?? 0)) / responses] as const)
    if (outcome.errors + outcome.wrong > 0) {
      result.faults.push(`${what}: ${outcome.errors} errors, ${outcome.wrong} wrong responses: ${outcome.complaints.join(' | ')}`)
    }
    return {
      ...describeRun(what, connections, work, outcome),
      othersCores: round(Math.max(0, machineUs - ownUs) / 1000 / tookMs),
      cpuUs: { ...cpuUs, generator: round(outcome.cpuUs / responses) },
      redis: Object.fromEntries(redis.filter(([, calls]) => calls > 0).map(([name, calls]) => [name, round(calls, 5)])),
    }
  }

  const tools: Tools = {
    isQuick,
    rounds: isQuick ? 1 : rounds,
    print,
    async load(what: string, url: string, load: Load) {
      const run = await measure(what, url, load)
      result.runs.push(run)
      const { p50, p99 } = run.latency
      const cpu = Object.entries(run.cpuUs).filter(([, us]) => us >= 0.5).map(([name, us]) => `${name} ${us.toFixed(0)}`).join(
        ', ',
      )
      const others = run.othersCores > DISTURBED_CORES ? `; OTHERS USED ${run.othersCores} CORES` : ''
      print(
        `  ${what}: ${Math.round(run.perSecond)}/s, p50 ${p50.toFixed(1)} ms, p99 ${
          p99.toFixed(1)
        } ms; CPU µs each: ${cpu}${others}`,
      )
      return run
    },
    warm: async (url: string, load: Load) => void await measure('warm-up', url, load),
    report: (figure: Figure) => result.figures.push(figure),
    reportGrowth: (growth: Growth) => result.growths.push(growth),
    fault: (what: string) => result.faults.push(what),
  }
  return { bench: Object.assign(Object.create(stage) as Own, tools), result }
}

function describeRun(what: string, connections: number, work: Plan['work'], { samples, ...outcome }: Outcome) {
  const isOpen = work.kind === 'arrivals' || work.kind === 'logins'
  const names = work.kind === 'buyers' ? STEPS : work.kind === 'logins' ? PARTIES : []
  const took = isOpen ? samples.took.map((ms, i) => ms + samples.late[i]!) : samples.took
  const responses = samples.at.length
  const { errors, wrong, complaints, facts } = outcome
  return {
    what,
    connections,
    responses,
    errors,
    wrong,
    complaints,
    facts,
    startedAt: outcome.startedAt,
    ms: outcome.ms,
    perSecond: round(responses / Math.max(1, outcome.ms) * 1000),
    latency: describeLatency(took),
    slices: sliceRun(samples, took),
    ...(names.length > 0 && {
      steps: Object.fromEntries(
        names.map((name, kind) => [name, describeLatency(took.filter((_, i) => samples.kind[i] === kind))]),
      ),
    }),
    ...(work.kind !== 'around' && work.kind !== 'once' && { late: describeLatency(samples.late) }),
  }
}

/** Runs a plan in a load generator process. Throws when the process fails or exceeds the plan's deadline by 30 s. */
async function generate(stage: Pick<Stage, 'dir' | 'profiles'>, number: number, plan: Plan): Promise<Outcome> {
  const [planFile, outcomeFile] = [join(stage.dir, `plan-${number}.json`), join(stage.dir, `outcome-${number}.json`)]
  writeFileSync(planFile, JSON.stringify(plan))
  const command = [...profileInto(stage.profiles, 'generator'), join(import.meta.dirname, 'generator.ts'), planFile, outcomeFile]
  const generator = spawn(process.execPath, command, { stdio: ['ignore', 'inherit', 'inherit'] })
  const killTimer = setTimeout(() => generator.kill('SIGKILL'), plan.deadlineMs + 30_000)
  const code = await new Promise((resolve) => generator.once('exit', resolve))
  clearTimeout(killTimer)
  if (code !== 0) throw new Error(`The load generator ended with ${code}`)
  return JSON.parse(readFileSync(outcomeFile, 'utf8')) as Outcome
}

const cpuTimes = (stage: Pick<Stage, 'pids'>) => new Map([...stage.pids()].map(([name, pid]) => [name, cpuTimeUs(pid)]))

/** Calls of each Redis command since the server started, the bench's own excluded. */
export async function countCommands({ redis }: Pick<Stage, 'redis'>): Promise<Map<string, number>> {
  const stats = await redis.info('commandstats')
  const counted = [...stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)].map(([, name, calls]) => [name!, Number(calls)] as const)
  return new Map(counted.filter(([name]) => !OWN_COMMANDS.has(name)))
}

const round = (value: number, digits = 2) => Math.round(value * 10 ** digits) / 10 ** digits
