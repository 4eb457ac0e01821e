/**
 * Bundles the browser code and cuts the brand face into `web/dist/`: the same bytes for the same sources and the same Bun. Run it with `npm run build`.
 *
 * `waiting.js` is one classic script because the waiting page inlines it, `waiting-extras.js` a module that it loads later; `member.js` is a
 * classic script because it runs before the first paint; `app.js` and
 * `admin.js` are modules that the shop's and the admin pages load, `admin-live.js` one of the live board, `check-in.js` one of the page at the door.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brandCharacters, brandFont } from './brand-font.ts'

const DIST = join(import.meta.dirname, 'dist')
const BUNDLES = [
  { entry: 'waiting.ts', file: 'waiting.js', format: 'iife' },
  { entry: 'waiting-extras.ts', file: 'waiting-extras.js', format: 'esm' },
  { entry: 'member.ts', file: 'member.js', format: 'iife' },
  { entry: 'app.ts', file: 'app.js', format: 'esm' },
  { entry: 'admin.ts', file: 'admin.js', format: 'esm' },
  { entry: 'check-in.ts', file: 'check-in.js', format: 'esm' },
  { entry: 'admin/live.ts', file: 'admin-live.js', format: 'esm' },
] as const

/** Bundles and minifies one entry of `web/browser/`. Throws an AggregateError that names each mistake in the sources. */
export async function bundle(entry: string, format: 'iife' | 'esm'): Promise<string> {
  const { outputs } = await Bun.build({
    entrypoints: [join(import.meta.dirname, 'browser', entry)],
    target: 'browser',
    format,
    minify: true,
  })
  return await outputs[0]!.text()
}

/** Writes all bundles; returns the names of those whose bytes changed. */
export async function buildBrowserCode(): Promise<string[]> {
  await mkdir(DIST, { recursive: true })
  const changed = await Promise.all(BUNDLES.map(async ({ entry, file, format }) => {
    const code = await bundle(entry, format)
    if (code.includes('</script')) throw new Error(`${file} contains "</script", which would end the inline script early`)
    return await replaceFile(join(DIST, file), code) ? [file] : []
  }))
  return [...changed.flat(), ...await buildBrandFont()]
}

/** Cuts the brand face unless it has the characters already: that takes seconds. Returns its name if its bytes changed. */
async function buildBrandFont(): Promise<string[]> {
  const [font, key] = [join(DIST, 'brand.woff2'), join(DIST, 'brand.txt')]
  const characters = brandCharacters()
  const isCurrent = await readFile(key, 'utf8').catch(() => null) === characters &&
    await readFile(font).catch(() => null) !== null
  if (isCurrent) return []
  const isChanged = await replaceFile(font, await brandFont())
  await replaceFile(key, characters)
  return isChanged ? ['brand.woff2'] : []
}

/** Replaces a file in one step, so that a program that starts meanwhile never reads a partial file. Returns whether it differed. */
async function replaceFile(path: string, content: string | Uint8Array): Promise<boolean> {
  const before = await readFile(path).catch(() => null)
  if (before?.equals(Buffer.from(content))) return false
  const draft = `${path}.${process.pid}`
  await writeFile(draft, content)
  await rename(draft, path)
  return true
}

if (import.meta.main) {
  const changed = await buildBrowserCode()
  process.stdout.write(`web/dist: ${changed.length > 0 ? `wrote ${changed.join(', ')}` : 'up to date'}\n`)
}
