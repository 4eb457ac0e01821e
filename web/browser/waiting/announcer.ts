import { byId, setText } from '../dom.ts'
import type { View } from '../../waiting-page/view.ts'

/** Figures that change interrupt a screen reader no more often than this. */
const PAUSE_MS = 60_000

export type Announcer = {
  /** Announces a view at once, and its changed figures after a while. */
  announce(view: View, sentence: string): void
  /** Announces a sentence in any case. */
  announceNow(sentence: string): void
}

export function createAnnouncer(now: () => number): Announcer {
  let announcedAt = 0
  let announced: View | null = null
  const announceNow = (sentence: string) => {
    announcedAt = now()
    setText(byId('live'), sentence)
  }
  return {
    announceNow,
    announce(view, sentence) {
      if (view !== announced || now() - announcedAt >= PAUSE_MS) announceNow(sentence)
      announced = view
    },
  }
}
