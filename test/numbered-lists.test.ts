import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { testExists, testsIn } from './named-tests.ts'

const ROOT = resolve(import.meta.dirname, '..')
const read = (path: string) => readFileSync(resolve(ROOT, path), 'utf8')
const FILE = /`((?:db|edge|origin|runtime|test|web)\/[\w./-]+)`/g
const filesIn = (text: string) => [...text.matchAll(FILE)].map(([, file]) => file!)
const missingIn = (text: string) => filesIn(text).filter((file) => !existsSync(resolve(ROOT, file)))

/** Number → the files of `test/attacks` that its entry names. */
type TestedIn = Map<number, string[]>

/** What docs/attacks.md claims. Numbers without a test in `test/attacks` have an empty list. */
function claimedIn(list: string): TestedIn {
  const entries = list.split(/^## A(?=\d)/m).slice(1)
  return new Map(entries.map((entry) => [
    Number.parseInt(entry),
    filesIn(entry).filter((file) => file.startsWith('test/attacks/')).sort(),
  ]))
}

/** What the titles of tests such as `A1, A40: …` refer to. */
function namedIn(sources: { file: string; text: string }[]): TestedIn {
  const named: TestedIn = new Map()
  for (const { file, text } of sources) {
    for (const [, numbers] of text.matchAll(/['"`]((?:A\d+, )*A\d+): /g)) {
      for (const number of numbers!.split(', ').map((name) => Number(name.slice(1)))) {
        named.set(number, [...new Set([...named.get(number) ?? [], file])].sort())
      }
    }
  }
  return named
}

/** The numbers for which a list and the tests differ. */
const differences = (claimed: TestedIn, named: TestedIn) =>
  [...new Set([...claimed.keys(), ...named.keys()])].filter((number) =>
    String(claimed.get(number) ?? 'not listed') !== String(named.get(number) ?? [])
  )

describe('docs/attacks.md', () => {
  const list = read('docs/attacks.md')
  const sources = readdirSync(resolve(ROOT, 'test/attacks')).filter((name) => name.endsWith('.test.ts'))
    .map((name) => ({ file: `test/attacks/${name}`, text: read(`test/attacks/${name}`) }))

  test('has numbered entries in ascending order, each with tests or the reason why there are none', () => {
    const numbers = [...list.matchAll(/^## A(\d+)/gm)].map(([, number]) => Number(number))
    expect(numbers.length).toBeGreaterThan(50)
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
    const tests = [...list.matchAll(/^- \*\*Tests:\*\* (.*)$/gm)].map(([, line]) => line!)
    expect(tests).toHaveLength(numbers.length)
    expect(tests.filter((line) => filesIn(line).length === 0 && !/^none: ./.test(line))).toEqual([])
  })

  test('names exactly those tests of test/attacks that carry the number, and other files that exist', () => {
    expect(differences(claimedIn(list), namedIn(sources))).toEqual([])
    expect(missingIn(list)).toEqual([])
  })

  test('a test without an entry, an entry without a test and a missing file are found (negative control)', () => {
    const claimed = claimedIn(list)
    const more = [...sources, { file: 'test/attacks/planted.test.ts', text: `test('A9, A99: x', () => {})` }]
    expect(differences(claimed, namedIn(more))).toEqual([9, 99])
    expect(differences(claimed, namedIn(sources.filter(({ file }) => !file.endsWith('slow-clients.test.ts'))))).toEqual([17])
    expect(missingIn('`edge/nothing.ts`')).toEqual(['edge/nothing.ts'])
  })
})

describe('docs/buyers.md', () => {
  const cases = read('docs/buyers.md').split(/^## B(?=\d)/m).slice(1)

  test('has numbered cases in ascending order, each with tests that exist', () => {
    expect(cases.map((entry) => Number.parseInt(entry))).toEqual(Array.from({ length: 35 }, (_, i) => i + 1))
    const named = cases.map((entry) => testsIn(entry.slice(entry.indexOf('- **Tests:**'))))
    expect(cases.filter((_, i) => named[i]!.length === 0)).toEqual([])
    expect(named.flat().filter((test) => !testExists(test))).toEqual([])
  })

  test('a planted title is found (negative control)', () => {
    const [planted] = testsIn('`test/numbered-lists.test.ts` “a case that has' + ' no test”')
    expect(testExists(planted!)).toBe(false)
  })
})

test('docs/seed-defects.md names files that exist', () => {
  expect(missingIn(read('docs/seed-defects.md'))).toEqual([])
})
