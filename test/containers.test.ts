import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'

const ROOT = resolve(import.meta.dirname, '..')
const read = (file: string) => readFileSync(resolve(ROOT, file), 'utf8')

const service = z.object({
  image: z.string(),
  profiles: z.array(z.string()).optional(),
  build: z.object({ context: z.literal('.'), dockerfile: z.string() }).optional(),
  environment: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  command: z.union([z.string(), z.array(z.string())]).optional(),
  ports: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
})
const compose = z.object({ services: z.record(z.string(), service) }).parse(Bun.YAML.parse(read('compose.yaml')))

/** Names that a program reads, besides those that the client of S3 reads by itself. */
const namesIn = (file: string) => [...read(file).matchAll(/^ {2}([A-Z][A-Z0-9_]+): /gm)].map(([, name]) => name!)
const PROGRAMS = {
  edge: { dockerfile: 'edge/Dockerfile', port: '8080', names: [...namesIn('edge/config.ts'), 'DENO_DIR'] },
  origin: { dockerfile: 'origin/Dockerfile', port: '3000', names: namesIn('origin/config.ts') },
  migrate: { dockerfile: 'origin/Dockerfile', port: null, names: namesIn('db/migrate.ts') },
}
const S3_CLIENT = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']
/** The stores of all three are told to all three, which take what they need. */
const STORES = ['REDIS_URL', 'MYSQL_URL', 'S3_ENDPOINT', 'TOKEN_SECRET']

/** Instructions with their words; a line that goes on is one. */
function instructions(dockerfile: string): [name: string, rest: string][] {
  return read(dockerfile).replace(/^#.*\n/gm, '').replaceAll('\\\n', '').split('\n').filter(Boolean).map((line) => {
    const [name, ...rest] = line.trim().split(/\s+/)
    return [name!, rest.join(' ')]
  })
}
const wordsOf = (dockerfile: string, name: string) =>
  instructions(dockerfile).filter(([found]) => found === name).map(([, rest]) => rest)

describe.each(Object.entries(PROGRAMS))('the container of %s', (name, { dockerfile, port, names }) => {
  const { environment, build, command, ports } = compose.services[name]!

  test('is made of files that are here and are not kept from it', () => {
    expect(build?.dockerfile).toBe(dockerfile)
    const copied = wordsOf(dockerfile, 'COPY').filter((words) => !words.startsWith('--from')).flatMap((words) =>
      words.split(' ').slice(0, -1)
    )
    expect(copied.length).toBeGreaterThan(5)
    expect(copied.filter((file) => !existsSync(resolve(ROOT, file)))).toEqual([])
    const kept = read('.dockerignore').split('\n')
    expect(copied.filter((file) => kept.includes(file.replace(/\/$/, '')))).toEqual([])
  })

  test('is given settings that its program reads', () => {
    const own = wordsOf(dockerfile, 'ENV').flatMap((words) => words.split(' ').map((pair) => pair.split('=')[0]!))
    const known = [...names, ...(name === 'edge' ? [] : [...S3_CLIENT, ...STORES, 'ORIGIN_HOST'])]
    expect([...own, ...Object.keys(environment)].filter((setting) => !known.includes(setting))).toEqual([])
  })

  test('runs a script of bin/ as nobody in particular, at the port of its program', () => {
    expect(command ?? JSON.parse(wordsOf(dockerfile, 'CMD')[0]!)).toEqual([`bin/${name}`])
    expect(read(`terraform/bin/${name}`)).toMatch(/^#!\/bin\/sh\n[^]*exec bin\/(bun|deno) /)
    expect(wordsOf(dockerfile, 'USER')).toEqual(['65532:65532'])
    if (port === null) return
    expect(wordsOf(dockerfile, 'EXPOSE')).toEqual([port])
    expect(read(`${name}/config.ts`)).toContain(`_PORT: integerSetting(0, 65535, ${port})`)
    expect(ports.map((published) => published.split(':').at(-1))).toEqual(name === 'edge' ? [port] : [])
  })
})

test('every import of a program is in its image', () => {
  const imported = (file: string, seen = new Set<string>()): Set<string> => {
    if (seen.has(file)) return seen
    seen.add(file)
    for (const [, path] of read(file).matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+\.tsx?)'/g)) {
      imported(resolve(ROOT, file, '..', path!).slice(ROOT.length + 1), seen)
    }
    return seen
  }
  for (
    const [entry, dockerfile] of [['edge/main.ts', 'edge/Dockerfile'], ['origin/main.ts', 'origin/Dockerfile'], [
      'db/migrate.ts',
      'origin/Dockerfile',
    ]] as const
  ) {
    const folders = wordsOf(dockerfile, 'COPY').flatMap((words) => words.split(' ').slice(0, -1)).filter((word) =>
      word.endsWith('/')
    )
    const missing = [...imported(entry)].filter((file) =>
      !folders.some((folder) => file.startsWith(folder)) || file.startsWith('dev/')
    )
    expect(missing).toEqual([])
  }
})

test('the shop waits for its migration, which waits for MySQL, and the stores stand alone', () => {
  const { redis, mysql, s3, migrate, origin, edge } = compose.services
  expect([redis, mysql, s3].map((store) => store?.profiles)).toEqual([undefined, undefined, undefined])
  expect([migrate, origin, edge].map((program) => program?.profiles)).toEqual([['shop'], ['shop'], ['shop']])
  expect(migrate!.depends_on).toEqual({ mysql: { condition: 'service_healthy' } })
  expect(origin!.depends_on.migrate).toEqual({ condition: 'service_completed_successfully' })
  expect(edge!.depends_on).toEqual({ origin: { condition: 'service_healthy' } })
})
