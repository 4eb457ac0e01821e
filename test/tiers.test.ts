import { Redis } from 'ioredis'
import { createConnection } from 'mysql2/promise'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { PROGRAM_STARTERS, readTiers, sortIntoTiers } from './tiers.ts'

const ROOT = resolve(import.meta.dirname, '..')
const REFUSAL = 'A unit test must not open a connection'

/** Assembled here, so that this file does not seem to import what it plants. */
const importFrom = (path: string, names = 'planted') => `import { ${names} } from '${path}'`

test('a test file is an integration test if it reaches the stores, a program or a browser, through any import', () => {
  const tierOf = (...lines: string[]) => {
    const { unit } = sortIntoTiers([
      { file: 'edge/planted.test.ts', text: lines.join('\n') },
      { file: 'edge/plain.ts', text: importFrom('./planted.test.ts') },
      { file: 'edge/between.ts', text: importFrom('../test/planted-shop.ts') },
      { file: 'test/planted-shop.ts', text: importFrom('vitest', 'inject') },
      { file: 'dev/processes.ts', text: '' },
    ])
    return unit.length === 1 ? 'unit' : 'integration'
  }
  expect(tierOf(importFrom('vitest', 'expect, test'), importFrom('./plain.ts'))).toBe('unit')
  expect(tierOf(importFrom('vitest', 'expect, inject, test'))).toBe('integration')
  expect(tierOf(importFrom('vitest', '\n  expect,\n  inject,\n'))).toBe('integration')
  expect(tierOf(importFrom('./between.ts'))).toBe('integration')
  expect(tierOf(`const { planted } = await import('${'./between.ts'}')`)).toBe('integration')
  expect(tierOf(importFrom('../dev/processes.ts', 'freePort'))).toBe('integration')
  expect(tierOf(importFrom('playwright-core', 'type Browser, chromium'))).toBe('integration')
})

test('both tiers have tests, and the modules that start programs exist', () => {
  const { unit, integration } = readTiers()
  expect(unit).toContain('test/tiers.test.ts')
  expect(integration).toContain('test/contract.test.ts')
  expect(PROGRAM_STARTERS.filter((file) => !existsSync(join(ROOT, file)))).toEqual([])
})

test('a unit test cannot connect to Redis or MySQL (negative control)', async () => {
  const redis = new Redis({ lazyConnect: true, retryStrategy: () => null })
  redis.on('error', () => {})
  await expect(redis.connect()).rejects.toThrow(REFUSAL)
  await expect((async () => await createConnection('mysql://root@127.0.0.1/test'))()).rejects.toThrow(REFUSAL)
})
