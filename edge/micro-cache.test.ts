import { expect, test } from 'vitest'
import { sizeOf } from './cache-entry.ts'
import { createMicroCache } from './micro-cache.ts'

function createTestCache() {
  const clock = { nowMs: 0 }
  const fetched: string[] = []
  const cache = createMicroCache(() => clock.nowMs)
  const request = (key: string, respond: () => Response | Promise<Response>, acceptsGzip = false) =>
    cache.respond(key, async () => {
      fetched.push(key)
      return await respond()
    }, { acceptsGzip })
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
  clock.nowMs = 15_000
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

test('serves a page for as long as its stale-if-error allows while the upstream fails', async () => {
  const { clock, request } = createTestCache()
  const control = 'public, max-age=1, stale-if-error=3600'
  await request('/', publicPage('old', control))
  const failing = () => Promise.reject(new Error('unreachable'))
  clock.nowMs = 3_600_000
  const stale = await request('/', failing)
  expect([await stale.text(), stale.headers.get('age')]).toEqual(['old', '3600'])
  expect(stale.headers.get('cache-status')).toBe('edge; hit; detail=stale-if-error')
  clock.nowMs = 3_602_000
  await expect(request('/', failing)).rejects.toThrow('unreachable')
})

test('does not serve a page during an outage that was gone before it', async () => {
  const { clock, request } = createTestCache()
  const control = 'public, max-age=1, stale-while-revalidate=5, stale-if-error=3600'
  await request('/', publicPage('on sale', control))
  clock.nowMs = 10_000
  expect((await request('/', () => new Response('gone', { status: 404 }))).status).toBe(404)
  clock.nowMs = 20_000
  await expect(request('/', () => Promise.reject(new Error('unreachable')))).rejects.toThrow('unreachable')
})

test('during an outage only one request a second waits for the upstream, and the first after it gets the new page', async () => {
  const { clock, fetched, request } = createTestCache()
  const failing = () => new Response('busy', { status: 503 })
  await request('/', publicPage('old'))
  clock.nowMs = 5_000
  expect(await (await request('/', failing)).text()).toBe('old')
  for (let i = 0; i < 20; i++) expect(await (await request('/', failing)).text()).toBe('old')
  expect(fetched).toHaveLength(2)
  clock.nowMs = 6_001
  expect(await (await request('/', publicPage('new'))).text(), 'fetches in the background').toBe('old')
  await new Promise((resolve) => setTimeout(resolve, 0))
  expect(await (await request('/', failing)).text()).toBe('new')
  expect(fetched).toHaveLength(3)
})

test('a page that no one requested during an outage is fetched first, not served stale', async () => {
  const { clock, request } = createTestCache()
  await request('/', publicPage('old', 'public, max-age=1, stale-if-error=3600'))
  clock.nowMs = 5_000
  await request('/', () => Promise.reject(new Error('unreachable')))
  clock.nowMs = 60_000
  expect(await (await request('/', publicPage('new'))).text()).toBe('new')
})

test("the failure of another client's request is not shared: those who waited for it try once themselves", async () => {
  const { fetched, request } = createTestCache()
  const faulty = request('/', () => Promise.reject(new Error('a faulty request')))
  const others = Array.from({ length: 20 }, () => request('/', publicPage('a page')))
  await expect(faulty).rejects.toThrow('a faulty request')
  expect(await Promise.all((await Promise.all(others)).map((response) => response.text()))).toEqual(Array(20).fill('a page'))
  expect(fetched).toHaveLength(2)
})

test('varies only by the headers that the key covers', async () => {
  for (const [vary, keyed, fetches] of [['cookie', undefined, 2], ['cookie', new Set(['cookie']), 1]] as const) {
    let fetched = 0
    const { cache } = createTestCache()
    const respond = () => {
      fetched++
      return Promise.resolve(new Response('a page', { headers: { 'cache-control': 'public, max-age=1', vary } }))
    }
    for (let time = 0; time < 2; time++) await cache.respond('/', respond, keyed ? { keyedHeaders: keyed } : {})
    expect(fetched).toBe(fetches)
  }
})

test('large headers and long keys count towards the memory of the cache', () => {
  const entry = { status: 200, headers: [['x-large', 'x'.repeat(60_000)]] as [string, string][], body: new Uint8Array(10) }
  const times = { gzipped: null, storedAtMs: 0, freshMs: 0, staleMs: 0, staleIfErrorMs: 0, failedAtMs: null }
  expect(sizeOf({ ...entry, ...times }, 'k'.repeat(1_000))).toBeGreaterThan(122_000)
})

/** A cache, and requests to it of a client that may start `allowed` fetches. `running`: its fetches that have not ended. */
function createChargedClient(allowed: number) {
  const { cache, clock, fetched, request } = createTestCache()
  const charged = { allowed, running: 0 }
  const admit = () => {
    if (charged.allowed === 0) throw new Error('over its limit')
    charged.allowed--
    charged.running++
    return () => void charged.running--
  }
  const requestCharged = (key: string, respond: () => Response | Promise<Response>) =>
    cache.respond(key, async () => {
      fetched.push(key)
      return await respond()
    }, { admit, isOfKeyOnly: true })
  return { clock, fetched, charged, request, requestCharged }
}

test('A103: a client is charged with the fetches that it starts, not with stored pages nor with fetches of others', async () => {
  const { fetched, charged, request, requestCharged } = createChargedClient(2)
  const held = Promise.withResolvers<Response>()
  const [first, joined] = [request('/joined', () => held.promise), requestCharged('/joined', publicPage('not fetched'))]
  held.resolve(publicPage('a page')())
  expect(await Promise.all([first, joined].map(async (response) => await (await response).text()))).toEqual(['a page', 'a page'])
  for (let i = 0; i < 20; i++) await requestCharged('/joined', publicPage('not fetched'))
  expect(charged).toEqual({ allowed: 2, running: 0 })

  const pending = requestCharged('/1', () => new Promise((resolve) => setTimeout(() => resolve(publicPage('1')()))))
  expect(charged).toEqual({ allowed: 1, running: 1 })
  await pending
  await requestCharged('/2', publicPage('2'))
  expect(charged).toEqual({ allowed: 0, running: 0 })
  await expect(requestCharged('/3', publicPage('3'))).rejects.toThrow('over its limit')
  expect(await (await requestCharged('/2', publicPage('not fetched'))).text()).toBe('2')
  expect(fetched).toEqual(['/joined', '/1', '/2'])
})

test('A103: a client over its limit gets the stale page if there is one, and causes no failure for others', async () => {
  const { clock, fetched, request, requestCharged } = createChargedClient(0)
  const control = 'public, max-age=1, stale-while-revalidate=5, stale-if-error=3600'
  await request('/', publicPage('old', control))
  for (const nowMs of [2_000, 60_000]) {
    clock.nowMs = nowMs
    expect(await (await requestCharged('/', publicPage('not fetched'))).text()).toBe('old')
  }
  expect(fetched).toEqual(['/'])
  expect(await (await request('/', publicPage('new', control))).text(), 'for another client').toBe('new')
})

test('A103: requests that bypass the cache are charged too', async () => {
  const { fetched, requestCharged } = createChargedClient(3)
  const uncacheable = publicPage('a page', 'private')
  await requestCharged('/', uncacheable)
  await requestCharged('/', uncacheable)
  await requestCharged('k'.repeat(2_000), uncacheable)
  for (const key of ['/', 'k'.repeat(2_000)]) await expect(requestCharged(key, uncacheable)).rejects.toThrow('over its limit')
  expect(fetched).toHaveLength(3)
})
