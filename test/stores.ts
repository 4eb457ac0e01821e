import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { makeSecrets } from '../dev/secrets.ts'
import { startStores, type Stores } from '../dev/stores.ts'
import { buildBrowserCode } from '../web/build.ts'

declare module 'vitest' {
  interface ProvidedContext {
    stores: Pick<Stores, 'redisUrl' | 'mysqlUrl' | 's3'>
  }
}

/**
 * Global setup of the integration tests: starts one Redis, MySQL and image store for all test files, on free ports and in a temporary
 * folder. Returns the teardown. TEST_MYSQL_URL replaces the MySQL; its user must be allowed to create databases.
 */
export default async function startTestStores(project: TestProject) {
  await buildBrowserCode()
  const dir = await mkdtemp(join(tmpdir(), 'neticket-test-'))
  const stores = await startStores({
    dir,
    secrets: makeSecrets(),
    print: (line) => process.stdout.write(`${line}\n`),
    env: { MYSQL_URL: process.env.TEST_MYSQL_URL },
  })
  const { redisUrl, mysqlUrl, s3 } = stores
  project.provide('stores', { redisUrl, mysqlUrl, s3 })
  return async () => {
    await stores.stop()
    await rm(dir, { recursive: true, force: true })
  }
}
