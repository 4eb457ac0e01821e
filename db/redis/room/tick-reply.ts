import * as z from 'zod'
import { parseRoomSettings } from '../../../edge/waiting-room/room-settings.ts'
import { MAX_HOLD_MS, PRIOR_DELAY_MS, type RoomState } from '../../../edge/waiting-room/room-state.ts'

const figure = z.coerce.number()
const count = figure.default(0)
const optionalFigure = z.nullable(figure).default(null)
const optionalText = z.nullable(z.string()).default(null)
// Operators may write any value into these fields by hand; an invalid one counts as unset.
const setting = z.coerce.number().int().min(1).nullable().catch(null).default(null)
const modeSetting = z.enum(['fifo', 'draw', 'passthrough', 'closed']).nullable().catch(null).default(null)
const roomState = z.object({
  nowMs: figure,
  epoch: figure,
  issued: figure,
  steppedAtMs: figure,
  serving: count,
  reached: count,
  settled: count,
  lapsed: count,
  tokens: count,
  window: count,
  judgedAtMs: count,
  visitMs: count,
  exits: count,
  // A new room assumes that there are no no-shows.
  showRate: figure.default(1),
  // Edges of an earlier version do not write these fields.
  showTurns: count,
  delayMs: figure.default(PRIOR_DELAY_MS),
  holdMs: figure.default(MAX_HOLD_MS),
  timedClaims: count,
  timedMs: count,
  leftCalled: count,
  drawn: optionalFigure,
  seed: optionalText,
  commitment: optionalText,
  paused: z.string().optional().transform((value) => value === '1'),
  mode: modeSetting,
  perMinute: setting,
  capacity: setting,
  settings: z.string().transform(parseRoomSettings).nullable().default(null),
  revision: count,
  plan: optionalText,
  claims: count,
  missed: count,
  restoredAtMs: count,
  restoredVisits: count,
  answered: count,
  slow: count,
  ended: count,
  activeVisits: figure,
  deferred: figure,
  settleTo: figure,
  lapseTo: figure,
  newTurns: figure,
  settledTurns: figure,
  settledShows: figure,
  freshTurns: figure,
  freshShows: figure,
  goneWaiting: figure,
  goneAtDraw: count,
})

const namesAndValues = z.array(z.union([z.string(), z.number()]))

/** Parses the reply of `tick.lua`: name, value, ... of each field that the room has. Returns null for an empty reply. */
export function readRoomState(reply: unknown): RoomState | null {
  const pairs = namesAndValues.parse(reply)
  if (pairs.length === 0) return null
  const fields = Array.from({ length: pairs.length / 2 }, (_, i) => [pairs[2 * i], pairs[2 * i + 1]])
  return roomState.parse(Object.fromEntries(fields))
}
