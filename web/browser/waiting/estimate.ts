/** The announced wait grows only by more than this, or by more than a share of what is left. */
const TOLERATED_MS = 30_000
const TOLERATED_SHARE = 0.15

export type RevisedEnd = {
  /** The end of the wait to announce, epoch milliseconds. */
  endMs: number
  /** What to do with the sentence that explains why the wait has become longer. */
  explanation: 'show' | 'hide' | 'keep'
}

/**
 * Revises the announced end of the wait; `announcedMs` is 0 before the first announcement. An earlier estimate replaces it at once. A later
 * one replaces it only beyond a tolerance, and then the page explains why. Visitors distrust an announced time that keeps growing.
 */
export function reviseEnd(announcedMs: number, estimatedMs: number, nowMs: number): RevisedEnd {
  if (announcedMs === 0) return { endMs: estimatedMs, explanation: 'keep' }
  const lateMs = estimatedMs - announcedMs
  if (lateMs < 0) return { endMs: estimatedMs, explanation: 'hide' }
  const toleratedMs = Math.max(TOLERATED_MS, TOLERATED_SHARE * (announcedMs - nowMs))
  return lateMs > toleratedMs ? { endMs: estimatedMs, explanation: 'show' } : { endMs: announcedMs, explanation: 'keep' }
}
