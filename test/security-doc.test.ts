import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { testExists, testsIn } from './named-tests.ts'

const ROOT = resolve(import.meta.dirname, '..')
const read = (path: string) => readFileSync(resolve(ROOT, path), 'utf8')
const page = read('docs/security.md')

/**
 * The requirements of levels 1 and 2 of OWASP ASVS 5.0.0: how many each section has. They are numbered from 1; those of level 3 follow them.
 * The source is 5.0/docs_en/OWASP_Application_Security_Verification_Standard_5.0.0_en.csv of github.com/OWASP/ASVS.
 */
const ASVS: Record<string, number> = {
  ...section(1, [2, 9, 11, 3, 2]),
  ...section(2, [3, 3, 4, 1]),
  ...section(3, [0, 2, 4, 6, 5, 0, 2]),
  ...section(4, [3, 1, 2, 4]),
  ...section(5, [1, 3, 2, 3]),
  ...section(6, [3, 12, 4, 4, 5, 3, 0, 4]),
  ...section(7, [3, 4, 2, 5, 2, 2]),
  ...section(8, [2, 3, 1, 1]),
  ...section(9, [3, 4]),
  ...section(10, [2, 2, 4, 11, 5, 2, 3]),
  ...section(11, [2, 3, 3, 4, 1, 1]),
  ...section(12, [3, 2, 4]),
  ...section(13, [1, 5, 2, 5]),
  ...section(14, [2, 4, 3]),
  ...section(15, [3, 3, 7]),
  ...section(16, [1, 5, 4, 3, 3]),
  ...section(17, [1, 4, 2]),
}

/** The sections of a chapter by number, `3.2`, with their numbers of requirements. */
function section(chapter: number, counts: number[]): Record<string, number> {
  return Object.fromEntries(counts.map((count, i) => [`${chapter}.${i + 1}`, count]))
}
const requirements = Object.entries(ASVS).flatMap(([name, count]) => Array.from({ length: count }, (_, i) => `${name}.${i + 1}`))

/** The cells of the rows of the standard's tables. */
const rowsOf = (text: string) =>
  text.split('\n').filter((line) => /^\| \d+\.\d+\.\d+/.test(line)).map((line) =>
    line.split('|').slice(1, -1).map((cell) => cell.trim())
  )

/** The requirements that a first cell names: `1.2.3, 1.2.6–1.2.8`. */
function namedBy(cell: string): string[] {
  return cell.split(', ').flatMap((part) => {
    const [from, to = from] = part.split('–')
    const [chapter, group, first] = from!.split('.').map(Number)
    const last = Number(to!.split('.')[2])
    return Array.from({ length: last - first! + 1 }, (_, i) => `${chapter}.${group}.${first! + i}`)
  })
}

/** The files and folders that a text names and that do not exist. */
const missingIn = (text: string) =>
  [...text.matchAll(/`((?:[\w.-]+\/)+[\w.-]*)`/g)].map(([, path]) => path!).filter((path) => !existsSync(resolve(ROOT, path)))

describe('docs/security.md', () => {
  test('names tests and files that exist', () => {
    const named = testsIn(page)
    expect(named.length).toBeGreaterThan(150)
    expect(named.filter((test) => !testExists(test))).toEqual([])
    expect(missingIn(page)).toEqual([])
  })

  test('has each requirement of ASVS 5.0, levels 1 and 2, once', () => {
    expect(requirements).toHaveLength(253)
    const named = rowsOf(page).flatMap(([numbers]) => namedBy(numbers!))
    expect(named.filter((number, i) => named.indexOf(number) < i)).toEqual([])
    expect(named.filter((number) => !requirements.includes(number))).toEqual([])
    expect(requirements.filter((number) => !named.includes(number))).toEqual([])
  })

  test('has a result in each row, and a text that says how, why not, or what is missing', () => {
    for (const [numbers, met, text] of rowsOf(page)) {
      expect(['yes', 'partly', 'no', 'n/a'], numbers).toContain(met)
      expect(text!.length, numbers).toBeGreaterThan(10)
    }
  })

  test('links to entries of docs/attacks.md that exist', () => {
    const numbers = [...page.matchAll(/\[A(\d+)\]\(attacks\.md#a(\d+)-/g)]
    expect(numbers.length).toBeGreaterThan(30)
    const attacks = read('docs/attacks.md')
    for (const [, shown, linked] of numbers) {
      expect(linked).toBe(shown)
      expect(attacks).toContain(`## A${shown} `)
    }
  })

  test('a planted title, file and number are found (negative control)', () => {
    const [planted] = testsIn('`test/security-doc.test.ts` “no test has' + ' this title”')
    expect(testExists(planted!)).toBe(false)
    expect(testExists({ file: 'test/nothing.test.ts', title: 'x' })).toBe(false)
    expect(missingIn('`edge/nothing.ts`')).toEqual(['edge/nothing.ts'])
    expect(namedBy('1.2.1, 1.2.3–1.2.5')).toEqual(['1.2.1', '1.2.3', '1.2.4', '1.2.5'])
  })
})
