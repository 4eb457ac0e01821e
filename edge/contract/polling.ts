import type { Snapshot } from './rooms.ts'
import { msToOpening } from './wait-estimate.ts'

/** How many polls a second a crowd may cause, in total over all edges. */
const POLLS_PER_SECOND = 5_000
const POLLS_PER_SECOND_AT_OPENING = 10_000
const POLLS_PER_SECOND_AT_END = 20_000

const MIN_INTERVAL_MS = 2_500
const MAX_INTERVAL_MS = 25_000
const END_INTERVAL_MS = 1_700
/** A visitor polls about this many times during a wait. */
const POLLS_PER_WAIT = 8
/** The queue may move up to this many times faster than estimated. */
const MAX_SPEED_UP = 8
/** In a crowd that causes fewer polls than POLLS_PER_SECOND, the interval never exceeds this. */
const SMALL_CROWD_INTERVAL_MS = 10_000

/** Whether the seats may be sold out within half a minute. */
export const mayBeSoldOutSoon = ({ seatsLeft, outflow, phase }: Snapshot): boolean =>
  seatsLeft !== null && seatsLeft < Math.max(500, outflow / 2) && (phase === 'open' || phase === 'idle')

/**
 * The time until a visitor's next poll, in milliseconds. `waitMs` is the estimated wait; `random`, from 0 to 1, spreads the polls; `isFirst`
 * marks polls that many visitors schedule in the same instant: after joining, and after the opening.
 *
 * 1. The interval is an eighth of the wait, between 2.5 and 25 s.
 * 2. The queue may move eight times faster than estimated, and even faster before the first visits have ended. So a crowd of fewer than
 *    50,000, which causes at most 5,000 polls a second, polls at least every 64th of the wait or every 10 s, whichever is shorter. A larger
 *    crowd polls less often in proportion. The interval of first polls depends only on the size of the crowd.
 * 3. When the seats may be sold out within 30 s, the interval is 1.7 s, so that visitors see it within 3 s (an edge within 0.75 s).
 *    Above 34,000 visitors it grows, so that the crowd polls at most 20,000 times a second.
 * 4. First polls are spread over a whole interval, 2 s from now at the earliest (0.3 s near the end). Later ones vary by ±20 %, which keeps
 *    them spread.
 * 5. In the lobby, a poll that would fall after the opening is moved to 0.5 s after it plus a random time. The random times span 1 to
 *    30 s, so that the crowd polls about 10,000 times a second.
 */
export function nextPollMs(snapshot: Snapshot, position: number, waitMs: number, random: number, isFirst: boolean): number {
  const isEnding = mayBeSoldOutSoon(snapshot)
  const intervalMs = pollIntervalMs(snapshot.issued - snapshot.serving, { waitMs, isEnding, isFirst })
  const nextMs = isFirst ? (isEnding ? 300 : 2_000) + random * intervalMs : intervalMs * (0.8 + 0.4 * random)
  const openingMs = msToOpening(snapshot)
  if (snapshot.phase !== 'lobby' || openingMs <= 0 || nextMs < openingMs) return nextMs
  const crowd = snapshot.commitment === null ? Math.min(position, snapshot.issued) : snapshot.issued
  const spreadMs = Math.min(30_000, Math.max(1_000, msToPoll(crowd, POLLS_PER_SECOND_AT_OPENING)))
  return openingMs + 500 + random * spreadMs
}

function pollIntervalMs(
  waiting: number,
  { waitMs, isEnding, isFirst }: { waitMs: number; isEnding: boolean; isFirst: boolean },
): number {
  const longestMs = isEnding
    ? Math.min(MAX_INTERVAL_MS, Math.max(END_INTERVAL_MS, msToPoll(waiting, POLLS_PER_SECOND_AT_END)))
    : MAX_INTERVAL_MS
  const cautiousMs = isFirst ? 0 : Math.min(SMALL_CROWD_INTERVAL_MS, waitMs / POLLS_PER_WAIT / MAX_SPEED_UP)
  const crowdMs = Math.max(cautiousMs, msToPoll(waiting, POLLS_PER_SECOND))
  return Math.min(longestMs, Math.max(MIN_INTERVAL_MS, Math.min(waitMs / POLLS_PER_WAIT, crowdMs)))
}

/** The interval at which `people` cause `perSecond` polls a second. */
const msToPoll = (people: number, perSecond: number): number => people * 1_000 / perSecond
