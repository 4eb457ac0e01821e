import type { Text } from './language.ts'

/** The name of an event's room: `event-<id>`. */
export const eventRoom = (eventId: number | string) => `event-${eventId}`

/** The event of a room; null for a room that is not an event's. */
export function eventOfRoom(room: string): number | null {
  const id = room.match(/^event-([1-9]\d{0,14})$/)?.[1]
  return id === undefined ? null : Number(id)
}

export type Phase =
  | 'idle' // no queue: visitors are admitted as they arrive
  | 'lobby' // before the opening: visitors may join, and get their positions when it opens
  | 'open' // positions are called in order
  | 'paused' // no position is called; all are kept
  | 'sold_out' // no seats left; calls resume when seats are returned
  | 'closed' // before the lobby or after the close: visitors cannot join

/** The public state of a room at one tick: the same bytes for every visitor, so that responses can be cached. */
export type Snapshot = {
  room: string
  phase: Phase
  /** Grows when the room is reset; queue tickets of another epoch are void. */
  epoch: number
  /** Positions below this number have been called. */
  serving: number
  /** Queue tickets given out: indexes run from 0 to `issued` − 1. */
  issued: number
  /** About how many of the visitors who have not been called have left the queue. */
  gone: number
  /** Tickets that took part in the draw; null before it, or without one. */
  drawn: number | null
  /** The hash of the draw's seed, published before the opening; null without a draw. */
  commitment: string | null
  /** The draw's seed, revealed at the opening. */
  seed: string | null
  /** ISO 8601; null for a room that is always open. */
  opensAt: string | null
  serverTime: string
  /** Visitors admitted per minute, at most. */
  perMinute: number
  /** Visitors who can be called before any visit ends. */
  vacant: number
  /** Visitors per minute who can be called after the `vacant` ones; estimated from the mean length of a visit. */
  outflow: number
  /** The tightest limit on calls; `store` while the store is unreachable. */
  heldBy: 'rate' | 'health' | 'capacity' | 'seats' | 'store'
  /** Unsold seats of the event; null when unknown. */
  seatsLeft: number | null
  /** The operators' message to those who wait; null when there is none. */
  message: Text | null
  /** Time until the next poll, for a visitor without a ticket. */
  pollAfterMs: number
}

/** Where a visitor stands in a room, as the bar of the shop's pages shows it. `path`: the page on which they continue. */
export type OwnVisit =
  | { kind: 'none' }
  | { kind: 'waiting'; path: string; ahead: number; phase: Phase; pollAfterMs: number }
  | { kind: 'turn'; path: string }
  /** `endsAt`: the latest end of the pass; `serverTime`: the time at the room's last tick. */
  | { kind: 'booking'; path: string; endsAt: string; serverTime: string }

/** One visitor's position in the queue. */
export type Position = {
  /** While the draw is pending (`commitment` is set, `drawn` is null) this is the index, not a position. */
  position: number
  /** About how many visitors will be called first. The turn has come when `position` is below the snapshot's `serving`. */
  ahead: number
  phase: Phase
  /** Upper estimate of the wait in whole seconds; 0 when the turn has come; null when unknown (paused, sold out). */
  etaSeconds: number | null
  /** Time until the visitor's next poll; 0: claim now. */
  pollAfterMs: number
}
