import type { LiveReporter, RoomOfEvent } from '../db/redis/live/live-reporter.ts'
import { bucketOf } from '../runtime/latency-histogram.ts'
import type { ProblemCode } from './contract/problems.ts'
import { eventOfRoom, eventRoom } from './contract/rooms.ts'
import type { Rooms, RoomStatus } from './rooms/rooms.ts'

type Response = {
  method: string
  path: string
  status: number
  ms: number
  /** The problem with which the edge itself responded. What the origin responded is counted there. */
  problem: ProblemCode | undefined
}

const OF_EVENT = /^\/(?:queue\/event-|(?:api\/)?events\/)([1-9]\d{0,14})\/(.*)$/
const BOOKING = /^(?:booking|reservations)$/

/** Counts a response for the live board of the event in its path. Events without a live room here are not counted: they may not exist. */
export function countResponse(add: LiveReporter['add'], rooms: Pick<Rooms, 'isLive'>, response: Response): void {
  const { method, path, status, ms, problem } = response
  const [, id, rest] = OF_EVENT.exec(path) ?? []
  if (id === undefined || !rooms.isLive(eventRoom(id))) return
  const eventId = Number(id)
  if (method === 'POST' && rest === 'tickets' && status === 201) add(eventId, 'joins')
  if (method === 'POST' && BOOKING.test(rest!)) add(eventId, `edge:${bucketOf(ms)}`)
  if (problem && status >= 400) add(eventId, `refused:${problem}`)
  if (problem && status >= 500) add(eventId, 'errors')
}

/** Counts a pass that was issued for a room. */
export function countPass(add: LiveReporter['add'], room: string): void {
  const eventId = eventOfRoom(room)
  if (eventId !== null) add(eventId, 'passes')
}

/** The live rooms of events. */
export const roomsOfEvents = (statuses: readonly RoomStatus[]): RoomOfEvent[] => statuses.flatMap(toRoomOfEvent)

function toRoomOfEvent({ snapshot, activeVisits }: RoomStatus): RoomOfEvent | [] {
  const { room, phase, issued, serving, gone, perMinute, heldBy } = snapshot
  const eventId = eventOfRoom(room)
  if (eventId === null) return []
  const waiting = Math.max(0, issued - serving - gone)
  return { eventId, figures: { phase, waiting, lobby: phase === 'lobby' ? waiting : 0, active: activeVisits, perMinute, heldBy } }
}

/** For an edge in front of a site without live boards. */
export const NO_REPORTER: LiveReporter = { add() {}, dropped: () => 0, close: () => Promise.resolve() }
