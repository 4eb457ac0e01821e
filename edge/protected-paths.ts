import { eventRoom } from './contract/room.ts'

/**
 * The room that a request must have come through, or null for an open path. An event's booking page and its booking API stand behind
 * the event's room; reading about the event does not.
 */
export function protectingRoom(method: string, path: string): string | null {
  const page = path.match(/^\/events\/([1-9]\d{0,14})\/booking\/?$/i)?.[1]
  if (page !== undefined) return eventRoom(page)
  const api = path.match(/^\/api\/events\/([1-9]\d{0,14})\/reservations\/?$/i)?.[1]
  return api !== undefined && method !== 'GET' ? eventRoom(api) : null
}
