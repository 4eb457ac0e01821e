import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { LIMITS } from '../edge/limits.ts'

const ROOT = resolve(import.meta.dirname, '..')
const read = (path: string) => readFileSync(resolve(ROOT, path), 'utf8')
const PAGES = ['docs/operations.md', 'terraform/README.md', 'README.md', 'ARCHITECTURE.md', 'docs/edge.md', 'docs/capacity.md']

const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
/** Whether a path names a file or folder, a test by its filter, or a decision by its number. */
const fileExists = (path: string) =>
  [path, `${path}.test.ts`].some((file) => existsSync(resolve(ROOT, file))) ||
  (/^docs\/decisions\/\d{4}$/.test(path) && decisions.some((file) => `docs/decisions/${file}`.startsWith(`${path}-`)))
const decisions = readdirSync(resolve(ROOT, 'docs/decisions'))
const routes = ['origin/routes', 'origin/admin'].flatMap((folder) =>
  readdirSync(resolve(ROOT, folder)).map((file) => read(`${folder}/${file}`))
).join('\n')
const settings = ['edge', 'origin'].map((program) => read(`${program}/config.ts`)).join('\n')
const outputs = read('terraform/outputs.tf')

const IGNORED = read('.gitignore').split('\n')

/** Kinds of names in the documents: how each is written, and whether it exists. */
const NAMES: { pattern: RegExp; exists(name: string): boolean }[] = [
  { pattern: /npm run ([a-z-]+)/g, exists: (name) => name in scripts },
  { pattern: /npm test -- (test\/[\w./-]+)/g, exists: fileExists },
  {
    pattern: /(?<![\w/.])((?:edge|origin|web|db|bench|terraform|test|docs|\.github)\/[\w./-]*\w)/g,
    exists: (name) => fileExists(name) || IGNORED.includes(`${name}/`),
  },
  { pattern: /output -raw (\w+)/g, exists: (name) => outputs.includes(`output "${name}"`) },
  {
    pattern: /\/opt\/neticket\/bin\/([\w-]+)/g,
    exists: (name) => ['bun', 'deno'].includes(name) || fileExists(`terraform/bin/${name}`),
  },
  { pattern: /…\/(load|unload|[a-z]{4,})`/g, exists: (name) => routes.includes(`/api/admin/events/:id/seats/${name}'`) },
  {
    pattern: /(\/api\/[\w/{}$-]+)/g,
    exists: (path) => routes.includes(`'${path.replace(/\/(\d+|\{\w+\}|\$\w+)(?=\/|$)/g, '/:id')}'`),
  },
  { pattern: /\b((?:ROOM|ORIGIN|EDGE|WRITE_BACK|BACKLOG)_[A-Z_]+)\b/g, exists: (name) => settings.includes(`${name}:`) },
]

/** The names in a text that do not exist. */
const missingIn = (text: string): string[] =>
  NAMES.flatMap(({ pattern, exists }) => [...text.matchAll(pattern)].map(([, name]) => name!).filter((name) => !exists(name)))

describe('names in the documents', () => {
  test.each(PAGES)('%s names only scripts, files, routes and settings that exist', (page) => {
    expect(missingIn(read(page))).toEqual([])
  })

  test('a planted wrong name is found (negative control)', () => {
    const planted = [
      'npm run nothing',
      'npm test -- test/nothing',
      '`db/nothing.ts`',
      'tf output -raw nothing',
      '/opt/neticket/bin/nothing',
      '`…/nothing`',
      'POST /api/admin/nothing',
      '`ROOM_NOTHING`',
    ]
    for (const text of planted) expect(missingIn(text).length, text).toBeGreaterThan(0)
  })
})

describe('alarms', () => {
  /** The names in the table of docs/operations.md: one row per alarm, and one for the alarms of all Valkey nodes. */
  const rows = (page: string) => {
    const table = page.slice(page.indexOf('## Alarms'), page.indexOf('## What a buyer sees'))
    return [...table.matchAll(/^\| ([a-z][a-z0-9-]+) +\|/gm)].map(([, name]) => name!).filter((name) => name !== 'alarm').sort()
  }
  /** The keys of `local.alarms`, including those that are generated per role and per Valkey node. */
  const alarms = (source: string) => {
    const locals = source.slice(source.indexOf('alarms = merge('), source.indexOf('resource "aws_cloudwatch_metric_alarm"'))
    const plain = [...locals.matchAll(/^ {6}"?([a-z0-9-]+?)(?:-\$\{node\})?"? = \{$/gm)].map(([, name]) => name!)
    const ofRoles = [...locals.matchAll(/"\$\{role\}-([a-z0-9-]+)" =>/g)].map(([, name]) => name!)
    return [...plain.filter((name) => name !== 'metrics'), ...ofRoles.flatMap((name) => [`edge-${name}`, `origin-${name}`])]
      .sort()
  }
  const [page, source] = [read('docs/operations.md'), read('terraform/observability.tf')]

  test('every alarm has a row in the operations guide, and every row except cost has an alarm', () => {
    expect(alarms(source).length).toBeGreaterThan(15)
    expect(rows(page).filter((name) => name !== 'cost')).toEqual(alarms(source))
  })

  test('an alarm without a row and a row without an alarm are found (negative control)', () => {
    const more = source.replace('      dead-letters = {', '      something-new = {\n      }\n      dead-letters = {')
    expect(alarms(more)).toContain('something-new')
    expect(rows(page.replace(/^\| dead-letters .*\n/m, ''))).not.toContain('dead-letters')
  })
})

test('docs/edge.md lists every limit of an edge with its figures', () => {
  const rows = [...read('docs/edge.md').matchAll(/^\| `(\w+)` +\| ([\d,]+) +\| ([\d.,]+) +\|/gm)]
  const listed = rows.map((
    [, name, burst, perSecond],
  ) => [name, ...[burst!, perSecond!].map((figure) => Number(figure.replace(',', '')))])
  const limits = Object.entries(LIMITS).map(([name, { burst, perSecond }]) => [name, burst, Number(perSecond.toFixed(3))])
  expect(listed.sort()).toEqual(limits.sort())
})

describe('operators change tables with commands and the admin API, never with SQL', () => {
  /** The statements of a document, in its prose too, that write to a table or change one. */
  const writesIn = (text: string): string[] =>
    text.match(
      /\b(?:insert\s+(?:ignore\s+)?into|replace\s+into|update\s+\w+\s+set|delete\s+from|(?:alter|drop|truncate|rename)\s+table|truncate\s+\w+;)/gi,
    ) ?? []

  test.each([...PAGES, 'docs/attacks.md', 'docs/security.md'])('%s', (page) => {
    expect(writesIn(read(page))).toEqual([])
  })

  test('a statement that writes is found, one that reads is not (negative control)', () => {
    const statements = [
      "update users set password_hash = 'x'",
      'ALTER TABLE users auto_increment = 7',
      'insert into audit values (1)',
      'delete\n  from refresh_tokens',
      'drop table users',
      'truncate audit;',
    ]
    for (const statement of statements) expect(writesIn(statement), statement).toHaveLength(1)
    expect(writesIn('select * from dead_letters order by id desc')).toEqual([])
  })
})
