import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { Hono } from 'hono'
import { HonoRequest } from 'hono/request'
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest'
import { findPublicRoute, PUBLIC_ROUTES, varyOf } from '../edge/contract/public-routes.ts'
import { buyerHeaders, openShop, type Shop } from '../test/shop.ts'
import { createApp } from './app.tsx'
import { type Ctx, type Env, shared } from './http.tsx'

type App = { fetch(request: Request): Response | Promise<Response> }

let shop: Shop
let app: ReturnType<typeof createApp>
let values: Record<string, string>
let noise: Record<string, string>

beforeAll(async () => {
  const { endpoint, bucket, region, accessKeyId, secretAccessKey } = inject('stores').s3
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey)
  // A fixed clock, so that two responses differ only by what their requests say.
  const at = new Date()
  shop = await openShop({ writeBackMs: 3_600_000 }, { now: () => at })
  app = createApp(shop)
  const { eventId } = await shop.addSale()
  values = { id: String(eventId), name: 'app.css', folder: 'public', language: 'en' }
  await new S3Client({ region, endpoint, forcePathStyle: true }).send(
    new PutObjectCommand({ Bucket: bucket, Key: 'public/poster.svg', Body: '<svg/>', ContentType: 'image/svg+xml' }),
  )
  const [person] = await shop.addPeople(1)
  const { authorization } = await buyerHeaders(person!, eventId)
  noise = {
    authorization,
    cookie: `__Host-access=${authorization.slice('Bearer '.length)}; __Host-nickname=noise; theme=noise`,
    host: 'noise.example',
    'x-forwarded-host': 'noise.example',
    'x-forwarded-proto': 'https',
    'x-forwarded-for': '10.1.2.3',
    'user-agent': 'noise',
    referer: 'https://noise.example/',
    origin: 'https://noise.example',
    range: 'bytes=0-1',
    'if-none-match': '*',
    accept: 'text/html',
    'hx-target': 'noise',
    'hx-current-url': 'https://noise.example/',
  }
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await shop.close()
})

/** Read before any route: to identify the person, to check the body and the site, and for problems. */
const READ_FOR_EVERY_REQUEST = [
  'accept-language',
  'authorization',
  'content-length',
  'cookie',
  'origin',
  'transfer-encoding',
  // It decides the names of the cookies.
  'x-forwarded-proto',
  'x-request-id',
]

/** A response with the headers and query parameters that were read for it; `*` for all of them at once. */
async function observe(app: App, path: string, headers: Record<string, string> = {}) {
  const parameters = new Set<string>()
  const names = new Set<string>()
  const request = new Request(`http://origin.example${path}`, { headers })
  const { get, has, forEach } = Headers.prototype
  Object.assign(request.headers, {
    get: (name: string) => (names.add(name.toLowerCase()), get.call(request.headers, name)),
    has: (name: string) => (names.add(name.toLowerCase()), has.call(request.headers, name)),
    forEach: (visit: Parameters<Headers['forEach']>[0]) => (names.add('*'), Reflect.apply(forEach, request.headers, [visit])),
  })
  const { query } = HonoRequest.prototype
  const spy = vi.spyOn(HonoRequest.prototype, 'query').mockImplementation(function (this: HonoRequest, name?: string) {
    if (name !== undefined) return (parameters.add(name), Reflect.apply(query, this, [name])) as never
    return new Proxy(query.call(this) as unknown as Record<string, string>, {
      get: (target, key) => (parameters.add(String(key)), Reflect.get(target, key)),
      ownKeys: (target) => (parameters.add('*'), Reflect.ownKeys(target)),
    }) as never
  })
  const response = await app.fetch(request)
  const text = await response.text()
  spy.mockRestore()
  return { response, text, parameters, names }
}

const isPublic = ({ headers }: Response) => /\bpublic\b/.test(headers.get('cache-control') ?? '')

