import { byId } from '../dom.ts'

/** A screen reader is interrupted no more often than this. */
const PAUSE_MS = 10_000

export type Announcer = {
  /** Announces a sentence, unless another was announced a moment ago. */
  announce(sentence: string): void
  /** Announces a sentence in any case. */
  announceNow(sentence: string): void
}

export function createAnnouncer(now: () => number): Announcer {
  let announcedAt = 0
  const announceNow = (sentence: string) => {
    announcedAt = now()
    byId('live').textContent = sentence
  }
  return {
    announceNow,
    announce: (sentence) => {
      if (now() - announcedAt >= PAUSE_MS) announceNow(sentence)
    },
  }
}
