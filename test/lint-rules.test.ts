import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { runProgram } from './run-program.ts'

const ROOT = resolve(import.meta.dirname, '..')

/** Lints a text with the rules of this repository and applies the fixes. */
function lint(text: string, ...options: string[]): { status: number | null; output: string; text: string } {
  const dir = mkdtempSync(join(tmpdir(), 'neticket-lint-'))
  try {
    const file = join(dir, 'planted.ts')
    writeFileSync(file, text)
    const command = ['lint', '--quiet', '--config', join(ROOT, 'deno.json'), ...options, file]
    const { status, stdout, stderr } = runProgram(join(ROOT, 'node_modules/.bin/deno'), command)
    return { status, output: stdout + stderr, text: readFileSync(file, 'utf8') }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

test('rejects a literal that is spread into another literal', () => {
  const { status, output } = lint(`
    export const a = { ...{ b: 1 } }
    export const c = { d: 1, ...{ e: 2, f: 3 } }
    export const g = [...[1, 2], 3]
  `)
  expect(status).toBe(1)
  expect(output.match(/no-spread-literal/g)).toHaveLength(3)
})

test('accepts other spreads, and nested literals (negative control)', () => {
  const { status, output } = lint(`
    export const a = (b: boolean) => ({ ...(b && { c: 1 }) })
    export const d = (e: object) => ({ ...e, f: { g: 1 } })
    export const h = (i: number[]) => [...i, [1]]
    export const j = Math.max(...[1, 2])
  `)
  expect([status, output]).toEqual([0, ''])
})

test('--fix writes the contents into the outer literal', () => {
  const { status, text } = lint('export const a = { b: 1, ...{ c: 2, d: [...[3, 4], 5], }, e: 6 }', '--fix')
  expect([status, text]).toEqual([0, 'export const a = { b: 1, c: 2, d: [3, 4, 5], e: 6 }'])
})
