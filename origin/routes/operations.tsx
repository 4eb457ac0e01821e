import { Hono } from 'hono'
import { setCookie } from 'hono/cookie'
import { sql } from 'drizzle-orm'
import { LANGUAGE_COOKIE } from '../../edge/contract/cookies.ts'
import { LANGUAGES } from '../../edge/contract/language.ts'
import { localPath, paths } from '../../edge/contract/paths.ts'
import { assets } from '../../web/assets.ts'
import { isSecure } from '../cookies.ts'
import type { Deps } from '../deps.ts'
import { type Env, problem } from '../http.tsx'
import { describeInventory } from './seats.ts'

const FOREVER = 'public, max-age=31536000, immutable'

/** What is neither an event nor a person: files, posters, the time, the language, and what operators ask for. */
export const operations = (deps: Deps) => {
  let wasReady = false
  return new Hono<Env>()
    .get('/static/:name', (c) => {
      const asset = assets.get(c.req.param('name'))
      if (!asset) return problem(c, 'not_found')
      // While a deploy goes on, a page of one release may ask a machine of another for its file: that answer must not be kept.
      const wanted = c.req.query('v')
      const kept = wanted === asset.hash ? FOREVER : wanted === undefined ? 'public, max-age=1' : 'no-store'
      return c.body(asset.body, 200, { 'content-type': asset.type, 'cache-control': kept })
    })
    .get('/images/:folder/:name', async (c) => {
      const key = `${c.req.param('folder')}/${c.req.param('name')}`
      const image = /^[a-z0-9-]+\/[a-z0-9-]+\.(svg|png|jpg|webp|gif)$/.test(key) ? await deps.images.get(key) : null
      if (!image) return problem(c, 'not_found')
      return c.body(image.body, 200, {
        'content-type': image.contentType,
        'cache-control': FOREVER,
        // An image is data, whatever is in it.
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      })
    })
    .get('/api/time', (c) => {
      c.header('cache-control', 'no-store')
      return c.json({ serverTime: deps.now().toISOString() })
    })
    .get('/language/:language', (c) => {
      const language = LANGUAGES.find((known) => known === c.req.param('language'))
      if (!language) return problem(c, 'not_found')
      setCookie(c, LANGUAGE_COOKIE, language, { path: '/', sameSite: 'Lax', maxAge: 31_536_000, secure: isSecure(c) })
      c.header('cache-control', 'no-store')
      return c.redirect(localPath(c.req.query('next'), paths.home), 303)
    })
    .get('/metrics', async (c) => c.body(await deps.metrics.text(), 200, { 'content-type': 'text/plain; version=0.0.4' }))
    .get(
      '/inventory',
      (c) => c.json({ sales: deps.inventoryWatch.last().map(describeInventory) }, 200, { 'cache-control': 'no-store' }),
    )
    .get('/healthz', (c) => c.json({ status: 'ok' }))
    // Once it has reached its stores, it stays ready: sales go on without MySQL, and an outage must not empty the fleet.
    .get('/readyz', async (c) => {
      c.header('cache-control', 'no-store')
      if (wasReady) return c.json({ ready: true })
      const [redis, mysql] = await Promise.allSettled([deps.redis.ping(), deps.db.execute(sql`select 1`)])
      const parts = {
        redis: redis.status === 'fulfilled',
        mysql: mysql.status === 'fulfilled',
        catalogue: deps.catalogue.isLoaded(),
      }
      wasReady = Object.values(parts).every(Boolean)
      return c.json({ ready: wasReady, ...parts }, wasReady ? 200 : 503)
    })
}
