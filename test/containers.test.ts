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

/** The environment variables that a config file reads. */
const settingsIn = (file: string) => [...read(file).matchAll(/^ {2}([A-Z][A-Z0-9_]+): /gm)].map(([, name]) => name!)
const PROGRAMS = {
  edge: { dockerfile: 'edge/Dockerfile', port: '8080', settings: [...settingsIn('edge/config.ts'), 'DENO_DIR'] },
  origin: { dockerfile: 'origin/Dockerfile', port: '3000', settings: settingsIn('origin/config.ts') },
  migrate: { dockerfile: 'origin/Dockerfile', port: null, settings: settingsIn('db/migrate.ts') },
}
/** Read by the S3 client itself. */
const S3_CLIENT = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']
/** Set for every program that uses a store, even if it does not need all of them. */
const STORES = ['REDIS_URL', 'MYSQL_URL', 'S3_ENDPOINT', 'TOKEN_SECRET']

/** The instructions of a Dockerfile, with continuation lines joined. */
function instructions(dockerfile: string): { name: string; args: string }[] {
  return read(dockerfile).replace(/^#.*\n/gm, '').replaceAll('\\\n', '').split('\n').filter(Boolean).map((line) => {
    const [name, ...args] = line.trim().split(/\s+/)
    return { name: name!, args: args.join(' ') }
  })
}
const argumentsOf = (dockerfile: string, instruction: string) =>
  instructions(dockerfile).filter(({ name }) => name === instruction).map(({ args }) => args)
/** The files and folders that a Dockerfile copies from the repository, not from another stage. */
const copiedBy = (dockerfile: string) =>
  argumentsOf(dockerfile, 'COPY').filter((args) => !args.startsWith('--from')).flatMap((args) => args.split(' ').slice(0, -1))

describe.each(Object.entries(PROGRAMS))('the container of %s', (name, { dockerfile, port, settings }) => {
  const { environment, build, command, ports } = compose.services[name]!

  test('copies files that exist and that .dockerignore does not exclude', () => {
    expect(build?.dockerfile).toBe(dockerfile)
    const copied = copiedBy(dockerfile)
    expect(copied.length).toBeGreaterThan(5)
    expect(copied.filter((file) => !existsSync(resolve(ROOT, file)))).toEqual([])
    const ignored = read('.dockerignore').split('\n')
    expect(copied.filter((file) => ignored.includes(file.replace(/\/$/, '')))).toEqual([])
  })

  test('sets only environment variables that its program reads', () => {
    const own = argumentsOf(dockerfile, 'ENV').flatMap((args) => args.split(' ').map((pair) => pair.split('=')[0]!))
    const known = name === 'edge' ? settings : [...settings, ...S3_CLIENT, ...STORES, 'ORIGIN_HOST']
    expect([...own, ...Object.keys(environment)].filter((setting) => !known.includes(setting))).toEqual([])
  })

  test('runs a script of bin/ as an unprivileged user, on the port of its program', () => {
    expect(command ?? JSON.parse(argumentsOf(dockerfile, 'CMD')[0]!)).toEqual([`bin/${name}`])
    expect(read(`terraform/bin/${name}`)).toMatch(/^#!\/bin\/sh\n[^]*exec bin\/(bun|deno) /)
    expect(argumentsOf(dockerfile, 'USER')).toEqual(['65532:65532'])
    if (port === null) return
    expect(argumentsOf(dockerfile, 'EXPOSE')).toEqual([port])
    expect(read(`${name}/config.ts`)).toContain(`_PORT: integerSetting(0, 65535, ${port})`)
    expect(ports.map((published) => published.split(':').at(-1))).toEqual(name === 'edge' ? [port] : [])
  })
})

/** A file and all files that it imports, directly or not. */
function imported(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  for (const [, path] of read(file).matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+\.tsx?)'/g)) {
    imported(resolve(ROOT, file, '..', path!).slice(ROOT.length + 1), seen)
  }
  return seen
}

test.each(['edge/Dockerfile', 'origin/Dockerfile'])(
  'the bundling stage of %s contains every file that the bundles import',
  (dockerfile) => {
    const [, stage] = read(dockerfile).match(/^FROM packages AS bundles\n([^]*?)\nFROM /m)!
    const folders = [...stage!.matchAll(/^COPY ([\w/-]+\/) /gm)].map(([, folder]) => folder!)
    const sources = ['web/build.ts', 'web/browser/waiting.ts', 'web/browser/app.ts'].flatMap((entry) => [...imported(entry)])
    expect(sources.length).toBeGreaterThan(10)
    expect(sources.filter((file) => !folders.some((folder) => file.startsWith(folder)))).toEqual([])
  },
)

test('the image of a program contains every file that it imports', () => {
  const entries = [
    ['edge/main.ts', 'edge/Dockerfile'],
    ['origin/main.ts', 'origin/Dockerfile'],
    ['db/migrate.ts', 'origin/Dockerfile'],
  ] as const
  for (const [entry, dockerfile] of entries) {
    const folders = copiedBy(dockerfile).filter((path) => path.endsWith('/'))
    const missing = [...imported(entry)].filter((file) =>
      !folders.some((folder) => file.startsWith(folder)) || file.startsWith('dev/')
    )
    expect(missing).toEqual([])
  }
})

test('the origin starts after the migration, which starts after MySQL; without the profile `shop` only the stores start', () => {
  const { redis, mysql, s3, migrate, origin, edge } = compose.services
  expect([redis, mysql, s3].map((store) => store?.profiles)).toEqual([undefined, undefined, undefined])
  expect([migrate, origin, edge].map((program) => program?.profiles)).toEqual([['shop'], ['shop'], ['shop']])
  expect(migrate!.depends_on).toEqual({ mysql: { condition: 'service_healthy' } })
  expect(origin!.depends_on.migrate).toEqual({ condition: 'service_completed_successfully' })
  expect(edge!.depends_on).toEqual({ origin: { condition: 'service_healthy' } })
})
