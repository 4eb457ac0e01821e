import { Hono } from 'hono'
import { assets as builtAssets } from '../../web/assets.ts'
import type { Deps } from '../deps.ts'
import { type Env, problem } from '../http.tsx'
import { FOREVER } from '../images.ts'

/** Short enough for every store: S3 refuses keys above 1,024 bytes, and file systems names above 255. */
const IMAGE_KEY = /^[a-z0-9-]{1,100}\/[a-z0-9-]{1,90}\.(svg|png|jpg|webp|avif|gif)$/

/** Static files and images. */
export const assets = ({ images }: Pick<Deps, 'images'>) =>
  new Hono<Env>()
    .get('/static/:name', (c) => {
      const asset = builtAssets.get(c.req.param('name'))
      if (!asset) return problem(c, 'not_found')
      return c.body(asset.body, 200, {
        'content-type': asset.type,
        'cache-control': cachingOf(c.req.query('v'), asset.hash),
      })
    })
    .get('/images/:folder/:name', async (c) => {
      const key = `${c.req.param('folder')}/${c.req.param('name')}`
      const image = IMAGE_KEY.test(key) ? await images.get(key) : null
      if (!image) return problem(c, 'not_found')
      return c.body(image.body, 200, {
        'content-type': image.contentType,
        'cache-control': FOREVER,
        // An SVG may contain scripts and links; the sandbox disables them.
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      })
    })

/**
 * How long a static file may be cached, by the hash in its address. During a deployment, a page of one release may request its file from a
 * machine of another release: that response must not be stored.
 */
function cachingOf(requestedHash: string | undefined, hash: string): string {
  if (requestedHash === undefined) return 'public, max-age=1'
  return requestedHash === hash ? FOREVER : 'no-store'
}
