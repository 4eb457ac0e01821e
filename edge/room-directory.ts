import type { Admission } from './waiting-room/admission.ts'
import type { JoinRules, RoomPlan } from './waiting-room/room-plan.ts'
import type { Language } from './contract/language.ts'
import { paths } from './contract/paths.ts'
import { eventOfRoom, eventRoom } from './contract/rooms.ts'
import type { Upstream } from './upstream.ts'

/** What an edge stands in front of. */
export type RoomDirectory = {
  /** Whether it is a NETicket shop, which takes many requests in one; any other site has many pages behind a room. */
  isShop: boolean
  /** The room that a request must have come through; null for an open path. */
  roomFor(request: { method: string; url: URL; headers: Headers; address: string }): string | null
  /** The plan of a room as it is now, from no cache; null for a name that is no room. Throws when it cannot be known. */
  findRoom(room: string): Promise<RoomPlan | null>
  /** What the room's visitors wait for, in their language; null when nobody can tell. */
  findTitle(room: string, language: Language): Promise<string | null>
}

/** The NETicket shop: each event has a room. Its booking page and its booking API stand behind it; reading about the event does not. */
export const createEventRooms = (origin: Upstream, admission: Admission, rules: JoinRules): RoomDirectory => ({
  isShop: true,
  roomFor({ method, url }) {
    const page = url.pathname.match(/^\/events\/([1-9]\d{0,14})\/booking\/?$/i)?.[1]
    if (page !== undefined) return eventRoom(page)
    const api = url.pathname.match(/^\/api\/events\/([1-9]\d{0,14})\/reservations\/?$/i)?.[1]
    return api !== undefined && method !== 'GET' && method !== 'HEAD' ? eventRoom(api) : null
  },
  async findRoom(room) {
    const eventId = eventOfRoom(room)
    const event = eventId === null ? null : await origin.findEvent(eventId)
    if (eventId === null || !event) return null
    const { opensAtMs, closesAtMs, seatsLeft } = event
    return {
      opening: { opensAtMs, closesAtMs, seatsLeft },
      admission,
      rules,
      admitsWhenIdle: false,
      targetPath: paths.booking(eventId),
      exitPath: paths.event(eventId),
    }
  },
  async findTitle(room, language) {
    const eventId = eventOfRoom(room)
    return eventId === null ? null : await origin.findTitle(eventId, language)
  },
})
