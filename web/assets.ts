import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { paths } from '../edge/contract/paths.ts'

export type Asset = { body: Uint8Array<ArrayBuffer>; type: string; hash: string }

const FILES: Record<string, [url: string, type: string]> = {
  'app.css': ['./static/app.css', 'text/css; charset=utf-8'],
  'app.js': ['./browser/app.js', 'text/javascript; charset=utf-8'],
  'favicon.svg': ['./static/favicon.svg', 'image/svg+xml'],
  'htmx.js': ['../node_modules/htmx.org/dist/htmx.min.js', 'text/javascript; charset=utf-8'],
}

/** The files that pages load, read once. */
export const assets: ReadonlyMap<string, Asset> = new Map(
  Object.entries(FILES).map(([name, [url, type]]) => {
    const body = new Uint8Array(readFileSync(new URL(url, import.meta.url)))
    return [name, { body, type, hash: createHash('sha256').update(body).digest('hex').slice(0, 12) }]
  }),
)

/** The address of a file, with its hash, so that it can be cached for ever. */
export const assetUrl = (name: string): string => `${paths.asset(name)}?v=${assets.get(name)!.hash}`
