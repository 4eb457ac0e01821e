/**
 * Makes a release of HEAD: all that a machine needs to run the shop, in one file, the same bytes for the same commit.
 *
 *   npm run release -- [--cpu arm64|x64] [--to .data/releases]
 *
 * The file is named neticket-<version>-linux-<cpu>.tar.gz and holds bin/ (edge, origin, migrate and the two runtimes), the sources and the
 * packages that they use; unpacked anywhere, it runs there without a network. What is not committed is not in it. Its last line of output
 * is its path.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const ROOT = resolve(import.meta.dirname, '..')
const RUNTIMES = {
  arm64: { bun: '@oven/bun-linux-aarch64/bin/bun', deno: '@deno/linux-arm64-glibc/deno' },
  x64: { bun: '@oven/bun-linux-x64/bin/bun', deno: '@deno/linux-x64-glibc/deno' },
}
const SOURCES = [
  'terraform/bin',
  'runtime',
  'db',
  'edge',
  'origin',
  'web',
  'package.json',
  'package-lock.json',
  'deno.json',
  'tsconfig.json',
]
/** What runs nowhere but beside a developer. */
const LEFT_OUT = [
  ...[
    '**/*.test.{ts,tsx}',
    'db/drizzle.config.ts',
    'db/migrations/meta/*_snapshot.json',
    'edge/waiting-room/simulation',
  ],
  'package-lock.json',
]
/** What is of packages but not of programs: their types and maps, and the places that the runtimes were taken from. */
const LEFT_OUT_OF_PACKAGES = [
  ...['.bin', '.package-lock.json', 'bun', 'deno', '@oven', '@deno', 'bun-types', '@types', 'undici-types'],
  ...['**/*.map', '**/*.d.ts', '**/*.d.mts', '**/*.d.cts'],
]

const { values: wish } = parseArgs({
  options: { cpu: { type: 'string', default: 'arm64' }, to: { type: 'string', default: join(ROOT, '.data/releases') } },
})
const { cpu } = wish
if (cpu !== 'arm64' && cpu !== 'x64') throw new Error(`--cpu must be arm64 or x64, not ${JSON.stringify(cpu)}`)

const print = (line: string) => process.stdout.write(`${line}\n`)
const [commit, committedAt] = run(ROOT, 'git', 'log', '-1', '--format=%H %ct').trim().split(' ')
if (run(ROOT, 'git', 'status', '--porcelain') !== '') print('What is not committed is not in the release.')
const file = resolve(wish.to, `neticket-${commit!.slice(0, 12)}-linux-${cpu}.tar.gz`)
const dir = mkdtempSync(join(tmpdir(), 'neticket-release-'))
try {
  run(ROOT, 'git', 'archive', '--output', join(dir, 'sources.tar'), 'HEAD', ...SOURCES)
  const release = join(dir, 'release')
  mkdirSync(release)
  run(release, 'tar', '-xf', join(dir, 'sources.tar'))
  renameSync(join(release, 'terraform/bin'), join(release, 'bin'))
  rmSync(join(release, 'terraform'), { recursive: true })
  print(`packages for linux-${cpu}`)
  const only = ['--omit=dev', '--ignore-scripts', '--os=linux', `--cpu=${cpu}`, '--libc=glibc']
  run(release, 'npm', 'ci', ...only, '--no-audit', '--no-fund', '--loglevel=error')
  const packages = join(release, 'node_modules')
  for (const name of ['bun', 'deno'] as const) {
    renameSync(join(packages, RUNTIMES[cpu][name]), join(release, 'bin', name))
    chmodSync(join(release, 'bin', name), 0o755)
  }
  leaveOut(release, LEFT_OUT)
  leaveOut(packages, LEFT_OUT_OF_PACKAGES)

  mkdirSync(resolve(wish.to), { recursive: true })
  const tar = join(dir, 'release.tar')
  const same = [
    '--sort=name',
    `--mtime=@${committedAt}`,
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--mode=u+rw,go=rX',
    '--format=gnu',
  ]
  run(release, 'tar', ...same, '-cf', tar, '.')
  run(dir, 'gzip', '-n', '-9', tar)
  // To be found under its name it must be whole.
  run(dir, 'cp', `${tar}.gz`, `${file}.part`)
  renameSync(`${file}.part`, file)
  print(`${(statSync(file).size / 1e6).toFixed(1)} MB`)
  print(file)
} finally {
  rmSync(dir, { recursive: true, force: true })
}

function leaveOut(folder: string, patterns: string[]): void {
  for (const name of patterns.flatMap((pattern) => globSync(pattern, { cwd: folder }))) {
    rmSync(join(folder, name), { recursive: true, force: true })
  }
}

function run(cwd: string, program: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    timeout: 600_000,
    maxBuffer: 1 << 26,
  })
  if (status !== 0) throw new Error(`"${program} ${args.join(' ')}" failed: ${error?.message ?? `${stdout}${stderr}`}`)
  return stdout
}
