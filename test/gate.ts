/** The whole gate, in the order in which a mistake is cheapest to find. `npm test -- <filter>` runs only the tests that match. */
import { spawnSync } from 'node:child_process'
import { ensureProgram } from '../db/local/programs.ts'

const filters = process.argv.slice(2)
const denoBaselines = ['serve', 'proxy', 'zset-room'].map((name) => `bench/baselines/deno-${name}.ts`)
const STEPS: [string, string[]][] = [
  ['format', ['deno', 'fmt', '--check', '--quiet']],
  ['lint', ['deno', 'lint', '--quiet']],
  ['types (Bun)', ['tsc', '-p', '.']],
  ['types (Deno)', ['deno', 'check', '--quiet', 'edge/main.ts', ...denoBaselines]],
]
const say = (line: string) => process.stdout.write(`${line}\n`)

for (const [name, command] of filters.length > 0 ? [] : STEPS) run(name, command)
ensureProgram('chromium', say)
run('tests', ['bun', '--bun', 'node_modules/vitest/vitest.mjs', 'run', ...filters])

function run(name: string, [program, ...args]: string[]): void {
  const startedAt = performance.now()
  say(`\n▸ ${name}`)
  const { status } = spawnSync(`node_modules/.bin/${program}`, args, { stdio: 'inherit' })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  if (status !== 0) {
    say(`✗ ${name} failed after ${seconds} s`)
    process.exit(1)
  }
  say(`✓ ${name}, ${seconds} s`)
}
