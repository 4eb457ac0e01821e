/**
 * The gate: all checks that a change must pass, the cheapest first. It stops at the first step that fails.
 * `npm test -- <filter> …` runs only the tests whose path contains a filter.
 */
import { spawnSync } from 'node:child_process'
import { ensureProgram } from '../dev/programs.ts'
import { checkTerraform } from './terraform.ts'

type Step = { name: string; passes(): boolean }

const DENO_PROGRAMS = ['edge/main.ts', ...['serve', 'proxy', 'zset-room'].map((name) => `bench/baselines/deno-${name}.ts`)]

const CHECKS: Step[] = [
  { name: 'format', passes: () => runTool('deno', 'fmt', '--check', '--quiet') },
  { name: 'lint', passes: () => runTool('deno', 'lint', '--quiet') },
  { name: 'lint (Lua)', passes: () => run(ensureProgram('luacheck', print), '--quiet', 'db') },
  { name: 'types (Bun)', passes: () => runTool('tsc', '-p', '.') },
  { name: 'types (Deno)', passes: () => runTool('deno', 'check', '--quiet', ...DENO_PROGRAMS) },
  { name: 'terraform', passes: checkTerraform },
  { name: 'unit tests', passes: () => runVitest('--project', 'unit') },
  { name: 'integration tests', passes: () => runWithBrowsers('--project', 'integration') },
]

const filters = process.argv.slice(2)
runSteps(filters.length === 0 ? CHECKS : [{ name: 'tests', passes: () => runWithBrowsers(...filters) }])

function runSteps(steps: Step[]): void {
  const startedAt = performance.now()
  for (const step of steps) {
    const stepStartedAt = performance.now()
    print(`\n▸ ${step.name}`)
    if (!step.passes()) {
      print(`✗ ${step.name} failed after ${secondsSince(stepStartedAt)}`)
      process.exit(1)
    }
    print(`✓ ${step.name}, ${secondsSince(stepStartedAt)}`)
  }
  print(`\n✓ All passed in ${secondsSince(startedAt)}`)
}

function runWithBrowsers(...args: string[]): boolean {
  // The tests start browsers without a way to print that they are being installed.
  ensureProgram('chromium', print)
  ensureProgram('firefox', print)
  return runVitest(...args)
}

function runVitest(...args: string[]): boolean {
  return runTool('bun', '--bun', 'node_modules/vitest/vitest.mjs', 'run', ...args)
}

function runTool(name: string, ...args: string[]): boolean {
  return run(`node_modules/.bin/${name}`, ...args)
}

function run(program: string, ...args: string[]): boolean {
  return spawnSync(program, args, { stdio: 'inherit' }).status === 0
}

function secondsSince(startedAt: number): string {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
