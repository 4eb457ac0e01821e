import { defineConfig } from 'vitest/config'

/** Random sales for as long as one likes: `SOAK_MINUTES=60 npm run soak`, and `SOAK_SEED=…` to play one again. */
export default defineConfig({
  test: {
    include: ['test/*.soak.ts'],
    globalSetup: ['test/stores.ts'],
    testTimeout: 24 * 3_600_000,
    hookTimeout: 120_000,
  },
})
