import type { Deps } from './deps.ts'
import type { Exhaustion } from './listener.ts'

/** An attack may exhaust the descriptors many times a second. */
const LOG_INTERVAL_MS = 10_000

/**
 * What an edge does when it has no file descriptors left: it ends streams, whose clients poll, and bodies that arrive slowly, and waits for
 * requests that are at the origin.
 */
export function exhaustionOf(deps: Pick<Deps, 'rooms' | 'bodies' | 'upstream' | 'metrics' | 'log' | 'now'>): Exhaustion {
  let loggedAtMs = -Infinity
  return {
    release(ms) {
      deps.rooms.endStreams()
      deps.upstream.endStreams()
      deps.bodies.cancelOlderThan(ms)
    },
    isBusy: () => deps.upstream.inFlight() > 0 || deps.bodies.size() > 0,
    onExhausted({ message }) {
      deps.metrics.exhausted()
      if (deps.now() - loggedAtMs < LOG_INTERVAL_MS) return
      loggedAtMs = deps.now()
      deps.log('connections_exhausted', { error: message })
    },
    now: deps.now,
  }
}

/** For a server that only answers at once. */
export const NOTHING_TO_FINISH: Exhaustion = { release() {}, isBusy: () => false, onExhausted() {}, now: Date.now }
