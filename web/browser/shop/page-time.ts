import { renderEachSecond } from '../each-second.ts'
import { createServerClock, type ServerClock } from '../server-clock.ts'
import { createJumpWatch, syncClock } from '../time-sync.ts'
import { createCountdowns } from './countdowns.ts'

export type PageTime = {
  clock: ServerClock
  /** Requests the server's time. */
  sync(): void
  /** Shows the time that is left on the countdowns of a page, or of the part that was just replaced. */
  countDown(): void
}

/** The server's time on a page, and its countdowns. */
export function startPageTime(): PageTime {
  const { dataset, lang } = document.documentElement
  const elapsedMs = () => performance.now()
  const clock = createServerClock(elapsedMs)
  // A page from an outage has no time of the server: the device's has to do until the server responds.
  clock.set(dataset.serverTime ? Date.parse(dataset.serverTime) : Date.now())
  const sync = () => void syncClock(clock, '/api/time')
  const hasJumped = createJumpWatch(Date.now, elapsedMs)
  const countDown = createCountdowns({ clock, elapsedMs, random: Math.random, sync, language: lang === 'ko' ? 'ko' : 'en' })
  renderEachSecond(() => {
    if (hasJumped()) sync()
    return countDown()
  })
  sync()
  return { clock, sync, countDown }
}
