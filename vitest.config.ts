import { defineConfig } from 'vitest/config'
import { readTiers } from './test/tiers.ts'

const { unit, integration } = readTiers()

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    maxWorkers: 2,
    tags: [
      {
        name: 'slow',
        description: 'takes more than two seconds; `npm run test:unit` skips it, the gate runs it',
        timeout: 120_000,
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
          testTimeout: 20_000,
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
