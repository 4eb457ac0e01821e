import type { CheckInFigures, Verdict } from '../../edge/contract/check-in.ts'
import type { CheckInTextName } from './check-in-texts.ts'

/** A scan of this device. `isPending`: admitted offline, and not sent yet. */
export type Scan = { id: string; verdict: Verdict; isPending: boolean; isUndone: boolean }

/** What the page at the door shows. */
export type CheckInState = {
  eventId: number
  /** `login`: the session has ended. */
  connection: 'loading' | 'online' | 'offline' | 'login'
  /** When the list was downloaded (ISO 8601); null without one. */
  listAsOf: string | null
  figures: CheckInFigures
  pending: number
  camera: 'off' | 'on' | 'denied'
  device: string
  /** The last scan. */
  current: Scan | null
  /** A message instead of a scan. */
  note: CheckInTextName | null
  /** A reservation of which staff must say the seat. */
  choice: { code: string; isUsed: boolean; ordinal: number }[] | null
  recent: readonly Scan[]
  /** Scans that were admitted offline, and refused when they were sent. */
  conflicts: readonly Scan[]
}

/** What staff do. The page without a script has none of it. */
export type CheckInActs = {
  onCamera(): void
  onCode(text: string): void
  onPicture(file: File): void
  onDevice(name: string): void
  onUndo(scan: Scan): void
  onDismiss(scan: Scan): void
  onRefresh(): void
}

/** The state before the script has started. */
export const initialState = (eventId: number): CheckInState => ({
  eventId,
  connection: 'loading',
  listAsOf: null,
  figures: { ticketTypes: [] },
  pending: 0,
  camera: 'off',
  device: '',
  current: null,
  note: null,
  choice: null,
  recent: [],
  conflicts: [],
})
