import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { paths } from '../edge/contract/paths.ts'
import { readBuiltFile } from './built-file.ts'

export type Asset = { body: Uint8Array<ArrayBuffer>; type: string; hash: string }

const JAVASCRIPT = 'text/javascript; charset=utf-8'

const FONT = assetOf(readBuiltFile('brand.woff2'), 'font/woff2')

/** The files that pages load, by name. They are read once, when the program starts. */
export const assets: ReadonlyMap<string, Asset> = new Map([
  ['app.css', assetOf(withFont(shorten(readSource('./static/app.css'))), 'text/css; charset=utf-8')],
  ['admin.css', assetOf(readSource('./static/admin.css'), 'text/css; charset=utf-8')],
  ['admin-live.js', assetOf(readBuiltFile('admin-live.js'), JAVASCRIPT)],
  ['admin.js', assetOf(readBuiltFile('admin.js'), JAVASCRIPT)],
  ['app.js', assetOf(readBuiltFile('app.js'), JAVASCRIPT)],
  ['brand.woff2', FONT],
  ['check-in.js', assetOf(readBuiltFile('check-in.js'), JAVASCRIPT)],
  ['favicon.svg', assetOf(readSource('./static/favicon.svg'), 'image/svg+xml')],
  ['member.js', assetOf(readBuiltFile('member.js'), JAVASCRIPT)],
  ['share.png', assetOf(readSource('./static/share.png'), 'image/png')],
  ['uplot.css', assetOf(readSource('../node_modules/uplot/dist/uPlot.min.css'), 'text/css; charset=utf-8')],
  ['htmx.js', assetOf(readSource('../node_modules/htmx.org/dist/htmx.min.js'), JAVASCRIPT)],
])

/** The URL of an asset. It contains the hash of the file, so that browsers can cache the response indefinitely. */
export function assetUrl(name: string): string {
  const asset = assets.get(name)
  if (!asset) throw new Error(`There is no asset ${name}`)
  return `${paths.asset(name)}?v=${asset.hash}`
}

/** A style sheet with the address of the brand face that pages preload. */
function withFont(css: Uint8Array): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(new TextDecoder().decode(css).replaceAll('brand.woff2', `brand.woff2?v=${FONT.hash}`))
}

/** A style sheet without its comments and indentation, an eighth of it when it is compressed. No string in it contains either. */
function shorten(css: Uint8Array): Uint8Array {
  return new TextEncoder().encode(new TextDecoder().decode(css).replace(/\/\*[^]*?\*\//g, '').replace(/\s*\n\s*/g, '\n'))
}

function readSource(path: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(path, import.meta.url)))
}

function assetOf(body: Uint8Array<ArrayBuffer>, type: string): Asset {
  return { body, type, hash: createHash('sha256').update(body).digest('hex').slice(0, 12) }
}
