import { awaitsDraw } from '../../edge/contract/wait-estimate.ts'
import type { Position, Snapshot } from '../../edge/contract/rooms.ts'

/** What the waiting page shows; each view has a headline and a hint of the same name in `texts.ts`. */
export type View =
  | 'joining' // no queue ticket yet
  | 'work' // solving the proof of work
  | 'login' // the room requires an account
  | 'verify' // the room requires a verified e-mail address
  | 'full' // the queue has reached its maximum
  | 'early' // before the lobby
  | 'lobby' // before the opening, positions are drawn
  | 'ordered' // before the opening, positions follow arrival
  | 'open' // waiting to be called
  | 'turn' // called
  | 'deferred' // called, but the room is full
  | 'paused'
  | 'storeDown' // the room is paused because its store does not respond
  | 'soldOut'
  | 'closed'
  | 'missed' // the turn lapsed
  | 'used' // the queue ticket was exchanged before
  | 'cookies' // the browser blocks cookies

/**
 * Chooses the view for a snapshot and a visitor; `untilOpenMs` is negative after the opening. The server chooses the first view and the
 * script chooses every later one with this function. Views that follow from a response (`work`, `deferred`, …) are not chosen here.
 */
export function chooseView(snapshot: Snapshot, position: Pick<Position, 'position'> | null, untilOpenMs: number): View {
  const { phase, heldBy } = snapshot
  if (phase === 'closed') return untilOpenMs > 0 ? 'early' : 'closed'
  if (phase === 'paused' && heldBy === 'store') return 'storeDown'
  if (phase === 'sold_out') return 'soldOut'
  if (!position) return 'joining'
  if (hasTurn(snapshot, position)) return 'turn'
  switch (phase) {
    case 'lobby':
      return awaitsDraw(snapshot) ? 'lobby' : 'ordered'
    case 'idle':
    case 'open':
      return 'open'
    case 'paused':
      return 'paused'
    default:
      return phase satisfies never
  }
}

/** Whether a view counts down to the opening. */
export const countsDown = (view: View): boolean => view === 'lobby' || view === 'ordered' || view === 'early'

/** Whether the room calls visitors at the moment. */
export const isCalling = ({ phase }: Pick<Snapshot, 'phase'>): boolean => phase === 'open' || phase === 'idle'

/** Whether a position has been called. */
export const hasTurn = (snapshot: Snapshot, { position }: Pick<Position, 'position'>): boolean =>
  isCalling(snapshot) && position < snapshot.serving

/** Milliseconds until the opening; negative after it and 0 for a room that is always open. */
export const untilOpenMs = ({ opensAt }: Pick<Snapshot, 'opensAt'>, nowMs: number): number =>
  opensAt === null ? 0 : Date.parse(opensAt) - nowMs
