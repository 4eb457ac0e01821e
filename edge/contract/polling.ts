import type { Snapshot } from './rooms.ts'

/** Whether the places of those present are still to be drawn. */
export const awaitsDraw = ({ commitment, drawn }: Pick<Snapshot, 'commitment' | 'drawn'>) => commitment !== null && drawn === null

/**
 * How long until a place is called, milliseconds: an upper estimate, since a wait that turns out shorter than said is forgiven. The first
 * `vacant` go at the full rate, those behind them as others leave; until the draw everybody might be last. The waiting page runs this
 * function too.
 */
export function estimateWaitMs(snapshot: Snapshot, place: number): number {
  const MARGIN = 1.25
  const untilOpenMs = snapshot.opensAt ? Math.max(0, Date.parse(snapshot.opensAt) - Date.parse(snapshot.serverTime)) : 0
  const people = Math.max(0, (awaitsDraw(snapshot) ? Math.max(place, snapshot.issued - 1) : place) - snapshot.serving) + 1
  const atOnce = Math.min(people, snapshot.vacant)
  const perMs = (perMinute: number) => perMinute / 60_000
  return untilOpenMs + MARGIN * (atOnce / perMs(snapshot.perMinute) + (people - atOnce) / perMs(snapshot.outflow))
}

/** Whether the seats may be gone within half a minute. */
export const mayBeSoldOutSoon = ({ seatsLeft, outflow, phase }: Snapshot): boolean =>
  seatsLeft !== null && seatsLeft < Math.max(500, outflow / 2) && (phase === 'open' || phase === 'idle')

/**
 * When to ask again, 2 to 30 seconds from now in milliseconds: about eight times in a wait, so that a turn is noticed soon after it comes
 * and a long line asks rarely. The line may move up to eight times as fast as was known, and faster still before the first visits have
 * ended, so a crowd that asks less than 5,000 times a second for it asks as if it did, each ten seconds at the least; at first (`isFirst`)
 * it does so however long the wait seems. Those who came in one instant ask spread over the whole first interval, and stay spread by a
 * fifth of jitter. Whoever would ask around the opening asks after it, spread so that the edges are asked 10,000 times a second. When the
 * seats may be gone within half a minute everybody asks each 1.36 to 2.04 seconds, to hear within three that there are none (an edge knows it
 * within 0.75: edge/rooms.ts); a crowd of over 34,000 less often. The waiting page runs this function too.
 */
export function nextPollMs(snapshot: Snapshot, place: number, wait: number, random: number, isFirst: boolean): number {
  const isEnding = mayBeSoldOutSoon(snapshot)
  const waiting = snapshot.issued - snapshot.serving
  const longestMs = isEnding ? Math.min(25_000, Math.max(1_700, waiting / 20)) : 25_000
  const rareMs = isFirst ? 0 : Math.min(10_000, wait / 64)
  const intervalMs = Math.min(longestMs, Math.max(2_500, Math.min(wait / 8, Math.max(rareMs, waiting / 5))))
  const nextMs = isFirst ? (isEnding ? 300 : 2_000) + random * intervalMs : intervalMs * (0.8 + 0.4 * random)
  const untilOpenMs = snapshot.opensAt ? Date.parse(snapshot.opensAt) - Date.parse(snapshot.serverTime) : 0
  if (snapshot.phase !== 'lobby' || untilOpenMs <= 0 || nextMs < untilOpenMs) return nextMs
  const crowd = snapshot.commitment === null ? Math.min(place, snapshot.issued) : snapshot.issued
  return untilOpenMs + 500 + random * Math.min(30_000, Math.max(1_000, crowd / 10))
}
