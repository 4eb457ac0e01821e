import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')

const TOP_LEVEL = readdirSync(ROOT)
const DECISIONS = readdirSync(join(ROOT, 'docs/decisions'))
const DOCUMENTS = ['.', 'docs', 'docs/decisions', 'terraform', '.github'].flatMap((folder) =>
  readdirSync(join(ROOT, folder)).filter((file) => file.endsWith('.md')).map((file) => normalize(join(folder, file)))
)

type Document = { file: string; text: string }
const documents: Document[] = DOCUMENTS.map((file) => ({ file, text: read(file) }))
const withoutCodeBlocks = (text: string) => text.replace(/^ *```[^]*?^ *```/gm, '')

const IGNORED = read('.gitignore').split('\n').filter((line) => line !== '' && !line.startsWith('#'))

/** A path that exists or that git ignores, a test named by its filter (`test/burst`), or a decision by its number (`docs/decisions/0006`). */
const isPath = (path: string) =>
  existsSync(join(ROOT, path)) || IGNORED.includes(path) || existsSync(join(ROOT, `${path}.test.ts`)) ||
  (/^docs\/decisions\/\d{4}$/.test(path) && hasDecision(path.slice(-4)))
const hasDecision = (number: string) => DECISIONS.some((file) => file.startsWith(`${number}-`))

/** The anchor that GitHub gives a heading. */
const anchorOf = (heading: string) => heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-')
const anchorsOf = (text: string) => [...withoutCodeBlocks(text).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading!))

/** Paths in backticks, from the root of the repository, that do not exist. Patterns with `*`, `…` or `<name>` are not paths. */
export function missingPaths({ text }: Document): string[] {
  return [...withoutCodeBlocks(text).matchAll(/`([\w.@-]+(?:\/[\w.@-]+)*\/?)(?=[`:])/g)].map(([, path]) => path!)
    .filter((path) => path.includes('/') && TOP_LEVEL.includes(path.split('/')[0]!) && !path.startsWith('.data'))
    .filter((path) => !isPath(path))
}

/** Relative links whose file or heading does not exist. Images count as links. */
export function brokenLinks({ file, text }: Document): string[] {
  const targets = [...withoutCodeBlocks(text).matchAll(/\]\(([^)\s]+)\)|<img src="([^"]+)"/g)].map((found) =>
    found[1] ?? found[2]!
  )
  return targets.filter((target) => !/^[a-z]+:/.test(target)).filter((target) => {
    const [path, anchor] = target.split('#')
    const linked = path === '' ? file : normalize(join(dirname(file), path!))
    if (!existsSync(join(ROOT, linked))) return true
    return anchor !== undefined && !anchorsOf(linked === file ? text : read(linked)).includes(anchor)
  })
}

/** Decisions that a document refers to by a number that does not exist. */
export const missingDecisions = ({ text }: Document): string[] =>
  [...text.matchAll(/[Dd]ecisions? (\d{4})/g)].map(([, number]) => number!).filter((number) => !hasDecision(number))

describe('documents', () => {
  test.each(documents)('$file names only paths, links and decisions that exist', (document) => {
    expect(missingPaths(document)).toEqual([])
    expect(brokenLinks(document)).toEqual([])
    expect(missingDecisions(document)).toEqual([])
  })

  test('a planted wrong path, link, anchor and decision are found (negative control)', () => {
    const wrong = { file: 'docs/planted.md', text: '`db/none.ts` [a](none.md) [b](../README.md#none) decision 9999\n' }
    expect(missingPaths(wrong)).toEqual(['db/none.ts'])
    expect(brokenLinks(wrong)).toEqual(['none.md', '../README.md#none'])
    expect(missingDecisions(wrong)).toEqual(['9999'])
    const right = {
      file: 'docs/planted.md',
      text: '`db/schema.ts` `edge/` [a](edge.md) [b](../README.md#two-commands) decision 0001\n',
    }
    expect([missingPaths(right), brokenLinks(right), missingDecisions(right)]).toEqual([[], [], []])
  })
})

describe('decisions', () => {
  const records = DECISIONS.map((file) => ({ file, text: read(`docs/decisions/${file}`) }))

  test('have a unique number, which their title repeats', () => {
    expect(new Set(records.map(({ file }) => file.slice(0, 4))).size).toBe(records.length)
    for (const { file, text } of records) expect(text.slice(0, 7), file).toBe(`# ${file.slice(0, 4)} `)
  })

  test.each(records)('$file has a date and a status', ({ text }) => {
    expect(text).toMatch(/^Date: \d{4}-\d\d-\d\d · Status: (accepted|superseded)/m)
  })
})
