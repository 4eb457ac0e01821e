import { defineConfig } from 'vitest/config'

/** Plays random sales for a given time: `SOAK_MINUTES=60 npm run soak`. `SOAK_SEED=…` repeats a run. */
export default defineConfig({
  test: {
    include: ['test/*.soak.ts'],
    globalSetup: ['test/stores.ts'],
    testTimeout: 24 * 3_600_000,
    hookTimeout: 120_000,
  },
})
