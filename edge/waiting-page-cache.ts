import { LRUCache } from 'lru-cache'
import { gzip } from './compression.ts'
import type { Snapshot } from './contract/rooms.ts'

/** A page is below 50 kB, its compressed form below 10 kB, and a variant below 2 kB, so all pages take at most 31 MB. */
const MAX_PAGES = 500
/** Longer variants (language, target, title) are not kept. */
const MAX_VARIANT_LENGTH = 1_000

/** A rendered page, compressed once when somebody accepts that. */
export type RenderedPage = { html: string; gzipped(): Promise<Uint8Array<ArrayBuffer>> }

export function createPage(html: string): RenderedPage {
  let compressed: Promise<Uint8Array<ArrayBuffer>> | null = null
  return { html, gzipped: () => compressed ??= gzip(html) }
}

/** Waiting pages for visitors without a queue ticket: one page per snapshot and variant serves all of them until the next tick. */
export function createWaitingPageCache() {
  const pages = new LRUCache<string, { snapshot: Snapshot; page: RenderedPage }>({ max: MAX_PAGES })
  return {
    /** The page of a variant, from the cache or from `render`; null if it is in no cache and `mayRender` refuses. */
    get(snapshot: Snapshot, variant: string, render: () => string, mayRender = () => true): RenderedPage | null {
      const key = `${snapshot.room} ${variant}`
      const known = pages.get(key)
      if (known?.snapshot === snapshot) return known.page
      if (!mayRender()) return null
      const page = createPage(render())
      if (variant.length <= MAX_VARIANT_LENGTH) pages.set(key, { snapshot, page })
      return page
    },
  }
}

export type WaitingPageCache = ReturnType<typeof createWaitingPageCache>
