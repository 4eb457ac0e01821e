import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { may, PERMISSIONS, ROLES } from '../../edge/contract/roles.ts'
import { buyerHeaders, openShop, type Shop } from '../../test/shop.ts'
import type { Person } from '../accounts.ts'
import { createApp } from '../app.tsx'
import { ADMIN_ROUTES } from './admin-routes.ts'

let shop: Shop
let app: ReturnType<typeof createApp>
let person: Person
beforeAll(async () => {
  shop = await openShop()
  app = createApp(shop)
  person = (await shop.addPeople(1))[0]!
})
afterAll(() => shop.close())

async function open(method: string, path: string, role: Person['role'] | null, accept = 'application/json'): Promise<Response> {
  const headers = role ? await buyerHeaders({ ...person, role }, 1) : {}
  return await app.request(path.replace(':id', '999999'), { method, headers: { ...headers, accept } })
}

describe.each(ADMIN_ROUTES.map((route) => ({ name: `${route.method} ${route.path}`, route })))('$name', ({ route }) => {
  test('is closed to guests', async () => {
    const response = await open(route.method, route.path, null)
    if (route.method === 'GET' && !route.path.startsWith('/api/')) {
      expect([response.status, response.headers.get('location')]).toEqual([
        303,
        `/login?next=${encodeURIComponent(route.path.replace(':id', '999999'))}`,
      ])
    } else expect(response.status).toBe(401)
    expect(response.headers.get('cache-control')).toContain('no-store')
  })

  test.each(ROLES)('is open to the role %s exactly if it has the permission', async (role) => {
    const response = await open(route.method, route.path, role)
    if (may(role, route.permission)) expect([401, 403]).not.toContain(response.status)
    else expect(response.status).toBe(403)
    expect(response.headers.get('cache-control')).toContain('no-store')
  })
})

test('every route below /admin, /check-in and /api/admin is declared with a permission', () => {
  const isAdmin = ({ path }: { path: string }) => /^\/((api\/)?admin|check-in)(\/|$)/.test(path)
  const served = app.routes.filter(isAdmin).map(({ method, path }) => `${method} ${path}`)
  expect(served.sort()).toEqual(ADMIN_ROUTES.map(({ method, path }) => `${method} ${path}`).sort())
})

test('no permission is a buyer’s, and the owner has all', () => {
  for (const roles of Object.values(PERMISSIONS)) {
    expect(roles).toContain('owner')
    expect(roles).not.toContain('user')
  }
})
