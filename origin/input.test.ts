import { describe, expect, test } from 'vitest'
import { isTest, readSources } from '../test/import-graph.ts'
import { jsonInteger, listQuery, textInteger } from './input.ts'
import { bookingForm, bookingInput, keepForm, keepInput } from './reservation-input.ts'

describe('a number in JSON', () => {
  const accepts = (value: unknown) => jsonInteger(1, 100).safeParse(value).success

  test.each([1, 7, 100])('%j is one', (value) => expect(accepts(value)).toBe(true))

  test.each([null, true, false, '', ' ', '1', '0x1', '1e0', [], [1], {}, 0, -1, 1.5, 101, undefined])(
    '%j is none',
    (value) => expect(accepts(value)).toBe(false),
  )
})

describe('a number in a form or a query', () => {
  const accepts = (value: unknown) => textInteger(1, 100).safeParse(value).success

  test.each(['1', '7', '100'])('%j is one', (value) => expect(accepts(value)).toBe(true))

  test.each(
    [
      '',
      ' ',
      '0',
      '00',
      '01',
      '+1',
      '-1',
      '1.5',
      '1.0',
      '1e0',
      '0x1',
      '1_0',
      '١',
      '１',
      'abc',
      '101',
      ' 1',
      '1\n',
      '9'.repeat(400),
    ],
  )('%j is none', (value) => expect(accepts(value)).toBe(false))

  test.each([1, null, undefined, ['1'], ['1', '2'], new File(['1'], '1')])(
    'a value that is no text is none',
    (value) => expect(accepts(value)).toBe(false),
  )
})

describe('what a schema does without a readable number', () => {
  const unreadable = [undefined, null, '', ' ', false, true, [], [1], '0', '-1', '1.5', 'abc', '101', 'NONE', 'none ']

  test.each(unreadable)('%j as the seats to keep cancels nothing', (value) => {
    expect(keepForm.safeParse({ keep: value }).success).toBe(false)
    expect(keepInput.safeParse({ quantity: value }).success).toBe(false)
  })

  test('cancelling all seats is one value of the form, and no value of the API', () => {
    expect(keepForm.parse({ keep: 'none' })).toEqual({ keep: 0 })
    expect(keepInput.safeParse({ quantity: 0 }).success).toBe(false)
    expect(keepForm.safeParse({ quantity: 'none' }).success).toBe(false)
  })

  test('fields that a schema does not name are ignored', () => {
    expect(bookingInput.parse({ ticketTypeId: 61, quantity: 2, price: 0 })).toEqual({ ticketTypeId: 61, quantity: 2 })
  })

  test.each([{ page: '0x1' }, { page: '1e1' }, { page: ['1', '2'] }, { size: '101' }, { size: '' }])(
    '%j is no page',
    (query) => expect(listQuery.safeParse(query).success).toBe(false),
  )

  test('a form and the API agree about a booking', () => {
    const form = { ticketTypeId: '61', quantity: '2', idempotencyKey: 'k' }
    expect(bookingForm.parse(form)).toEqual({ ticketTypeId: 61, quantity: 2, idempotencyKey: 'k' })
  })
})

/** What reads a request without being told what it expects, and the files that may use it. */
const LENIENT: [what: RegExp, mayUse: string[]][] = [
  [/z\.coerce\b/, []],
  [/\.parseBody\(/, ['origin/input.ts']],
  // A request batch comes from an edge, not from a client.
  [/\.req\.json\(/, ['origin/routes/request-batches.ts']],
  [/\.req\.(?:formData|query\(\))/, []],
]

test.each(LENIENT)('nothing on the way of a request uses %s', (what, mayUse) => {
  const sources = readSources(['origin', 'edge']).filter(({ file }) => !isTest(file))
  expect(sources.length).toBeGreaterThan(100)
  expect(sources.filter(({ text }) => what.test(text)).map(({ file }) => file).sort()).toEqual(mayUse)
})
