import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sentences, TEXTS } from './text.ts'

const ROOT = join(import.meta.dirname, '..')
const SOURCES = globSync(['web/**/*.{ts,tsx}', 'origin/**/*.{ts,tsx}', 'edge/contract/**/*.ts'], { cwd: ROOT })
  .filter((file) => file !== join('web', 'text.ts') && !/\.test\.|^web.dist/.test(file))
  .map((file) => readFileSync(join(ROOT, file), 'utf8')).join('\n')

const unused = (names: string[]) => names.filter((name) => !new RegExp(`['.]${name}\\b`).test(SOURCES))

test('every text of the pages is used', () => expect(unused(Object.keys(TEXTS).concat(Object.keys(sentences)))).toEqual([]))

test('numbers and dates never have the language of the browser', () => expect(SOURCES).not.toMatch(/\.toLocale\w+\(\)/))

test('a text that no page uses is found (negative control)', () => {
  expect(unused(['searchPlaceholder', 'aTextOfNoPage', 'book'])).toEqual(['aTextOfNoPage'])
})
