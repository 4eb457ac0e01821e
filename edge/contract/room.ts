/** The name of the line in front of an event's booking: `event-<id>`. */
export const eventRoom = (eventId: number | string) => `event-${eventId}`

/** The event that a room stands in front of, or null when the room is no event's. */
export function eventOfRoom(room: string): number | null {
  const id = room.match(/^event-([1-9]\d{0,14})$/)?.[1]
  return id === undefined ? null : Number(id)
}

export type Phase =
  | 'idle' // nobody waits: walk straight in
  | 'lobby' // before the opening: everybody present will be placed when it opens
  | 'open' // people are called in order
  | 'paused' // nobody is called, every place is kept
  | 'sold_out' // nothing left to call anyone for; the line moves again when seats come back
  | 'closed' // not yet, or no longer: nobody may join

/** What a room is at one instant: the same for every visitor, so that one answer can be cached and shared. */
export type Snapshot = {
  room: string
  phase: Phase
  /** Changes when the room is reset; tickets of another epoch are void. */
  epoch: number
  /** Places below this number have been called. */
  serving: number
  /** How many tickets the room has given out: indexes run from 0 to issued − 1. */
  issued: number
  /** How many tickets took part in the draw at the opening; null when there was none. */
  drawn: number | null
  /** The hash of the draw's secret seed, published before the opening; null without a draw. */
  commitment: string | null
  /** The draw's seed, revealed at the opening. */
  seed: string | null
  /** ISO 8601; null for a room that is always open. */
  opensAt: string | null
  serverTime: string
  /** The greatest number of people let in per minute. */
  perMinute: number
  /** People who can be called without anybody leaving. */
  vacant: number
  /** People per minute who are called behind those: measured from how long visits take. */
  outflow: number
  /** What holds the line back most; `store` when nobody can be called because the store is silent. */
  heldBy: 'rate' | 'health' | 'capacity' | 'seats' | 'store'
  /** Seats that can still be booked behind this room; null when the room knows of none. */
  seatsLeft: number | null
  /** When to ask again, milliseconds. */
  pollAfterMs: number
}

/** One visitor's view of the line. */
export type Position = {
  /** Before the draw it is the index, and no place yet: `commitment` is set and `drawn` is null. */
  place: number
  /** People to be called before this visitor. The turn has come when `place` is below the snapshot's `serving`. */
  ahead: number
  phase: Phase
  /** An upper estimate of the wait, whole seconds; 0 when the turn has come; null when it cannot be known (paused, sold out). */
  etaSeconds: number | null
  /** When to ask again, milliseconds; 0: claim now. */
  pollAfterMs: number
}

/** Whether the places of those present are still to be drawn. */
export const awaitsDraw = ({ commitment, drawn }: Pick<Snapshot, 'commitment' | 'drawn'>) => commitment !== null && drawn === null

/**
 * How long until a place is called, milliseconds: an upper estimate, since a wait that turns out shorter than said is forgiven. The first
 * `vacant` go at the full rate, those behind them as others leave; until the draw everybody might be last. The waiting page runs this very
 * function: it uses nothing but its arguments.
 */
export function waitMs(snapshot: Snapshot, place: number): number {
  const MARGIN = 1.25
  const untilOpenMs = snapshot.opensAt ? Math.max(0, Date.parse(snapshot.opensAt) - Date.parse(snapshot.serverTime)) : 0
  const isUndrawn = snapshot.commitment !== null && snapshot.drawn === null
  const people = Math.max(0, (isUndrawn ? Math.max(place, snapshot.issued - 1) : place) - snapshot.serving) + 1
  const atOnce = Math.min(people, snapshot.vacant)
  const perMs = (perMinute: number) => perMinute / 60_000
  return untilOpenMs + MARGIN * (atOnce / perMs(snapshot.perMinute) + (people - atOnce) / perMs(snapshot.outflow))
}

/** Whether the seats may be gone within half a minute. `nextPollMs` says the same in its own words: it must be whole in itself. */
export const mayEndSoon = ({ seatsLeft, outflow, phase }: Snapshot): boolean =>
  seatsLeft !== null && seatsLeft < Math.max(500, outflow / 2) && (phase === 'open' || phase === 'idle')

/**
 * When to ask again, 2 to 30 seconds from now in milliseconds: about eight times in a wait, so that a turn is noticed soon after it comes
 * and a long line asks rarely. The line may move up to eight times as fast as was known, and faster still before the first visits have
 * ended, so a crowd that asks less than 5,000 times a second for it asks as if it did, each ten seconds at the least; at first (`isFirst`)
 * it does so however long the wait seems. Those who came in one instant ask spread over the whole first interval, and stay spread by a
 * fifth of jitter. Whoever would ask around the opening asks after it, spread so that the edges are asked 10,000 times a second. When the
 * seats may be gone within half a minute everybody asks each 1.36 to 2.04 seconds, to hear within three that there are none (an edge knows it
 * within 0.75: edge/rooms.ts); a crowd of over 34,000 less often. The waiting page runs this very function.
 */
export function nextPollMs(snapshot: Snapshot, place: number, wait: number, random: number, isFirst: boolean): number {
  const isEnding = snapshot.seatsLeft !== null && snapshot.seatsLeft < Math.max(500, snapshot.outflow / 2) &&
    (snapshot.phase === 'open' || snapshot.phase === 'idle')
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
