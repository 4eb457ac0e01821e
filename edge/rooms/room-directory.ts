import type { Language } from '../contract/language.ts'
import { paths } from '../contract/paths.ts'
import { eventOfRoom, eventRoom } from '../contract/rooms.ts'
import type { EventClient } from '../upstream/event-client.ts'
import type { Admission, JoinRules, RoomPlan } from '../waiting-room/room-plan.ts'

/** Maps requests to rooms, and describes the rooms of the site behind the edge. */
export type RoomDirectory = {
  /** Whether the site is a NETicket shop. A shop accepts request batches; any other site may have many paths behind one room. */
  isShop: boolean
  /** The room that a request with this path (without parameters) has to pass; null for a path that is behind no room. */
  roomFor(request: { method: string; path: string; address: string }): string | null
  /** Whether a room may have this name. The edge remembers no other name, which may be as long as a request. */
  isRoomName(name: string): boolean
  /** The current plan of a room, from no cache; null for an unknown room. Throws UpstreamUnavailable. */
  findRoom(room: string): Promise<RoomPlan | null>
  /** The title to show on the room's waiting page; null when there is none. Throws UpstreamUnavailable. */
  findTitle(room: string, language: Language): Promise<string | null>
}

/** The rooms of a NETicket shop: one for each event, in front of its booking page and its booking API. Event pages are behind no room. */
export const createEventRooms = (events: EventClient, admission: Admission, rules: JoinRules): RoomDirectory => ({
  isShop: true,
  roomFor({ method, path }) {
    const page = path.match(/^\/events\/([1-9]\d{0,14})\/booking\/?$/i)?.[1]
    if (page !== undefined) return eventRoom(page)
    const api = path.match(/^\/api\/events\/([1-9]\d{0,14})\/reservations\/?$/i)?.[1]
    return api !== undefined && method !== 'GET' && method !== 'HEAD' ? eventRoom(api) : null
  },
  isRoomName: (name) => eventOfRoom(name) !== null,
  async findRoom(room) {
    const eventId = eventOfRoom(room)
    const event = eventId === null ? null : await events.findEvent(eventId)
    if (eventId === null || !event) return null
    const { opensAtMs, closesAtMs, seatsLeft, isStopped, isRehearsal } = event
    return {
      opening: { opensAtMs, closesAtMs, seatsLeft, isStopped },
      admission,
      rules: isRehearsal ? rehearsalRules(rules) : rules,
      admitsWhenIdle: false,
      targetPath: paths.booking(eventId),
      exitPath: paths.event(eventId),
    }
  },
  async findTitle(room, language) {
    const eventId = eventOfRoom(room)
    return eventId === null ? null : await events.findTitle(eventId, language)
  },
})

/** Synthetic buyers have accounts that the origin has signed for. One address sends all of them, so the rules for anonymous visitors would reject them. */
const rehearsalRules = ({ maxWaiting }: JoinRules): JoinRules => ({ identity: 'account', proofOfWork: 'never', maxWaiting })
