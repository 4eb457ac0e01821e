import type { Snapshot } from './rooms.ts'
import { msToOpening } from './wait-estimate.ts'

/** How many polls a second a crowd may cause, in total over all edges. */
const POLLS_PER_SECOND = 5_000
const POLLS_PER_SECOND_AT_OPENING = 10_000
const POLLS_PER_SECOND_AT_END = 20_000

/** The shortest interval, and that of visitors with so few others ahead of them that they cause fewer than NEXT_PER_SECOND polls a second. */
const MIN_INTERVAL_MS = 2_500
const NEXT_INTERVAL_MS = 1_000
const NEXT_PER_SECOND = 1_250
const MAX_INTERVAL_MS = 25_000
const END_INTERVAL_MS = 1_700
/** A visitor polls about this many times during a wait. */
const POLLS_PER_WAIT = 8
/** The queue may move up to this many times faster than estimated. */
const MAX_SPEED_UP = 8
/** In a crowd that causes fewer polls than POLLS_PER_SECOND, the interval never exceeds this. */
const SMALL_CROWD_INTERVAL_MS = 10_000
/** The first poll after the opening comes at least this long after it. */
const AFTER_OPENING_MS = 500

/** Whether the seats may be sold out within half a minute. */
export const mayBeSoldOutSoon = ({ seatsLeft, outflow, phase }: Snapshot): boolean =>
  seatsLeft !== null && seatsLeft < Math.max(500, outflow / 2) && (phase === 'open' || phase === 'idle')

/**
 * The time until a visitor's next poll, in milliseconds. `waitMs` is the estimated wait; `random`, from 0 to 1, spreads the polls; `isFirst`
 * marks polls that many visitors schedule in the same instant: after joining, and after the opening.
 *
 * 1. The interval is an eighth of the wait, between 2.5 and 25 s. For visitors with fewer than 3,125 others ahead the lower bound falls to
 *    1 s in proportion: 1,250 who are next poll every second, and all of these together at most 2,400 times a second.
 * 2. The queue may move eight times faster than estimated, and even faster before the first visits have ended. So a crowd of fewer than
 *    50,000, which causes at most 5,000 polls a second, polls at least every 64th of the wait or every 10 s, whichever is shorter. A larger
 *    crowd polls less often in proportion. The interval of first polls depends only on the size of the crowd.
 * 3. When the seats may be sold out within 30 s, the interval is 1.7 s, so that visitors see it within 3 s (an edge within 0.75 s).
 *    Above 34,000 visitors it grows, so that the crowd polls at most 20,000 times a second.
 * 4. First polls are spread over a whole interval, and come after the shortest interval at the earliest (0.3 s near the end). Later ones
 *    vary by ±20 %, which keeps them spread.
 * 5. In the lobby, a poll that would fall after the opening is moved to 0.5 s after it plus a random time. The random times span 1 to
 *    30 s, so that the crowd polls about 10,000 times a second.
 */
export function nextPollMs(snapshot: Snapshot, position: number, waitMs: number, random: number, isFirst: boolean): number {
  const isEnding = mayBeSoldOutSoon(snapshot)
  const waiting = snapshot.issued - snapshot.serving
  const shortestMs = shortestIntervalMs(position - snapshot.serving)
  const cautiousMs = isFirst ? 0 : Math.min(SMALL_CROWD_INTERVAL_MS, waitMs / POLLS_PER_WAIT / MAX_SPEED_UP)
  const crowdMs = Math.max(cautiousMs, msToPoll(waiting, POLLS_PER_SECOND))
  const intervalMs = Math.min(
    isEnding ? Math.max(END_INTERVAL_MS, msToPoll(waiting, POLLS_PER_SECOND_AT_END)) : MAX_INTERVAL_MS,
    Math.max(shortestMs, Math.min(waitMs / POLLS_PER_WAIT, crowdMs)),
    MAX_INTERVAL_MS,
  )
  const nextMs = isFirst ? (isEnding ? 300 : shortestMs) + random * intervalMs : intervalMs * (0.8 + 0.4 * random)
  const openingMs = msToOpening(snapshot)
  if (openingMs <= 0 || nextMs < openingMs) return nextMs
  const crowd = snapshot.commitment === null ? Math.min(position, snapshot.issued) : snapshot.issued
  return openingMs + AFTER_OPENING_MS + random * openingSpreadMs(crowd)
}

/** The mean time from the opening to the next poll of a visitor in a crowd that waits for it. */
export const meanOpeningPollMs = (crowd: number): number => AFTER_OPENING_MS + openingSpreadMs(crowd) / 2

/** The mean time from joining to the first poll of a visitor with `ahead` others ahead, who expects to be called at once. */
export const meanFirstPollMs = (ahead: number): number => 1.5 * shortestIntervalMs(ahead)

const openingSpreadMs = (crowd: number): number => Math.min(30_000, Math.max(1_000, msToPoll(crowd, POLLS_PER_SECOND_AT_OPENING)))

const shortestIntervalMs = (ahead: number): number =>
  Math.min(MIN_INTERVAL_MS, Math.max(NEXT_INTERVAL_MS, msToPoll(ahead, NEXT_PER_SECOND)))

/** The interval at which `people` cause `perSecond` polls a second. */
const msToPoll = (people: number, perSecond: number): number => people * 1_000 / perSecond
