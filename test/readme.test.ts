import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DEFAULT_ROOMS, openSite, type Site } from './site.ts'

let site: Site
beforeAll(async () => {
  site = await openSite(DEFAULT_ROOMS)
  await site.shop.addSale({ seats: [10] })
})
afterAll(() => site.close())

/** The shell block below a heading of README.md. */
function shellBlock(heading: string): string {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  return readme.slice(readme.indexOf(`## ${heading}\n`)).match(/```sh\n([^]*?)```/)![1]!
}

test('the commands of README.md buy a ticket and cancel it', () => {
  const block = shellBlock('Buy a ticket with curl')
  const script = block.replace('at=http://localhost:8080', `at=${site.edgeUrl}`).replaceAll(
    'curl -s',
    'curl --silent --fail-with-body',
  )
  expect(script).toContain(`at=${site.edgeUrl}`)
  const { stdout, stderr, status } = spawnSync('bash', ['-eo', 'pipefail', '-c', `${script}\necho "cancelled $id"`], {
    encoding: 'utf8',
    timeout: 30_000,
  })
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/"quantity":2/)
  expect(stdout).toMatch(/cancelled \S+\n$/)
})
