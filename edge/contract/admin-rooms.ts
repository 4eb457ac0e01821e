/** Waiting rooms as the admin pages and the API below `/api/admin/rooms` show them. */
import type { Text } from './language.ts'
import type { Phase, Snapshot } from './rooms.ts'

export type RoomMode = 'fifo' | 'draw' | 'passthrough' | 'closed'

/** What operators have set; a missing field has the site-wide setting, then that of the edges' environment. */
export type AdminRoomSettings = {
  mode?: RoomMode | undefined
  perMinute?: number | undefined
  capacity?: number | undefined
  turnSeconds?: number | undefined
  passSeconds?: number | undefined
  idleSeconds?: number | undefined
  lobbySeconds?: number | undefined
  identity?: 'anyone' | 'account' | 'verified' | undefined
  work?: 'always' | 'adaptive' | 'never' | undefined
  message?: Text | undefined
}

/** A room at one instant. Times are in whole seconds; rates are those of the last minute, null before there is a sample. */
export type RoomFigures = {
  room: string
  /** The instant, ISO 8601. */
  at: string
  phase: Phase
  paused: boolean
  /** What limits the calls; null while none is limited or none is called. */
  heldBy: Exclude<Snapshot['heldBy'], 'store'> | null
  epoch: number
  issued: number
  serving: number
  /** Visitors who have not been called and have not left. In a lobby: all who have joined. */
  waiting: number
  activeVisits: number
  capacity: number
  perMinute: number
  joinsPerMinute: number | null
  claimsPerMinute: number | null
  callsPerMinute: number | null
  /** Turns that lapsed without a claim, and the share of called visitors who do not come, as the room estimates it. */
  noShows: number
  noShowShare: number
  /** The wait of a visitor who joins now, and of the one who was called last; null when unknown. */
  expectedWaitSeconds: number | null
  actualWaitSeconds: number | null
  seatsLeft: number | null
  mode: RoomMode
  message: Snapshot['message']
  /** How long the last reset can still be undone. */
  undoSeconds: number
  /** The revision of the settings that the edges read. */
  revision: number
}

export type VisitorState =
  /** Has joined a room whose draw has not been held: there is an index, and no position yet. */
  | 'in_draw'
  | 'waiting'
  /** The turn has come and can be claimed. */
  | 'called'
  /** The turn was claimed while the room was full. */
  | 'deferred'
  | 'visiting'
  /** The turn lapsed. */
  | 'missed'
  /** The visit has ended. */
  | 'ended'
  /** The position was given up or revoked. */
  | 'gone'
