import { describe, expect, test } from 'vitest'
import type { EventFields } from '../../edge/contract/admin-events.ts'
import { compareFields, compareThree, mergeFields, newFields, readFields } from './event-fields.ts'
import { parseFields, toChanges } from './event-values.ts'

const type = (id: string, name: string, price = '1000', seats = '10') => ({ id, name, nameEn: name, price, seats })
const base: EventFields = {
  ...newFields(),
  title: '재즈',
  venue: '홀',
  opensAt: '2030-11-28T20:00',
  closesAt: '2030-12-24T17:00',
  startsAt: '2030-12-24T19:00',
  ticketTypes: [type('1', 'VIP'), type('2', 'R')],
}
const changed = (more: Partial<EventFields>): EventFields => ({ ...structuredClone(base), ...more })
const keysOf = (before: EventFields, after: EventFields) => compareFields(before, after).map(({ key }) => key)

function changesOf(after: EventFields) {
  const parsed = parseFields(after)
  if (parsed.kind !== 'parsed') throw new Error(JSON.stringify(parsed.faults))
  const changes = toChanges(compareFields(base, after), parsed)
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
}

test('decomposed Hangul, as file names have it, is composed', () => {
  const fields = readFields({ title: '여정'.normalize('NFD'), venue: '홀'.normalize('NFD') })
  expect([fields.title, fields.venue]).toEqual(['여정', '홀'])
})

describe('what an operator has changed', () => {
  test('is found by field; blank rows are not ticket types', () => {
    expect(keysOf(base, changed({ ticketTypes: [...base.ticketTypes, type('', '', '', '')] }))).toEqual([])
    expect(keysOf(base, changed({ title: '여름 재즈', ticketTypes: [type('1', 'VIP', '2000'), type('2', 'R')] }))).toEqual([
      'title',
      'type.1.price',
    ])
  })

  test('becomes only the changes that it concerns; another zone moves all times', () => {
    expect(changesOf(changed({ title: '여름 재즈' }))).toEqual({ title: '여름 재즈', ticketTypes: [], removedTicketTypes: [] })
    const moved = changesOf(changed({ zone: 'America/New_York' }))
    expect(moved).toMatchObject({ zone: 'America/New_York', startsAt: new Date('2030-12-25T00:00:00Z') })
    expect(Object.keys(moved)).toEqual(['zone', 'startsAt', 'opensAt', 'closesAt', 'ticketTypes', 'removedTicketTypes'])
    const types = changesOf(changed({ ticketTypes: [type('1', '', '', ''), type('2', 'R', '1000', '11'), type('', 'S')] }))
    expect(types.ticketTypes).toEqual([{ id: 2, seats: 11 }, { name: 'S', nameEn: 'S', price: 1000, seats: 10 }])
    expect(types.removedTicketTypes).toEqual([1])
  })
})

describe('two editors', () => {
  const theirs = changed({ title: '재즈의 밤', ticketTypes: [type('1', 'VIP', '2000'), type('2', 'R'), type('3', 'S')] })
  const yours = changed({ title: '여름 재즈', venue: '새 홀', ticketTypes: [type('1', 'VIP', '1000', '20'), type('', 'A')] })

  test('see every field that one of them has changed', () => {
    const conflicts = compareThree(base, theirs, yours)
    expect(conflicts[0]).toEqual({ key: 'title', base: '재즈', theirs: '재즈의 밤', yours: '여름 재즈' })
    expect(new Set(conflicts.map(({ key }) => key.replace(/\.\w+$/, '')))).toEqual(
      new Set(['title', 'venue', 'type.1', 'type.2', 'type.3', 'type.new0']),
    )
  })

  test('merge without losing what only one has changed', () => {
    expect(mergeFields(base, theirs, yours)).toEqual(changed({
      title: '여름 재즈',
      venue: '새 홀',
      ticketTypes: [type('1', 'VIP', '2000', '20'), type('3', 'S'), type('', 'A')],
    }))
    expect(mergeFields(base, base, yours).venue).toBe('새 홀')
    expect(mergeFields(base, theirs, base)).toEqual(theirs)
  })
})

test('a form whose fields are missing, repeated or too long is read as empty or cut, and refused', () => {
  const read = readFields({ title: ['a', 'b'], venue: 'x'.repeat(5_000), 'type.0.name': 'R', 'type.0.price': '1,000' })
  expect([read.title, read.venue.length, read.ticketTypes]).toEqual(['', 2_000, [{ ...type('', 'R'), nameEn: '', seats: '' }]])
  const faults = parseFields(read)
  expect(faults.kind === 'invalid' && faults.faults.map(({ field }) => field)).toEqual(
    expect.arrayContaining(['title', 'venue', 'zone', 'startsAt', 'limitPerPerson', 'type.0.seats']),
  )
})
