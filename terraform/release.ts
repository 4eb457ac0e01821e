/**
 * Makes a release of HEAD: one file with everything that a machine needs to run the shop. The same commit gives the same bytes.
 *
 *   npm run release -- [--cpu arm64|x64] [--to .data/releases]
 *
 * The file is named neticket-<version>-linux-<cpu>.tar.gz and contains bin/ (edge, origin, migrate and the two runtimes), the sources, the
 * bundled browser code and the packages. It runs wherever it is unpacked, without a network. Changes that are not committed are not in it. The
 * last line of output is its path.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
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
/** Files that only developers need. */
const NOT_SHIPPED = [
  '**/*.test.{ts,tsx}',
  'db/drizzle.config.ts',
  'db/migrations/meta/*_snapshot.json',
  'package-lock.json',
]
/** Parts of packages that no program runs: types, source maps, and the packages that the runtimes were moved out of. */
const NOT_SHIPPED_OF_PACKAGES = [
  '.bin',
  '.package-lock.json',
  'bun',
  'deno',
  '@oven',
  '@deno',
  'bun-types',
  '@types',
  'undici-types',
  '**/*.map',
  '**/*.d.ts',
  '**/*.d.mts',
  '**/*.d.cts',
]

const { values: options } = parseArgs({
  options: { cpu: { type: 'string', default: 'arm64' }, to: { type: 'string', default: join(ROOT, '.data/releases') } },
})
const { cpu } = options
if (cpu !== 'arm64' && cpu !== 'x64') throw new Error(`--cpu must be arm64 or x64, not ${JSON.stringify(cpu)}`)

const print = (line: string) => process.stdout.write(`${line}\n`)
const [commit, committedAt] = run(ROOT, 'git', 'log', '-1', '--format=%H %ct').trim().split(' ')
if (run(ROOT, 'git', 'status', '--porcelain') !== '') print('Changes that are not committed are not in the release.')
const file = resolve(options.to, `neticket-${commit!.slice(0, 12)}-linux-${cpu}.tar.gz`)
const dir = mkdtempSync(join(tmpdir(), 'neticket-release-'))
try {
  const release = join(dir, 'release')
  extractSources(release)
  installPackages(release, cpu)
  // The bundles are the same for every CPU, so the Bun that runs this script makes them.
  run(release, process.execPath, 'web/build.ts')
  remove(release, NOT_SHIPPED)
  remove(join(release, 'node_modules'), NOT_SHIPPED_OF_PACKAGES)
  pack(release, Number(committedAt), file)
  print(`${(statSync(file).size / 1e6).toFixed(1)} MB`)
  print(file)
} finally {
  rmSync(dir, { recursive: true, force: true })
}

/** Extracts the committed sources. */
function extractSources(release: string): void {
  mkdirSync(release)
  run(ROOT, 'git', 'archive', '--output', `${release}.tar`, 'HEAD', ...SOURCES)
  run(release, 'tar', '-xf', `${release}.tar`)
  renameSync(join(release, 'terraform/bin'), join(release, 'bin'))
  rmSync(join(release, 'terraform'), { recursive: true })
}

/** Installs the packages for the CPU of the release, and moves the two runtimes to bin/. */
function installPackages(release: string, cpu: keyof typeof RUNTIMES): void {
  print(`packages for linux-${cpu}`)
  const platform = ['--os=linux', `--cpu=${cpu}`, '--libc=glibc']
  run(release, 'npm', 'ci', '--omit=dev', '--ignore-scripts', ...platform, '--no-audit', '--no-fund', '--loglevel=error')
  for (const name of ['bun', 'deno'] as const) {
    renameSync(join(release, 'node_modules', RUNTIMES[cpu][name]), join(release, 'bin', name))
    chmodSync(join(release, 'bin', name), 0o755)
  }
}

/** Packs a folder so that the same content gives the same bytes. The file appears under its name only when it is complete. */
function pack(folder: string, modifiedAt: number, file: string): void {
  mkdirSync(dirname(file), { recursive: true })
  const reproducible = [
    '--sort=name',
    `--mtime=@${modifiedAt}`,
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--mode=u+rw,go=rX',
    '--format=gnu',
  ]
  run(folder, 'tar', ...reproducible, '-cf', `${folder}.tar`, '.')
  run(folder, 'gzip', '-n', '-9', `${folder}.tar`)
  run(folder, 'cp', `${folder}.tar.gz`, `${file}.part`)
  renameSync(`${file}.part`, file)
}

function remove(folder: string, patterns: string[]): void {
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
