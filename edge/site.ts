import type { Admission, Opening } from './contract/admission.ts'
import type { Language } from './contract/language.ts'
import { paths } from './contract/paths.ts'
import { eventOfRoom, eventRoom } from './contract/room.ts'
import type { Origin } from './origin.ts'

/** Who may join a room. */
export type JoinRules = {
  /** One place per account: whoever is not logged in is asked to. */
  login: boolean
  /** Joining costs the visitor's machine some work. */
  work: boolean
  /** People who may wait at once. */
  waitingAtMost: number
}

/** What a room stands in front of, and how it lets people in. */
export type RoomPlan = {
  opening: Opening
  admission: Admission
  rules: JoinRules
  /** Whoever asks for a page while nobody waits is let in without seeing the line. */
  walkIn: boolean
  /** Where a turn leads to, and where one goes on leaving the line; paths of the site. */
  inside: string
  outside: string
}

/** What an edge stands in front of. */
export type Site = {
  /** Whether it is a NETicket shop, which takes many requests in one; any other site has many pages behind a room. */
  isShop: boolean
  /** The room that a request must have come through; null for an open path. */
  roomOf(request: { method: string; url: URL; headers: Headers; address: string }): string | null
  /** The plan of a room as it is now, from no cache; null for a name that is no room. Throws when it cannot be known. */
  findRoom(room: string): Promise<RoomPlan | null>
  /** What the room's visitors wait for, in their language; null when nobody can tell. */
  findTitle(room: string, language: Language): Promise<string | null>
}

/** The NETicket shop: each event has a room. Its booking page and its booking API stand behind it; reading about the event does not. */
export const eventSite = (origin: Origin, admission: Admission, rules: JoinRules): Site => ({
  isShop: true,
  roomOf({ method, url }) {
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
      walkIn: false,
      inside: paths.booking(eventId),
      outside: paths.event(eventId),
    }
  },
  async findTitle(room, language) {
    const eventId = eventOfRoom(room)
    return eventId === null ? null : await origin.findTitle(eventId, language)
  },
})
