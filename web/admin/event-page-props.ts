import type { AdminEvent, ChecklistItem } from '../../edge/contract/admin-events.ts'
import type { Language } from '../../edge/contract/language.ts'
import type { Problem } from '../../edge/contract/problems.ts'
import type { Viewer } from './admin-document.tsx'

/** An act whose form is on the page of an event. */
export type EventAct = 'publish' | 'stop' | 'resume' | 'duplicate' | 'cancel' | 'delete'
export type EventDone = 'created' | 'saved' | 'published' | 'stopped' | 'resumed' | 'cancelled' | 'duplicated'

export type AdminEventProps = {
  language: Language
  viewer: Viewer
  now: string
  event: AdminEvent
  checklist: ChecklistItem[]
  /** Seats left by ticket type, from Redis; null when the sale is not loaded. */
  left: ReadonlyMap<number, number> | null
  /** Reservations of the event. */
  reservations: { confirmed: number; cancelled: number }
  /** What has just been done. */
  done?: EventDone | null
  /** Why an act was refused. */
  refused?: { act: EventAct; problem: Problem; typed: Record<string, string> } | undefined
}
