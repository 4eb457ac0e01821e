import { byId } from '../dom.ts'
import { createJumpWatch, syncClock } from '../time-sync.ts'

const LOOK_MS = 1_000
/** The device's clock may drift by some milliseconds within this time. */
const SYNC_AGAIN_MS = 300_000
const RETRY_MS = 30_000

/**
 * While the page counts down, requests the time from the server itself: the snapshots that the page polls may be a tick old, or come from a
 * CDN. Passes it to the page's own script.
 */
export function keepExactTime(url: string): void {
  const elapsedMs = () => performance.now()
  const hasJumped = createJumpWatch(Date.now, elapsedMs)
  const clock = { set: (detail: number) => void dispatchEvent(new CustomEvent('servertime', { detail })) }
  let nextMs = 0
  async function look(): Promise<void> {
    if (byId('countdown').hidden || document.hidden || (!hasJumped() && elapsedMs() < nextMs)) return
    nextMs = Infinity
    const isDone = await syncClock(clock, url)
    nextMs = elapsedMs() + (isDone ? SYNC_AGAIN_MS : RETRY_MS) * (0.8 + 0.4 * Math.random())
  }
  setInterval(() => void look(), LOOK_MS)
  void look()
}
