import type { Language } from '../../edge/contract/language.ts'
import type { Position, Snapshot } from '../../edge/contract/rooms.ts'
import type { View } from './view.ts'
import type { WaitingTexts } from './texts.ts'

/** The id of the element that carries the state as JSON. */
export const STATE_ELEMENT_ID = 'state'

/** A visitor's position and the index that their queue ticket carries. */
export type HeldPosition = Position & { index: number }

/** Why a queue ticket has ended; the visitor can join again. */
export type EndedReason = Extract<View, 'missed' | 'used'>

/** The addresses that the script requests. They are in the state because `paths` would be a large part of the script. */
export type WaitingPageUrls = {
  /** The room's requests are below it. */
  room: string
  /** The page that a pass opens. */
  target: string
}

/** What the server writes into the waiting page for its script. */
export type WaitingPageState = {
  room: string
  snapshot: Snapshot
  /** Null for a visitor who has no queue ticket yet. */
  position: HeldPosition | null
  urls: WaitingPageUrls
  language: Language
  texts: WaitingTexts
  ended: EndedReason | null
}
