import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { createCatalogueIndex } from '../catalogue-index.ts'
import type { Deps } from '../deps.ts'
import type { Env } from '../http.tsx'
import { listings } from './listings.tsx'

const index = createCatalogueIndex()
const deps = {
  catalogue: { read: () => Promise.resolve({ index, eventOf: () => undefined }) },
  now: () => new Date('2026-11-30T15:30:00Z'),
  publicUrl: null,
} as unknown as Deps
const app = new Hono<Env>().use(async (c, next) => {
  c.set('language', 'ko')
  await next()
}).route('/', listings(deps))

test.each(['soon', '', '2026-13', '2031-01', '2027-01&month=2027-02'])(
  'A127: the month %s is redirected to this month, and no cache keeps that',
  async (month) => {
    const response = await app.request(`/openings?month=${month}`)
    expect([response.status, response.headers.get('location')]).toEqual([303, '/openings'])
    expect(response.headers.get('cache-control')).toBe(null)
  },
)

test.each(['/openings', '/openings?month=2027-01'])('%s is a page that caches share', async (path) => {
  const response = await app.request(path)
  expect(response.status).toBe(200)
  expect(response.headers.get('cache-control')).toContain('public')
})
