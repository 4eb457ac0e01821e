import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { importsOf, isTest, readSources, type Source } from './import-graph.ts'

const ROOT = resolve(import.meta.dirname, '..')

/** What each layer may import besides itself (ARCHITECTURE.md, "Layers"). A nested folder comes before the folder around it. */
const LAYERS = {
  runtime: [],
  'edge/contract': ['runtime'],
  'edge/waiting-room': ['runtime', 'edge/contract'],
  web: ['edge/contract'],
  db: ['runtime', 'edge/contract', 'edge/waiting-room'],
  edge: ['runtime', 'edge/contract', 'edge/waiting-room', 'db', 'web'],
  origin: ['runtime', 'edge/contract', 'edge/waiting-room', 'db', 'web'],
  dev: ['runtime', 'edge/contract', 'edge/waiting-room', 'db', 'web', 'edge', 'origin'],
  bench: ['runtime', 'edge/contract', 'dev'],
  terraform: ['runtime', 'dev'],
  test: ['runtime', 'edge/contract', 'edge/waiting-room', 'web', 'db', 'edge', 'origin', 'dev', 'bench', 'terraform'],
} as const satisfies Record<string, readonly string[]>
type Layer = keyof typeof LAYERS
/** Layers whose files may start programs. */
const MAY_START_PROGRAMS: readonly Layer[] = ['dev', 'bench', 'terraform', 'test']

const FORBIDDEN_NAMES = /^(utils?|helpers?|common|lib|misc|core|services?|impl|manager|base|types|constants)(\.|$)/

