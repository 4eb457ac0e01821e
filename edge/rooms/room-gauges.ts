import { Gauge, type Registry } from 'prom-client'
import type { Phase, Snapshot } from '../contract/rooms.ts'
import type { Rooms } from './rooms.ts'

/** The number of rooms with gauges: the rooms with the longest queues. */
const MAX_ROOMS = 200

/**
 * Registers the gauges of the live rooms, and returns a function that sets them all from one reading, so that they agree with each other. A room
 * that is no longer live disappears from the gauges.
 */
export function createRoomGauges(registry: Registry, rooms: Pick<Rooms, 'statuses'>): () => void {
  const registers = [registry]
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `neticket_room_${name}`, help, labelNames: ['room'], registers })
  const waiting = gauge('waiting', 'Queue tickets that have been issued and not yet called')
  const activeVisits = gauge('inside', 'Active visits: visitors with a live pass')
  const issued = gauge('issued', 'Queue tickets issued')
  const serving = gauge('serving', 'Positions below this number have been called')
  const perMinute = gauge('per_minute', 'The greatest number of visitors admitted per minute')
  const paused = gauge('paused', '1 while an operator has paused the room')
  const heldBy = new Gauge({
    name: 'neticket_room_held_by',
    help: '1 for what limits the room most; absent while the queue is empty',
    labelNames: ['room', 'cause'],
    registers,
  })
  const storeDown = new Gauge({
    name: 'neticket_edge_store_down_seconds',
    help: 'The longest time by which the tick of a live room is overdue: Redis has not answered since. 0 without live rooms',
    registers,
  })
  return () => {
    const statuses = rooms.statuses()
    storeDown.set(Math.max(0, ...statuses.map(({ overdueMs }) => overdueMs)) / 1000)
    for (const each of [waiting, activeVisits, issued, serving, perMinute, paused, heldBy]) each.reset()
    const longest = statuses.sort((a, b) => waitingIn(b.snapshot) - waitingIn(a.snapshot)).slice(0, MAX_ROOMS)
    for (const { snapshot, activeVisits: visits, isPaused } of longest) {
      const { room } = snapshot
      waiting.set({ room }, waitingIn(snapshot))
      activeVisits.set({ room }, visits)
      issued.set({ room }, snapshot.issued)
      serving.set({ room }, snapshot.serving)
      perMinute.set({ room }, snapshot.perMinute)
      paused.set({ room }, isPaused ? 1 : 0)
      const cause = causeOf(snapshot)
      if (cause) heldBy.set({ room, cause }, 1)
    }
  }
}

/** While a room can admit more visitors than have joined, its serving number exceeds the number of tickets. */
const waitingIn = ({ issued, serving }: Snapshot) => Math.max(0, issued - serving)

/** Phases in which no position is called, regardless of rate and capacity. */
const CAUSE_OF_PHASE: Partial<Record<Phase, string>> = { lobby: 'opening', paused: 'pause', sold_out: 'seats', closed: 'closed' }

function causeOf({ phase, heldBy }: Snapshot): string | null {
  if (heldBy === 'store') return heldBy
  return CAUSE_OF_PHASE[phase] ?? (phase === 'idle' ? null : heldBy)
}
