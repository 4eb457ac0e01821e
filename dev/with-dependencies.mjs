/**
 * Runs a program of node_modules/.bin, after installing the dependencies when they are missing or older than package-lock.json.
 * It is plain JavaScript without imports of other files because it runs first on a fresh clone, on Node.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'

const MARK = 'node_modules/.installed'
const [program, ...args] = process.argv.slice(2)

if (Number(process.versions.node.split('.')[0]) < 20) {
  fail(`NETicket needs Node 20 or newer; this is ${process.version}. Install a newer one from https://nodejs.org`)
}
const wanted = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex')
if (!existsSync(MARK) || readFileSync(MARK, 'utf8') !== wanted) {
  process.stdout.write('Installing the dependencies (once, about a minute) …\n')
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { stdio: 'inherit' })
  if (status !== 0) fail('Cannot install the dependencies: see the output of npm above')
  writeFileSync(MARK, wanted)
}

const child = spawn(`node_modules/.bin/${program}`, args, { stdio: 'inherit' })
// Ctrl-C in a terminal reaches the child too; a signal to this process alone is forwarded. In both cases this process ends after the child.
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
process.on('SIGINT', () => {})
child.on('error', (error) => fail(`Cannot run ${program}: ${error.message}`))
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)))

function fail(sentence) {
  process.stderr.write(`${sentence}\n`)
  process.exit(1)
}