const sources = readSources(new Set(Object.keys(LAYERS).map((layer) => layer.split('/')[0]!)))
const layerOf = (file: string) => (Object.keys(LAYERS) as Layer[]).find((layer) => file.startsWith(`${layer}/`))
const withoutComments = (text: string) => text.replace(/\/\*[^]*?\*\//g, '').replace(/(?<=^|\s)\/\/.*$/gm, '')

/** The imports of a source that `LAYERS` does not allow, as `file -> imported`. */
function forbiddenImports(source: Source): string[] {
  if (isTest(source.file)) return []
  const layer = layerOf(source.file)
  const allowed: readonly Layer[] = layer ? [layer, ...LAYERS[layer]] : []
  return importsOf(source).filter((imported) => !allowed.some((one) => one === layerOf(imported)))
    .map((imported) => `${source.file} -> ${imported}`)
}

/** The programs that a source starts although its layer must not: a call that starts one, or the path of one of our files as a string. */
function forbiddenStarts({ file, text }: Source): string[] {
  const layer = layerOf(file)
  if (isTest(file) || !layer || MAY_START_PROGRAMS.includes(layer)) return []
  const code = withoutComments(text)
  const calls = [...code.matchAll(/node:child_process|Bun\.spawn|Deno\.Command|new Worker\(/g)].map(([call]) => call)
  const paths = [...code.matchAll(/['"`]([a-z][\w/-]*\/[\w-]+\.(?:tsx?|mjs))['"`]/g)].map(([, path]) => path!)
    .filter((path) => existsSync(join(ROOT, path)))
  return [...calls, ...paths].map((started) => `${file} starts ${started}`)
}

/** The files on the first import cycle, imports of types included; null when there is no cycle. */
function findCycle(sources: Source[]): string[] | null {
  const graph = new Map(sources.map((source) => [source.file, importsOf(source)]))
  const visited = new Set<string>()
  const visit = (file: string, path: string[]): string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (visited.has(file)) return null
    for (const imported of graph.get(file) ?? []) {
      const cycle = visit(imported, [...path, file])
      if (cycle) return cycle
    }
    visited.add(file)
    return null
  }
  for (const file of graph.keys()) {
    const cycle = visit(file, [])
    if (cycle) return cycle
  }
  return null
}

/** Files that ship (no tests, nothing of dev/) whose code matches a pattern. */
const shippedFilesWith = (pattern: RegExp) =>
  sources.filter(({ file, text }) => !isTest(file) && !file.startsWith('dev/') && pattern.test(withoutComments(text)))
    .map(({ file }) => file).sort()

const baselines = readdirSync(join(ROOT, 'bench/baselines')).map((file) => `bench/baselines/${file}`).sort()

describe('layers', () => {
  test('a layer imports only what the table allows', () => {
    expect(sources.length).toBeGreaterThan(100)
    expect(sources.flatMap(forbiddenImports)).toEqual([])
  })

  test.each([
    ['edge/planted.ts', '../origin/reservations.ts', 1],
    ['web/planted.ts', '../db/schema.ts', 1],
    ['runtime/planted.ts', '../edge/contract/paths.ts', 1],
    ['edge/contract/planted.ts', '../waiting-room/admission.ts', 1],
    ['edge/waiting-room/planted.ts', '../rooms.ts', 1],
    ['db/planted.ts', '../dev/stores.ts', 1],
    ['bench/planted.ts', '../db/schema.ts', 1],
    ['origin/planted.ts', '../edge/contract/paths.ts', 0],
  ])('%s importing %s has %i forbidden imports (negative control)', (file, imported, count) => {
    expect(forbiddenImports({ file, text: `import { x } from '${imported}'` })).toHaveLength(count)
  })

  test('only dev, bench, terraform and test start programs', () => {
    // Threads run code of ours that computes a forecast, or that draws tickets.
    expect(sources.flatMap(forbiddenStarts)).toEqual(['origin/thread.ts starts new Worker('])
    expect(forbiddenStarts({ file: 'db/planted.ts', text: "import { spawn } from 'node:child_process'" })).toHaveLength(1)
    expect(forbiddenStarts({ file: 'origin/planted.ts', text: "run('edge/main.ts')" })).toHaveLength(1)
    expect(forbiddenStarts({ file: 'origin/planted.ts', text: '// see `edge/main.ts`' })).toHaveLength(0)
  })

  test('imports form no cycle, types included', () => {
    expect(findCycle(sources.filter(({ file }) => !isTest(file)))).toBeNull()
    const planted = [['edge/a.ts', './b.ts'], ['edge/b.ts', './c.ts'], ['edge/c.ts', './a.ts']] as const
    const cycle = planted.map(([file, imported]) => ({ file, text: `import type { X } from '${imported}'` }))
    expect(findCycle(cycle)).toEqual(['edge/a.ts', 'edge/b.ts', 'edge/c.ts', 'edge/a.ts'])
    expect(findCycle(cycle.slice(0, 2))).toBeNull()
  })

  test('only tests and the forecast of rehearsals import the simulation', () => {
    const simulation = 'edge/waiting-room/simulation/'
    const importers = sources.filter(({ file }) => !isTest(file) && !file.startsWith(simulation))
      .filter((source) => importsOf(source).some((imported) => imported.startsWith(simulation)))
    expect(importers.map(({ file }) => file)).toEqual(['origin/rehearsal/rehearsal-forecast.ts'])
  })
})

describe('shipped code', () => {
  test('uses the API of a runtime in entry files only, or where that API is the reason', () => {
    expect(shippedFilesWith(/(?<![\w.'"`])Deno\.\w/)).toEqual(
      [...baselines.filter((file) => file.includes('/deno-')), 'edge/main.ts'],
    )
    expect(shippedFilesWith(/(?<![\w.'"`])Bun\.\w/)).toEqual([
      ...baselines.filter((file) => !file.includes('/deno-')),
      'origin/deps.ts',
      'origin/main.ts',
      'runtime/password-hash.ts',
      'web/build.ts',
    ])
  })

  test('reads environment variables in entry files only', () => {
    expect(shippedFilesWith(/process\.env|Bun\.env|Deno\.env/)).toEqual([
      ...baselines,
      'db/migrate.ts',
      'edge/commands/internal-token.ts',
      'edge/commands/reset-room.ts',
      'edge/main.ts',
      'origin/commands/set-password.ts',
      'origin/commands/skip-ids.ts',
      'origin/commands/unload-sales.ts',
      'origin/main.ts',
    ])
  })
})

test('files and folders have specific names', () => {
  expect(sources.flatMap(({ file }) => file.split('/')).filter((name) => FORBIDDEN_NAMES.test(name))).toEqual([])
})
