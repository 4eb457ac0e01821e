/** One column per property of a response, times in ms: arrival, duration, delay of its sending, and the kind of its request. */
export type Samples = { at: number[]; took: number[]; late: number[]; kind: number[] }

export const noSamples = (): Samples => ({ at: [], took: [], late: [], kind: [] })

export type Latency = {
  count: number
  mean: number
  p50: number
  p90: number
  p95: number
  p99: number
  p999: number
  max: number
}

/** Exact percentiles (nearest rank) of all responses, without buckets. */
export function describeLatency(ms: readonly number[]): Latency {
  const sorted = Float64Array.from(ms).sort()
  const rank = (share: number) => round(sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0)
  const sum = sorted.reduce((all, one) => all + one, 0)
  return {
    count: sorted.length,
    mean: round(sum / Math.max(1, sorted.length)),
    p50: rank(0.5),
    p90: rank(0.9),
    p95: rank(0.95),
    p99: rank(0.99),
    p999: rank(0.999),
    max: rank(1),
  }
}

/** One slice of a run, for the charts. */
export type Slice = { atMs: number; perSecond: number; p50: number; p99: number }

/** Cuts a run into at most `slices` slices of equal length, none shorter than 100 ms. */
export function sliceRun({ at }: Pick<Samples, 'at'>, ms: readonly number[], slices = 60): Slice[] {
  const end = at.at(-1) ?? 0
  const widthMs = Math.max(100, Math.ceil(end / slices / 100) * 100)
  const cut: number[][] = Array.from({ length: Math.ceil((end + 1) / widthMs) }, () => [])
  at.forEach((when, i) => cut[Math.floor(when / widthMs)]?.push(ms[i]!))
  return cut.map((own, i) => {
    const { count, p50, p99 } = describeLatency(own)
    const lengthMs = Math.max(1, Math.min(widthMs, end - i * widthMs))
    return { atMs: i * widthMs, perSecond: Math.round(count / lengthMs * 1000), p50, p99 }
  })
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

const round = (ms: number) => Math.round(ms * 1000) / 1000
