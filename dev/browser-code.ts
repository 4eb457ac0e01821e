import { watch } from 'node:fs'
import { join } from 'node:path'
import { buildBrowserCode } from '../web/build.ts'
import type { Print } from './programs.ts'

const ROOT = join(import.meta.dirname, '..')
/** The sources of the bundles. */
const SOURCES = ['web/browser', 'web/waiting-page', 'edge/contract']
/** An editor may write a file more than once when it saves. */
const SETTLE_MS = 100

/**
 * Bundles the browser code again when its sources change; calls `onChange` when a bundle has changed, since programs read bundles when they
 * start. Mistakes in the sources are printed. Returns the function that stops watching.
 */
export function watchBrowserCode(print: Print, onChange: () => Promise<void>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const rebuild = async () => {
    try {
      const changed = await buildBrowserCode()
      if (changed.length === 0) return
      print(`The browser code has changed (${changed.join(', ')}); restarting the origin and the edge`)
      await onChange()
    } catch (error) {
      print(`Cannot bundle the browser code: ${error instanceof AggregateError ? error.errors.join('; ') : error}`)
    }
  }
  const watchers = SOURCES.map((folder) =>
    watch(join(ROOT, folder), { recursive: true }, () => {
      clearTimeout(timer)
      timer = setTimeout(() => void rebuild(), SETTLE_MS)
    })
  )
  return () => {
    clearTimeout(timer)
    for (const watcher of watchers) watcher.close()
  }
}
