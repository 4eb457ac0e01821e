import { gzip } from './compression.ts'
import type { Snapshot } from './contract/rooms.ts'

/** Variants (language, target, title) per snapshot. Beyond that, pages are compressed for each request. */
const MAX_VARIANTS = 50

/** Compressed waiting pages for visitors without a queue ticket: one page per snapshot and variant serves all of them until the next tick. */
export function createWaitingPageCache() {
  const pagesOf = new WeakMap<Snapshot, Map<string, Promise<Uint8Array<ArrayBuffer>>>>()
  return {
    /** The compressed page of a variant, from the cache or from `render`. */
    get(snapshot: Snapshot, variant: string, render: () => string): Promise<Uint8Array<ArrayBuffer>> {
      const pages = pagesOf.get(snapshot) ?? new Map<string, Promise<Uint8Array<ArrayBuffer>>>()
      pagesOf.set(snapshot, pages)
      const page = pages.get(variant) ?? gzip(render())
      if (pages.size < MAX_VARIANTS) pages.set(variant, page)
      return page
    },
  }
}

export type WaitingPageCache = ReturnType<typeof createWaitingPageCache>
