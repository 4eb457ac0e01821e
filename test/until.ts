import { vi } from 'vitest'

/** Waits until it is so, for half a minute at most. Throws what `met` throws. */
export const until = (met: () => boolean | Promise<boolean>): Promise<true> =>
  vi.waitUntil(met, { timeout: 30_000, interval: 50 })
