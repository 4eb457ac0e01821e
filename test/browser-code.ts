import { buildBrowserCode } from '../web/build.ts'

/** Global setup of the unit tests: pages read the bundles of web/dist. */
export default async function buildForTests(): Promise<void> {
  await buildBrowserCode()
}
