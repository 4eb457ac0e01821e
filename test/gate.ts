/** The whole gate, in the order in which a mistake is cheapest to find. `npm test -- <filter>` runs only the tests that match. */
import { spawnSync } from 'node:child_process'
import { ensureProgram } from '../dev/programs.ts'
import { checkTerraform } from './terraform.ts'

const filters = process.argv.slice(2)
const denoBaselines = ['serve', 'proxy', 'zset-room'].map((name) => `bench/baselines/deno-${name}.ts`)
const STEPS: [string, string[]][] = [
  ['format', ['deno', 'fmt', '--check', '--quiet']],
  ['lint', ['deno', 'lint', '--quiet']],
  ['types (Bun)', ['tsc', '-p', '.']],
  ['types (Deno)', ['deno', 'check', '--quiet', 'edge/main.ts', ...denoBaselines]],
]
const print = (line: string) => process.stdout.write(`${line}\n`)

if (filters.length === 0) {
  for (const [name, command] of STEPS) step(name, () => run(command))
  step('terraform', checkTerraform)
}
ensureProgram('chromium', print)
step('tests', () => run(['bun', '--bun', 'node_modules/vitest/vitest.mjs', 'run', ...filters]))

function run([program, ...args]: string[]): boolean {
  return spawnSync(`node_modules/.bin/${program}`, args, { stdio: 'inherit' }).status === 0
}

function step(name: string, isWell: () => boolean): void {
  const startedAt = performance.now()
  print(`\n▸ ${name}`)
  const well = isWell()
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  if (!well) {
    print(`✗ ${name} failed after ${seconds} s`)
    process.exit(1)
  }
  print(`✓ ${name}, ${seconds} s`)
}
