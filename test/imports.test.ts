import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const ROOMS = ['edge/contract', 'edge', 'origin', 'web', 'db', 'bench', 'test'] as const
type Room = (typeof ROOMS)[number]

/** The arrow: what each part may import beside itself. Tests may look anywhere. */
const MAY_IMPORT: Record<Room, readonly Room[]> = {
  'edge/contract': [],
  web: ['edge/contract'],
  db: ['edge/contract'],
  edge: ['edge/contract', 'web', 'db'],
  origin: ['edge/contract', 'web', 'db'],
  bench: ['edge/contract', 'db'],
  test: ROOMS,
}
/** Small servers that the product is measured against: each is an entry file. */
const baselines = readdirSync(join(ROOT, 'bench/baselines')).map((file) => `bench/baselines/${file}`).sort()
const DENO_BASELINES = baselines.filter((file) => file.includes('/deno-'))
const BUN_BASELINES = baselines.filter((file) => !file.includes('/deno-'))
const FORBIDDEN_NAMES = /^(utils?|helpers?|common|lib|misc|core|services?|impl|manager|base|types|constants)(\.|$)/

const files = ROOMS.filter((room) => room !== 'edge/contract' && existsSync(join(ROOT, room))).flatMap((room) =>
  readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(tsx?|mjs|js|lua)$/.test(file) && !file.includes('node_modules'))
    .map((file) => join(room, file))
)
const sources = files.map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }))
const isTest = (file: string) => /\.test\.tsx?$/.test(file) || file.startsWith('test/')
const roomOf = (file: string) => ROOMS.find((room) => file.startsWith(`${room}/`))

/** Imports of a source that break the arrow, as `file -> imported`. */
export function wrongImports({ file, text }: { file: string; text: string }): string[] {
  if (isTest(file)) return []
  const imported = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) =>
    relative(ROOT, resolve(ROOT, dirname(file), match[1]!))
  )
  const room = roomOf(file)
  return imported.filter((target) => {
    const other = roomOf(target)
    return other !== room && !(other && room && MAY_IMPORT[room].includes(other))
  }).map((target) => `${file} -> ${target}`)
}

describe('the arrow', () => {
  test('edge/contract ◀ db, web ◀ edge, origin; edge and origin never import each other', () => {
    expect(sources.length).toBeGreaterThan(30)
    expect(sources.flatMap(wrongImports)).toEqual([])
  })

  test('a planted wrong import is found (negative control)', () => {
    expect(wrongImports({ file: 'edge/planted.ts', text: "import { reserve } from '../origin/reservations.ts'" })).toHaveLength(1)
    expect(wrongImports({ file: 'web/planted.ts', text: "import { users } from '../db/schema.ts'" })).toHaveLength(1)
    expect(wrongImports({ file: 'edge/contract/planted.ts', text: "import { x } from '../tickets.ts'" })).toHaveLength(1)
    expect(wrongImports({ file: 'origin/planted.ts', text: "import { paths } from '../edge/contract/paths.ts'" })).toHaveLength(0)
  })

  test('a runtime is named in entry files only, or where its API is the reason', () => {
    const naming = (runtime: string) =>
      sources.filter(({ file, text }) => !isTest(file) && new RegExp(`(?<![\\w.'"\`])${runtime}\\.\\w`).test(text)).map((
        { file },
      ) => file).sort()
    expect(naming('Deno')).toEqual([...DENO_BASELINES, 'edge/main.ts'])
    expect(naming('Bun').filter((file) => !file.startsWith('db/local/'))).toEqual([
      ...BUN_BASELINES,
      'db/seed/shop.ts',
      'origin/deps.ts',
      'origin/main.ts',
      'origin/passwords.ts',
    ])
  })

  test('the environment is read by entry files only', () => {
    const reading = sources.filter(({ file, text }) => !isTest(file) && /process\.env|Bun\.env|Deno\.env/.test(text)).map((
      { file },
    ) => file)
    expect(reading.filter((file) => !file.startsWith('db/local/')).sort()).toEqual([
      ...baselines,
      'db/migrate.ts',
      'db/prepare.ts',
      'db/reset-room.ts',
      'db/unload-sales.ts',
      'edge/main.ts',
      'origin/main.ts',
    ])
  })

  test('no file or folder has a name that says nothing', () => {
    expect(files.flatMap((file) => file.split('/')).filter((name) => FORBIDDEN_NAMES.test(name))).toEqual([])
  })
})
