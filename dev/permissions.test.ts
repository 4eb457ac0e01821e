import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import type { AdminRoute } from '../origin/admin/admin-route.ts'
import { ADMIN_ROUTES } from '../origin/admin/admin-routes.ts'
import { PERMISSIONS_FILE, permissionsDocument } from './permissions.ts'

const written = readFileSync(join(resolve(import.meta.dirname, '..'), PERMISSIONS_FILE), 'utf8')

test('docs/permissions.md is what the code allows: run `npx bun dev/write-permissions.ts` after a change', () => {
  expect(written).toBe(permissionsDocument())
})

test('a route with another permission, or one more, makes another document (negative control)', () => {
  const [first, ...others] = ADMIN_ROUTES
  const changed: AdminRoute = { ...first!, permission: 'audit.read' }
  expect(permissionsDocument([changed].concat(others))).not.toBe(written)
  expect(permissionsDocument(others)).not.toBe(written)
})

test('a row has a column for guests and one for each role', () => {
  expect(written).toMatch(/^\| `GET \/admin\/people` +\| `people\.manage` +\| – +\| – +\| – +\| – +\| – +\| yes +\|$/m)
  expect(written).toMatch(/^\| `GET \/admin` +\| `figures\.read` +\| – +\| – +\| yes +\| yes +\| yes +\| yes +\|$/m)
})
