import { expect, test } from 'vitest'
import { bucketOf, BUCKETS, percentileOf } from './latency-histogram.ts'

function histogramOf(values: number[]): Map<number, number> {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(bucketOf(value), (counts.get(bucketOf(value)) ?? 0) + 1)
  return counts
}

test('a percentile is at most half above the exact one, and never below it', () => {
  const values = Array.from({ length: 1_000 }, (_, i) => 4 + i)
  const counts = histogramOf(values)
  for (const percentile of [0.5, 0.95, 0.99]) {
    const exact = values[Math.ceil(percentile * values.length) - 1]!
    const found = percentileOf(counts, percentile)!
    expect(found).toBeGreaterThanOrEqual(exact)
    expect(found).toBeLessThanOrEqual(exact * 1.55)
  }
})

test('one slow value of a hundred is the last percentile, not the others', () => {
  const counts = histogramOf([...Array.from({ length: 98 }, () => 10), 900, 900])
  expect([0.5, 0.95, 0.99].map((percentile) => percentileOf(counts, percentile))).toEqual([10, 10, 1_000])
})

test('every duration has a bucket; an empty histogram has no percentile', () => {
  expect([0, 0.4, 10_000, 10_001, Infinity].map(bucketOf)).toEqual([0, 0, BUCKETS - 2, BUCKETS - 1, BUCKETS - 1])
  expect(percentileOf(new Map(), 0.5)).toBe(null)
  expect(percentileOf(histogramOf([60_000]), 0.99)).toBe(10_000)
})
