import { type Agenda, EVENT } from './agenda.ts'
import type { Scenario } from './scenario.ts'
import type { SimulatedOrigin } from './simulated-origin.ts'
import type { SimulatedRoom } from './simulated-room.ts'

/** Visits to the origin: a number of requests with pauses in between, then perhaps a booking. */
export function createSimulatedVisits(
  { visit, seats }: Scenario,
  people: number,
  { room, origin, agenda, random }: { room: SimulatedRoom; origin: SimulatedOrigin; agenda: Agenda; random(): number },
) {
  const requestsLeft = new Uint8Array(people)
  const requestedAtMs = new Float64Array(people)
  const counts = { booked: 0, rejected: 0, seatsLeft: seats }

  /** An exponentially distributed pause: most visitors are quick, some take long. */
  const pauseMs = () => -Math.log(1 - random()) * visit.pauseMs

  return {
    counts,

    begin(nowMs: number, index: number): void {
      requestsLeft[index] = visit.requests
      agenda.plan(nowMs + pauseMs(), index, EVENT.request)
    },

    sendRequest(nowMs: number, index: number): void {
      if (room.claim(nowMs + 1, index, null) !== 'claimed') {
        counts.rejected++
        return
      }
      requestedAtMs[index] = nowMs
      agenda.plan(origin.serve(nowMs), index, EVENT.response)
    },

    receiveResponse(nowMs: number, index: number): void {
      origin.recordResponse(nowMs - requestedAtMs[index]!)
      if (--requestsLeft[index]! > 0) return agenda.plan(nowMs + pauseMs(), index, EVENT.request)
      if (random() < visit.buys && (counts.seatsLeft === null || counts.seatsLeft >= visit.seats)) {
        counts.booked++
        if (counts.seatsLeft !== null) counts.seatsLeft -= visit.seats
      }
      room.leave(index, null)
    },
  }
}

export type SimulatedVisits = ReturnType<typeof createSimulatedVisits>