/** What is wrong with the declaration of a path, if its response is public. */
async function faultsOf(app: App, path: string): Promise<string[]> {
  const plain = await observe(app, path)
  if (!isPublic(plain.response)) return []
  const route = findPublicRoute(new URL(path, 'http://origin.example').pathname)
  if (!route) return [`${path} is public and not declared`]
  const declared = READ_FOR_EVERY_REQUEST.concat(varyOf(route).split(', '))
  const undeclared = [
    ...[...plain.parameters].filter((name) => !(name in route.parameters)).map((name) => `parameter ${name}`),
    ...[...plain.names].filter((name) => !declared.includes(name)).map((name) => `header ${name}`),
  ]
  const noisy = await observe(app, `${path}${path.includes('?') ? '&' : '?'}fbclid=1&noise=2`, noise)
  const same = noisy.text === plain.text && noisy.response.status === plain.response.status
  const faults = undeclared.map((name) => `${path} reads the ${name}`)
  return same ? faults : [...faults, `${path} depends on something undeclared`]
}

/** One path for each GET route of the origin. */
function pathsOf(): Map<string, string> {
  const routes = new Set(app.routes.filter(({ method }) => method === 'GET').map(({ path }) => path))
  return new Map([...routes].map((route) => {
    const path = route.replace(/:(\w+)/g, (_, name: string) => {
      const value = route.startsWith('/images/') && name === 'name' ? 'poster.svg' : values[name]
      // The pages of operators are never public, whatever they show.
      if (/^(\/api)?\/admin\//.test(route)) return value ?? '1'
      if (value === undefined) throw new Error(`Add a value for :${name} of ${route} to this test`)
      return value
    })
    return [route, path]
  }))
}

test('every public response of the origin depends on nothing but what its route declares', async () => {
  const paths = pathsOf()
  expect([...paths.keys()]).toEqual(expect.arrayContaining(PUBLIC_ROUTES.map(({ path }) => path)))
  for (const path of paths.values()) expect(await faultsOf(app, path)).toEqual([])
})

test('every declared route has a public response with its Vary', async () => {
  const paths = pathsOf()
  for (const route of PUBLIC_ROUTES) {
    const { response } = await observe(app, paths.get(route.path)!)
    expect([route.path, response.status, isPublic(response)]).toEqual([route.path, 200, true])
    if (!/^\/(static|images)/.test(route.path)) expect(response.headers.get('vary')).toBe(varyOf(route))
  }
})

test('a declared parameter and a declared variant change the response', async () => {
  const textOf = async (path: string, headers: Record<string, string> = {}) => (await observe(app, path, headers)).text
  expect(await textOf('/search?q=no-such-event')).not.toBe(await textOf('/search'))
  expect(await textOf('/api/events?page=2')).not.toBe(await textOf('/api/events'))
  expect(await textOf('/search', { 'hx-request': 'true' })).not.toMatch(/^<!doctype/)
  for (const headers of [{ cookie: 'lang=en' }, { 'accept-language': 'en' }]) {
    expect(await textOf('/', headers)).toContain('lang="en"')
  }
})

test('an undeclared route, parameter or header is found (negative control)', async () => {
  const planted = (path: string, answer: (c: Ctx) => string) =>
    new Hono<Env>().get(path, (c) => (c.header('cache-control', 'public, max-age=1'), c.text(answer(c))))
  expect(await faultsOf(planted('/planted', () => 'x'), '/planted')).toEqual(['/planted is public and not declared'])
  expect(await faultsOf(planted('/', (c) => `${c.req.query('theme') ?? ''}`), '/')).toEqual(['/ reads the parameter theme'])
  expect(await faultsOf(planted('/', (c) => `${c.req.header('user-agent')}`), '/')).toEqual([
    '/ reads the header user-agent',
    '/ depends on something undeclared',
  ])
  const undeclared = new Hono<Env>().get('/planted', (c) => (shared(c), c.text('x'))).onError((error, c) =>
    c.text(error.message, 500)
  )
  expect((await observe(undeclared, '/planted')).text).toMatch(/not declared/)
})
