import type { Language } from '../../../edge/contract/language.ts'
import type { Snapshot } from '../../../edge/contract/rooms.ts'
import type { HeldPosition, WaitingPageUrls } from '../../waiting-page/state.ts'
import type { WaitingTexts } from '../../waiting-page/texts.ts'
import { hasTurn } from '../../waiting-page/view.ts'
import type { ServerClock } from '../server-clock.ts'

/** The page's state of its visitor. All parts of the script share one object, for the lifetime of the page. */
export type Session = {
  readonly room: string
  readonly language: Language
  readonly texts: WaitingTexts
  readonly urls: WaitingPageUrls
  readonly clock: ServerClock
  /** The newest state of the room: the same bytes for every visitor. */
  snapshot: Snapshot
  position: HeldPosition | null
  /** The visitor's turn has been announced. */
  isCalled: boolean
  /** The view is final until the visitor acts. */
  isOver: boolean
  /** Epoch milliseconds of the announced end of the wait; 0 before one has been announced. */
  announcedEndMs: number
}

export const isCalledNow = ({ position, snapshot }: Session): boolean => position !== null && hasTurn(snapshot, position)

/** Replaces the position, for example after the draw: the wait is estimated again. */
export function setPosition(session: Session, position: HeldPosition | null): void {
  session.position = position
  session.announcedEndMs = 0
}
