import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../until.ts'
import { type EdgeAlone, openEdgeAlone } from './setup.ts'

// Far apart, so that a loaded machine does not make a fast response slow.
const SLOW_MS = 800
const DELAY_MS = 1_000

let alone: EdgeAlone
let at: string
beforeAll(async () => {
  alone = await openEdgeAlone([{ name: 'unused', paths: ['/unused'] }])
  at = await alone.edges.start([
    { name: 'slow', paths: ['/slow/*'], capacity: 20 },
    { name: 'calm', paths: ['/calm'], capacity: 20 },
  ], { ORIGIN_SLOW_MS: String(SLOW_MS) })
})
afterAll(() => alone.close())

test('a slow upstream stops the calling and ends no visit; the calling resumes when the upstream has recovered', async () => {
  const admitted = Array.from({ length: 20 }, () => alone.openBrowser({ at }))
  for (const browser of admitted) expect((await browser.get('/slow/page')).status).toBe(200)
  const next = alone.openBrowser({ at })
  await next.join('slow')
  const load = async () => {
    const parts = await Promise.all(admitted.map((browser) => browser.request('GET', '/slow/part', { accept: '*/*' })))
    expect(parts.map(({ status }) => status)).toEqual(admitted.map(() => 200))
  }

  alone.upstream.delay('/slow/part', DELAY_MS)
  await until(async () => {
    await load()
    return (await next.snapshot('slow')).heldBy === 'health'
  })
  const { serving } = await next.snapshot('slow')
  await admitted.pop()!.leave('slow')
  for (let round = 0; round < 3; round++) {
    await load()
    expect(await next.snapshot('slow')).toMatchObject({ heldBy: 'health', serving })
  }

  alone.upstream.delay('/slow/part', 0)
  for (const browser of admitted) await browser.leave('slow')
  expect((await next.enter('slow')).status).toBe(201)
})

test('slow responses outside the rooms do not stop the calling', async () => {
  const [first, second, outsider] = [alone.openBrowser({ at }), alone.openBrowser({ at }), alone.openBrowser({ at })]
  for (const browser of [first, second]) expect((await browser.get('/calm')).status).toBe(200)
  alone.upstream.delay('/open-and-slow', DELAY_MS)
  const heldBy = new Set<string>()
  for (let round = 0; round < 5; round++) {
    await Promise.all(Array.from({ length: 20 }, () => outsider.get('/open-and-slow')))
    heldBy.add((await first.snapshot('calm')).heldBy)
  }
  expect([...heldBy]).toEqual(['capacity'])
  expect((await alone.openBrowser({ at }).get('/calm')).status).toBe(200)
})
