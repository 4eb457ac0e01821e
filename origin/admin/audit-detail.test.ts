import { expect, test } from 'vitest'
import { describeDetail } from './audit-detail.ts'

test('lists what changed, with the values before and after, and leaves out what did not', () => {
  const before = { title: '공연', price: 1, types: [{ id: 1, seats: 10 }], gone: true }
  const after = { title: '공연', price: 2, types: [{ id: 1, seats: 12 }, { id: 2, seats: 5 }] }
  expect(describeDetail({ before, after }).changes).toEqual([
    { field: 'price', before: '1', after: '2' },
    { field: 'types.0.seats', before: '10', after: '12' },
    { field: 'gone', before: 'true', after: null },
    { field: 'types.1.id', before: null, after: '2' },
    { field: 'types.1.seats', before: null, after: '5' },
  ])
})

test('lists everything else by its path, and whatever a tampered row holds', () => {
  expect(describeDetail({ reply: ['drift', 3], none: null, empty: {} }).others).toEqual([
    { field: 'reply.0', value: 'drift' },
    { field: 'reply.1', value: '3' },
    { field: 'none', value: 'null' },
    { field: 'empty', value: '{}' },
  ])
  expect(describeDetail('{broken')).toEqual({ changes: [], others: [{ field: '', value: '{broken' }] })
  expect(describeDetail(null)).toEqual({ changes: [], others: [] })
})
