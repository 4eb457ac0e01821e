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
  position: number
  /** People to be called before this visitor. The turn has come when `place` is below the snapshot's `serving`. */
  ahead: number
  phase: Phase
  /** An upper estimate of the wait, whole seconds; 0 when the turn has come; null when it cannot be known (paused, sold out). */
  etaSeconds: number | null
  /** When to ask again, milliseconds; 0: claim now. */
  pollAfterMs: number
}
