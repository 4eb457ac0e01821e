import { defineConfig } from 'vitest/config'

/** Sends requests to a shop of its own: `FUZZ_REQUESTS=50000 npm run fuzz`. `FUZZ_SEED=…` repeats a run, `FUZZ_REPEAT=…` one request of it. */
export default defineConfig({
  test: {
    include: ['test/fuzz/*.fuzz.ts'],
    globalSetup: ['test/stores.ts'],
    testTimeout: 24 * 3_600_000,
    hookTimeout: 120_000,
  },
})
