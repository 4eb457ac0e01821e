import pLimit from 'p-limit'

/** Runs operators' reads that touch many rows, one at a time in this process, so that they take one connection at most from a sale. */
export type HeavyReads = {
  /** Null: too many reads wait already. */
  run<Result>(read: () => Promise<Result>): Promise<Result | null>
}

const MAX_WAITING = 8

export function createHeavyReads(): HeavyReads {
  const limit = pLimit(1)
  return { run: (read) => limit.pendingCount >= MAX_WAITING ? Promise.resolve(null) : limit(read) }
}
