import { expect, test } from 'vitest'
import { openMicroCache } from './micro-cache.ts'

function openTestCache() {
  const clock = { nowMs: 0 }
  const asked: string[] = []
  const cache = openMicroCache(() => clock.nowMs)
  const ask = (key: string, respond: () => Response | Promise<Response>, takesGzip = false) =>
    cache.answer(key, async () => {
      asked.push(key)
      return await respond()
    }, takesGzip)
  return { clock, asked, ask, cache }
}
const publicPage = (body: string, control = 'public, max-age=1') => () =>
  new Response(body, { headers: { 'cache-control': control } })

test('answer() asks the origin once for a crowd', async () => {
  const { asked, ask } = openTestCache()
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask('/', publicPage('a page'))))
  expect(await Promise.all(answers.map((answer) => answer.text()))).toEqual(Array(50).fill('a page'))
  expect(asked).toHaveLength(1)
})

test('answer() asks again after a second', async () => {
  const { clock, asked, ask } = openTestCache()
  await ask('/', publicPage('old'))
  clock.nowMs = 1_001
  expect(await (await ask('/', publicPage('new'))).text()).toBe('new')
  expect(asked).toHaveLength(2)
})

test('answer() serves the old page while the new one is on its way', async () => {
  const { clock, ask } = openTestCache()
  const control = 'public, max-age=1, stale-while-revalidate=5'
  await ask('/', publicPage('old', control))
  clock.nowMs = 2_000
  expect(await (await ask('/', publicPage('new', control))).text()).toBe('old')
  await Promise.resolve()
  await new Promise((resolve) => setTimeout(resolve, 0))
  expect(await (await ask('/', publicPage('newer', control))).text()).toBe('new')
})

test('answer() shares nothing personal: no private page, no page with a cookie, no error', async () => {
  for (
    const respond of [
      publicPage('mine', 'private, no-store'),
      () => new Response('mine', { headers: { 'cache-control': 'public, max-age=1', 'set-cookie': 'a=b' } }),
      () => new Response('mine', { status: 500, headers: { 'cache-control': 'public, max-age=1' } }),
      () => new Response('mine'),
    ]
  ) {
    const { asked, ask } = openTestCache()
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask('/me', respond)))
    expect(new Set(answers).size).toBe(5)
    expect(asked).toHaveLength(5)
    expect(await answers[4]!.text()).toBe('mine')
  }
})

test('answer() says what may be shared, and for a minute not of what is for nobody else', async () => {
  const { clock, cache } = openTestCache()
  const said: boolean[] = []
  const ask = (key: string, respond: () => Response) =>
    cache.answer(key, (isShared) => {
      said.push(isShared)
      return Promise.resolve(respond())
    })
  for (const key of ['/', '/']) await ask(key, publicPage('a page', 'public, max-age=0'))
  clock.nowMs = 60_001
  for (const respond of [publicPage('for all'), publicPage('for all')]) await ask('/', respond)
  for (let time = 0; time < 2; time++) await ask('/error', () => new Response('busy', { status: 503 }))
  expect(said).toEqual([true, false, true, true, true])
})

test('answer() goes on sharing after an error of the origin', async () => {
  const { clock, asked, ask } = openTestCache()
  await ask('/', publicPage('old'))
  clock.nowMs = 2_000
  const failing = () => new Response('busy', { status: 503, headers: { 'cache-control': 'no-store' } })
  expect(await (await ask('/', failing)).text()).toBe('old')
  await Promise.all(Array.from({ length: 20 }, () => ask('/', publicPage('new'))))
  expect(asked).toHaveLength(3)
})

test('answer() serves the last public page when the origin fails', async () => {
  const { clock, ask } = openTestCache()
  await ask('/', publicPage('old'))
  clock.nowMs = 10_000
  expect(await (await ask('/', () => Promise.reject(new Error('away')))).text()).toBe('old')
  clock.nowMs = 100_000
  await expect(ask('/', () => Promise.reject(new Error('away')))).rejects.toThrow('away')
})

test('answer() compresses a text once, for those who take it so', async () => {
  const { asked, ask } = openTestCache()
  const text = 'a long page '.repeat(500)
  const page = () =>
    new Response(text, { headers: { 'cache-control': 'public, max-age=1', 'content-type': 'text/html', etag: '"1"' } })
  const cached = await ask('/', page, true)
  expect([...['content-encoding', 'etag'].map((name) => cached.headers.get(name))]).toEqual(['gzip', 'W/"1"'])
  expect(cached.headers.get('vary')).toContain('accept-encoding')
  const bytes = new Uint8Array(await cached.arrayBuffer())
  expect(bytes.length).toBeLessThan(text.length / 10)
  expect(await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text()).toBe(text)
  const plain = await ask('/', page)
  expect([plain.headers.get('content-encoding'), plain.headers.get('etag'), await plain.text()]).toEqual([null, '"1"', text])
  expect(asked).toHaveLength(1)
})

test('answer() leaves what is small, no text, or compressed already as it is', async () => {
  const { ask } = openTestCache()
  const headers = { 'cache-control': 'public, max-age=1', 'content-type': 'text/html' }
  const bytes = 'x'.repeat(5_000)
  for (
    const [key, respond] of Object.entries({
      small: () => new Response('small', { headers }),
      image: () => new Response(bytes, { headers: { ...headers, 'content-type': 'image/webp' } }),
      brotli: () => new Response(bytes, { headers: { ...headers, 'content-encoding': 'br' } }),
    })
  ) expect((await ask(key, respond, true)).headers.get('content-encoding'), key).toBe(key === 'brotli' ? 'br' : null)
})
