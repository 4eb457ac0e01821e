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

/** Starts Redis, MySQL and the image store for all test files, on free ports in a temporary folder, and ends them after. */
export default async function startTestStores(project: TestProject) {
  await buildBrowserCode()
  const dir = await mkdtemp(join(tmpdir(), 'neticket-test-'))
  // Another MySQL than the one that is found here: its user must be one who may make databases.
  const env = { MYSQL_URL: process.env.TEST_MYSQL_URL }
  const stores = await startStores({ dir, secrets: makeSecrets(), print: (line) => process.stdout.write(`${line}\n`), env })
  const { redisUrl, mysqlUrl, s3 } = stores
  project.provide('stores', { redisUrl, mysqlUrl, s3 })
  return async () => {
    await stores.stop()
    await rm(dir, { recursive: true, force: true })
  }
}
