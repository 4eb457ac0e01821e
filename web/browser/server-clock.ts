/**
 * The server's time. A device's own clock may be wrong, and set right while the page is open, so only the progress of its monotonic clock
 * (`performance.now`) is used.
 */
export type ServerClock = {
  /** Epoch milliseconds. */
  now(): number
  /** Sets the server's time as it is at this moment; ignores a value that is not a number. */
  set(serverMs: number): void
  /**
   * Takes the time of a response that may have been on its way, or in a cache, for some seconds: it moves the clock forward only. A time that
   * is much older comes from another clock, which is right.
   */
  setAtLeast(serverMs: number): void
}

const STALE_MS = 5_000

export function createServerClock(elapsedMs: () => number): ServerClock {
  let offsetMs = 0
  const now = () => elapsedMs() + offsetMs
  const set = (serverMs: number) => {
    if (!Number.isNaN(serverMs)) offsetMs = serverMs - elapsedMs()
  }
  return {
    now,
    set,
    setAtLeast: (serverMs) => {
      const aheadMs = serverMs - now()
      if (aheadMs > 0 || aheadMs < -STALE_MS) set(serverMs)
    },
  }
}
