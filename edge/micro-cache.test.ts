import { expect, test } from 'vitest'
import { createMicroCache } from './micro-cache.ts'

function createTestCache() {
  const clock = { nowMs: 0 }
  const fetched: string[] = []
  const cache = createMicroCache(() => clock.nowMs)
  const request = (key: string, respond: () => Response | Promise<Response>, acceptsGzip = false) =>
    cache.respond(key, async () => {
      fetched.push(key)
      return await respond()
    }, acceptsGzip)
  return { clock, fetched, request, cache }
}
const publicPage = (body: string, control = 'public, max-age=1') => () =>
  new Response(body, { headers: { 'cache-control': control } })

test('sends one request to the upstream for 50 concurrent requests', async () => {
  const { fetched, request } = createTestCache()
  const responses = await Promise.all(Array.from({ length: 50 }, () => request('/', publicPage('a page'))))
  expect(await Promise.all(responses.map((response) => response.text()))).toEqual(Array(50).fill('a page'))
  expect(fetched).toHaveLength(1)
})

test('fetches again after the max-age', async () => {
  const { clock, fetched, request } = createTestCache()
  await request('/', publicPage('old'))
  clock.nowMs = 1_001
  expect(await (await request('/', publicPage('new'))).text()).toBe('new')
  expect(fetched).toHaveLength(2)
})

test('serves the stale page while it revalidates', async () => {
  const { clock, request } = createTestCache()
  const control = 'public, max-age=1, stale-while-revalidate=5'
  await request('/', publicPage('old', control))
  clock.nowMs = 2_000
  expect(await (await request('/', publicPage('new', control))).text()).toBe('old')
  await Promise.resolve()
  await new Promise((resolve) => setTimeout(resolve, 0))
  expect(await (await request('/', publicPage('newer', control))).text()).toBe('new')
})

test('shares no private page, no page with a cookie, and no error', async () => {
  for (
    const respond of [
      publicPage('mine', 'private, no-store'),
      () => new Response('mine', { headers: { 'cache-control': 'public, max-age=1', 'set-cookie': 'a=b' } }),
      () => new Response('mine', { status: 500, headers: { 'cache-control': 'public, max-age=1' } }),
      () => new Response('mine'),
    ]
  ) {
    const { fetched, request } = createTestCache()
    const responses = await Promise.all(Array.from({ length: 5 }, () => request('/me', respond)))
    expect(new Set(responses).size).toBe(5)
    expect(fetched).toHaveLength(5)
    expect(await responses[4]!.text()).toBe('mine')
  }
})

test('bypasses the cache for a minute after a response that is not public, but not after an error', async () => {
  const { clock, cache } = createTestCache()
  const fetchedAsShared: boolean[] = []
  const request = (key: string, respond: () => Response) =>
    cache.respond(key, (isShared) => {
      fetchedAsShared.push(isShared)
      return Promise.resolve(respond())
    })
  for (const key of ['/', '/']) await request(key, publicPage('a page', 'public, max-age=0'))
  clock.nowMs = 60_001
  for (const respond of [publicPage('for all'), publicPage('for all')]) await request('/', respond)
  for (let time = 0; time < 2; time++) await request('/error', () => new Response('busy', { status: 503 }))
  expect(fetchedAsShared).toEqual([true, false, true, true, true])
})

test('still shares responses after an error of the upstream', async () => {
  const { clock, fetched, request } = createTestCache()
  await request('/', publicPage('old'))
  clock.nowMs = 2_000
  const failing = () => new Response('busy', { status: 503, headers: { 'cache-control': 'no-store' } })
  expect(await (await request('/', failing)).text()).toBe('old')
  await Promise.all(Array.from({ length: 20 }, () => request('/', publicPage('new'))))
  expect(fetched).toHaveLength(3)
})

test('serves the last public page for a minute when the upstream fails', async () => {
  const { clock, request } = createTestCache()
  await request('/', publicPage('old'))
  clock.nowMs = 10_000
  expect(await (await request('/', () => Promise.reject(new Error('unreachable')))).text()).toBe('old')
  clock.nowMs = 100_000
  await expect(request('/', () => Promise.reject(new Error('unreachable')))).rejects.toThrow('unreachable')
})

test('compresses a text once, for clients that accept gzip', async () => {
  const { fetched, request } = createTestCache()
  const text = 'a long page '.repeat(500)
  const page = () =>
    new Response(text, { headers: { 'cache-control': 'public, max-age=1', 'content-type': 'text/html', etag: '"1"' } })
  const cached = await request('/', page, true)
  expect([...['content-encoding', 'etag'].map((name) => cached.headers.get(name))]).toEqual(['gzip', 'W/"1"'])
  expect(cached.headers.get('vary')).toContain('accept-encoding')
  const bytes = new Uint8Array(await cached.arrayBuffer())
  expect(bytes.length).toBeLessThan(text.length / 10)
  expect(await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text()).toBe(text)
  const plain = await request('/', page)
  expect([plain.headers.get('content-encoding'), plain.headers.get('etag'), await plain.text()]).toEqual([null, '"1"', text])
  expect(fetched).toHaveLength(1)
})

test('does not compress small bodies, binary bodies, or compressed bodies', async () => {
  const { request } = createTestCache()
  const headers = { 'cache-control': 'public, max-age=1', 'content-type': 'text/html' }
  const bytes = 'x'.repeat(5_000)
  for (
    const [key, respond] of Object.entries({
      small: () => new Response('small', { headers }),
      image: () => new Response(bytes, { headers: { ...headers, 'content-type': 'image/webp' } }),
      brotli: () => new Response(bytes, { headers: { ...headers, 'content-encoding': 'br' } }),
    })
  ) expect((await request(key, respond, true)).headers.get('content-encoding'), key).toBe(key === 'brotli' ? 'br' : null)
})
