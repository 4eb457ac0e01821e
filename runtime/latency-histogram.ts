/** The upper bounds of the buckets in milliseconds; one more bucket has no bound. Neighbours differ by a half at most, so a percentile is that exact. */
const BOUNDS_MS = [
  1,
  2,
  3,
  5,
  7,
  10,
  15,
  20,
  30,
  45,
  65,
  100,
  150,
  200,
  300,
  450,
  650,
  1_000,
  1_500,
  2_000,
  3_000,
  4_500,
  6_500,
  10_000,
]
export const BUCKETS = BOUNDS_MS.length + 1

/** The bucket of a duration. */
export function bucketOf(ms: number): number {
  const bucket = BOUNDS_MS.findIndex((bound) => ms <= bound)
  return bucket < 0 ? BOUNDS_MS.length : bucket
}

/**
 * The upper bound of the bucket that holds a percentile (0 to 1), in milliseconds; null for a histogram without a value. `counts`: values by
 * bucket; buckets that are missing hold none.
 */
export function percentileOf(counts: ReadonlyMap<number, number>, percentile: number): number | null {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  let seen = 0
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    seen += counts.get(bucket) ?? 0
    if (seen >= percentile * total) return BOUNDS_MS[bucket] ?? BOUNDS_MS.at(-1)!
  }
  return BOUNDS_MS.at(-1)!
}
