import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (path: string) => readFileSync(path, 'utf8')
const operations = read('docs/operations.md')
const pages = ['docs/operations.md', 'terraform/README.md', 'README.md', 'ARCHITECTURE.md', 'docs/edge.md', 'docs/capacity.md']

test.each(pages)('%s names scripts and paths that there are', (page) => {
  const text = read(page)
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  for (const [, script] of text.matchAll(/npm run ([a-z-]+)/g)) expect(Object.keys(scripts)).toContain(script)
  const folders = '(?:edge|origin|web|db|bench|terraform|test|docs|\\.github)'
  for (const [, path] of text.matchAll(new RegExp(`\`(${folders}/[\\w./-]*[\\w/])\``, 'g'))) {
    const isTest = existsSync(`${path}.test.ts`)
    expect(existsSync(path!) || isTest || path!.startsWith('bench/results'), `${page} names ${path}`).toBe(true)
  }
})

test('every alarm has a row that says what to do, and every row an alarm', () => {
  const table = operations.slice(operations.indexOf('## Alarms'), operations.indexOf('## What a buyer sees'))
  const rows = [...table.matchAll(/^\| ([a-z][a-z0-9-]+) +\|/gm)].map(([, name]) => name!).filter((name) => name !== 'alarm')
  const source = read('terraform/observability.tf')
  const locals = source.slice(source.indexOf('alarms = merge('), source.indexOf('resource "aws_cloudwatch_metric_alarm"'))
  const named = [...locals.matchAll(/^ {6}"?([a-z0-9-]+?)(?:-\$\{node\})?"? = \{$/gm)].map(([, name]) => name!)
    .filter((name) => name !== 'metrics')
  const ofRoles = [...locals.matchAll(/: "\$\{role\}-([a-z0-9-]+)" =>/g)].flatMap((
    [, name],
  ) => [`edge-${name}`, `origin-${name}`])
  expect([...named, ...ofRoles].length).toBeGreaterThan(15)
  expect(rows.sort()).toEqual([...named, ...ofRoles, 'cost'].sort())
})
