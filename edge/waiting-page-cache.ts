import { LRUCache } from 'lru-cache'
import { gzip } from './compression.ts'
import type { Snapshot } from './contract/rooms.ts'

/** A compressed page is below 10 kB, and a variant below 2 kB, so all pages take at most 24 MB. */
const MAX_PAGES = 2_000
/** Longer variants (language, target, title) are compressed for each request. */
const MAX_VARIANT_LENGTH = 1_000

/** Compressed waiting pages for visitors without a queue ticket: one page per snapshot and variant serves all of them until the next tick. */
export function createWaitingPageCache() {
  const pages = new LRUCache<string, { snapshot: Snapshot; page: Promise<Uint8Array<ArrayBuffer>> }>({ max: MAX_PAGES })
  return {
    /** The compressed page of a variant, from the cache or from `render`. */
    get(snapshot: Snapshot, variant: string, render: () => string): Promise<Uint8Array<ArrayBuffer>> {
      if (variant.length > MAX_VARIANT_LENGTH) return gzip(render())
      const key = `${snapshot.room} ${variant}`
      const known = pages.get(key)
      if (known?.snapshot === snapshot) return known.page
      const page = gzip(render())
      pages.set(key, { snapshot, page })
      return page
    },
  }
}

export type WaitingPageCache = ReturnType<typeof createWaitingPageCache>
