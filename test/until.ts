import { vi } from 'vitest'

/** Waits until `condition` holds, for at most a minute. Throws what `condition` throws. */
export const until = (condition: () => boolean | Promise<boolean>): Promise<true> =>
  vi.waitUntil(condition, { timeout: 60_000, interval: 50 })
