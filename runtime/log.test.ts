import { describe, expect, test } from 'vitest'
import { describeError, formatLogLine, MAX_LINE_BYTES, MAX_TEXT_LENGTH } from './log.ts'

const AT = new Date('2026-10-01T11:00:00Z')
const bytesOf = (text: string) => new TextEncoder().encode(text).length
const parse = (line: string): Record<string, unknown> => JSON.parse(line)

test('a short event is logged as it is', () => {
  const facts = { path: '/', status: 200, ms: 1.5, nested: { a: [1] }, missing: undefined }
  expect(formatLogLine(AT, 'request', facts)).toBe(
    '{"at":"2026-10-01T11:00:00.000Z","event":"request","path":"/","status":200,"ms":1.5,"nested":{"a":[1]}}\n',
  )
})

test('A85: a line contains nothing that a reader takes for a line break, or that a terminal executes or hides', () => {
  const path = '/\u2028{"event":"forged"}\u2029\x85\x9b31m\x7f\u202egnp\u2066'
  const line = formatLogLine(AT, 'request', { path })
  expect(line.match(/[^\x20-\x7e]/g)).toEqual(['\n'])
  expect(parse(line)).toMatchObject({ path })
  expect(formatLogLine(AT, 'request', { path: '가나다 é' })).toContain('가나다 é')
})

describe('a client cannot make a line long', () => {
  const LONG = 180_000

  test.each(['x', '가', '\0', '"', '\ud83c\udfab'])('with %j, 180,000 times in a path', (character) => {
    const line = formatLogLine(AT, 'request', { path: character.repeat(LONG), requestId: 'r-1', status: 404 })
    expect(bytesOf(line)).toBeLessThanOrEqual(MAX_LINE_BYTES)
    const { path, requestId, status } = parse(line)
    expect({ requestId, status }).toEqual({ requestId: 'r-1', status: 404 })
    expect(String(path).length).toBeLessThanOrEqual(MAX_TEXT_LENGTH + 1)
    expect(String(path).isWellFormed()).toBe(true)
  })

  test('in an error that quotes it, in its cause, in its stack or in a list', () => {
    const error = new Error(`Invalid URL: ${'x'.repeat(LONG)}`, { cause: new Error('y'.repeat(LONG)) })
    const line = formatLogLine(
      AT,
      'failed',
      Object.assign({ ids: Array.from({ length: LONG }, (_, i) => i) }, describeError(error)),
    )
    expect(bytesOf(line)).toBeLessThanOrEqual(MAX_LINE_BYTES)
    expect(parse(line)).toMatchObject({ event: 'failed', error: expect.stringMatching(/^Invalid URL: x+…$/) })
  })

  test('below the first level, or with many facts: the line keeps its event and request id', () => {
    const deep = formatLogLine(AT, 'failed', { requestId: 'r-1', facts: { text: 'x'.repeat(LONG) } })
    expect(parse(deep)).toEqual({ at: AT.toISOString(), event: 'failed', requestId: 'r-1', dropped: ['requestId', 'facts'] })
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`${i}-${'n'.repeat(300)}`, 'x'.repeat(300)]))
    expect(bytesOf(formatLogLine(AT, 'failed', many))).toBeLessThanOrEqual(MAX_LINE_BYTES)
    expect(bytesOf(formatLogLine(AT, 'e'.repeat(LONG), {}))).toBeLessThanOrEqual(MAX_LINE_BYTES)
  })
})

test('a failed query is logged without its values', () => {
  const text = 'Failed query: insert into users\nparams: alice@example.com,$scrypt$hash'
  const error = Object.assign(new Error(text), { query: 'insert into users', params: ['alice@example.com', '$scrypt$hash'] })
  const line = formatLogLine(new Date(0), 'failed', describeError(error))
  expect(line).toContain('Failed query: insert into users')
  expect(line).not.toMatch(/alice|scrypt/)
})
