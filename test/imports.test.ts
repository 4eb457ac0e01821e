import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** What each layer may import beside itself (ARCHITECTURE.md, "Layers"). A folder inside another comes first. */
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
/** Layers whose files may start programs, and which they may start. */
const STARTERS: readonly Layer[] = ['dev', 'bench', 'terraform', 'test']

const FORBIDDEN_NAMES = /^(utils?|helpers?|common|lib|misc|core|services?|impl|manager|base|types|constants)(\.|$)/

const files = [...new Set(Object.keys(LAYERS).map((layer) => layer.split('/')[0]!))]
  .filter((folder) => existsSync(join(ROOT, folder)))
  .flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(tsx?|mjs|js|lua)$/.test(file) && !file.includes('node_modules'))
      .map((file) => join(folder, file))
  )
type Source = { file: string; text: string }
const sources: Source[] = files.map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }))
const isTest = (file: string) => /\.test\.tsx?$/.test(file) || file.startsWith('test/')
const layerOf = (file: string) => (Object.keys(LAYERS) as Layer[]).find((layer) => file.startsWith(`${layer}/`))
const withoutComments = (text: string) => text.replace(/\/\*[^]*?\*\//g, '').replace(/(?<=^|\s)\/\/.*$/gm, '')

/** The files that a source imports, as paths from the root. */
const importsOf = ({ file, text }: Source): string[] =>
  [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, path]) =>
    relative(ROOT, resolve(ROOT, dirname(file), path!))
  )

/** Imports of a source that break the table, as `file -> imported`. */
export function wrongImports(source: Source): string[] {
  if (isTest(source.file)) return []
  const layer = layerOf(source.file)
  return importsOf(source).filter((target) => {
    const other = layerOf(target)
    return other !== layer && !(layer && other && (LAYERS[layer] as readonly Layer[]).includes(other))
  }).map((target) => `${source.file} -> ${target}`)
}

/** Programs that a source starts although its layer may not: a call that starts one, or the path of a file of ours as a string. */
export function wrongStarts({ file, text }: Source): string[] {
  const layer = layerOf(file)
  if (isTest(file) || !layer || STARTERS.includes(layer)) return []
  const code = withoutComments(text)
  const calls = [...code.matchAll(/node:child_process|Bun\.spawn|Deno\.Command|new Worker\(/g)].map(([call]) => call)
  const paths = [...code.matchAll(/['"`]([a-z][\w/-]*\/[\w-]+\.(?:tsx?|mjs))['"`]/g)].map(([, path]) => path!)
    .filter((path) => existsSync(join(ROOT, path)))
  return [...calls, ...paths].map((started) => `${file} starts ${started}`)
}

/** The first circle of imports, as the files on it; null when there is none. Imports of types count. */
export function findCircle(sources: Source[]): string[] | null {
  const graph = new Map(sources.map((source) => [source.file, importsOf(source)]))
  const done = new Set<string>()
  const visit = (file: string, path: string[]): string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return null
    for (const next of graph.get(file) ?? []) {
      const circle = visit(next, [...path, file])
      if (circle) return circle
    }
    done.add(file)
    return null
  }
  for (const file of graph.keys()) {
    const circle = visit(file, [])
    if (circle) return circle
  }
  return null
}

describe('the layers', () => {
  test('import only what the table allows', () => {
    expect(sources.length).toBeGreaterThan(100)
    expect(sources.flatMap(wrongImports)).toEqual([])
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
  ])('a planted import in %s of %s is judged (negative control)', (file, imported, wrong) => {
    expect(wrongImports({ file, text: `import { x } from '${imported}'` })).toHaveLength(wrong)
  })

  test('start no programs but in dev, bench, terraform and test', () => {
    expect(sources.flatMap(wrongStarts)).toEqual([])
    expect(wrongStarts({ file: 'db/planted.ts', text: "import { spawn } from 'node:child_process'" })).toHaveLength(1)
    expect(wrongStarts({ file: 'origin/planted.ts', text: "run('edge/main.ts')" })).toHaveLength(1)
    expect(wrongStarts({ file: 'origin/planted.ts', text: '// see `edge/main.ts`' })).toHaveLength(0)
  })

  test('have no circle, types included', () => {
    expect(findCircle(sources.filter(({ file }) => !isTest(file)))).toBeNull()
    const planted = [['edge/a.ts', './b.ts'], ['edge/b.ts', './c.ts'], ['edge/c.ts', './a.ts']] as const
    const circle = planted.map(([file, imported]) => ({ file, text: `import type { X } from '${imported}'` }))
    expect(findCircle(circle)).toEqual(['edge/a.ts', 'edge/b.ts', 'edge/c.ts', 'edge/a.ts'])
    expect(findCircle(circle.slice(0, 2))).toBeNull()
  })

  test('ship no simulation: nothing outside it imports it but tests', () => {
    const simulation = 'edge/waiting-room/simulation/'
    const importers = sources.filter(({ file }) => !isTest(file) && !file.startsWith(simulation))
      .filter((source) => importsOf(source).some((target) => target.startsWith(simulation)))
    expect(importers.map(({ file }) => file)).toEqual([])
  })
})

describe('names', () => {
  const baselines = readdirSync(join(ROOT, 'bench/baselines')).map((file) => `bench/baselines/${file}`).sort()
  const using = (pattern: RegExp) =>
    sources.filter(({ file, text }) => !isTest(file) && !file.startsWith('dev/') && pattern.test(withoutComments(text)))
      .map(({ file }) => file).sort()

  test('of a runtime stand in entry files only, or where its API is the reason', () => {
    expect(using(/(?<![\w.'"`])Deno\.\w/)).toEqual([...baselines.filter((file) => file.includes('/deno-')), 'edge/main.ts'])
    expect(using(/(?<![\w.'"`])Bun\.\w/)).toEqual([
      ...baselines.filter((file) => !file.includes('/deno-')),
      'origin/deps.ts',
      'origin/main.ts',
      'runtime/password-hash.ts',
      'web/build.ts',
    ])
  })

  test('of the environment are read by entry files only', () => {
    expect(using(/process\.env|Bun\.env|Deno\.env/)).toEqual([
      ...baselines,
      'db/migrate.ts',
      'edge/commands/reset-room.ts',
      'edge/main.ts',
      'origin/commands/unload-sales.ts',
      'origin/main.ts',
    ])
  })

  test('of files and folders say something', () => {
    expect(files.flatMap((file) => file.split('/')).filter((name) => FORBIDDEN_NAMES.test(name))).toEqual([])
  })
})
