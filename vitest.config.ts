import { defineConfig } from 'vitest/config'
import { readTiers } from './test/tiers.ts'

const { unit, integration } = readTiers()

export default defineConfig({
  test: {
    // Limits for a hung test, not for a slow machine: each is many times what a test takes on an idle one.
    testTimeout: 180_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 30_000 } },
    maxWorkers: 2,
    tags: [
      {
        name: 'slow',
        description: 'takes more than two seconds; `npm run test:unit` skips it, the gate runs it',
        timeout: 900_000,
      },
    ],
    projects: [
      // A test that is close to this limit on an idle machine needs the tag `slow`.
      {
        extends: true,
        test: {
          name: 'unit',
          include: unit,
          globalSetup: ['test/browser-code.ts'],
          setupFiles: ['test/no-stores.ts'],
          testTimeout: 60_000,
        },
      },
      // Each test file creates databases of its own in the stores that `globalSetup` starts.
      {
        extends: true,
        test: { name: 'integration', include: integration, globalSetup: ['test/stores.ts'] },
      },
    ],
  },
})
