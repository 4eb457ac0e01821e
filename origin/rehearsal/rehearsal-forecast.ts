import type { RehearsalSheet } from '../../edge/contract/rehearsals.ts'
import { simulate } from '../../edge/waiting-room/simulation/simulate.ts'
import type { MeasuredLoad } from './load-figures.ts'

/** Visitors in the simulation, at most: a second of CPU time. A larger crowd is scaled, with rate, capacity and seats. */
const MAX_VISITORS = 5_000
const MAX_SIMULATED_MS = 3_600_000
const STEPS_OF_VISIT = 4
const LOBBY_MS = 60_000
/** Two thirds come before the opening, the others within two minutes after it; one in ten never claims. */
const EARLY = 2 / 3
const LATE_MS = 120_000
const NO_SHOWS = 0.1

export type Settings = NonNullable<RehearsalSheet['suggestion']>
export type RealSale = { buyers: number; seats: number }

/**
 * Forecasts the real opening with these settings: the simulation of the waiting room, with the response times and the share of buying visitors
 * of the rehearsal. Simulates at most an hour of the sale.
 */
export function forecastSale(settings: Settings, load: MeasuredLoad, { buyers, seats }: RealSale): RehearsalSheet['forecast'] {
  const scale = Math.min(1, MAX_VISITORS / buyers)
  const people = Math.round(buyers * scale)
  const early = Math.round(people * EARLY)
  const seatsPerVisit = load.bookedSeats / Math.max(1, load.booked)
  const { seconds, enteredAtMs, arrivedAtMs } = simulate({
    seed: 1,
    admission: {
      mode: 'draw',
      perMinute: Math.max(1, settings.perMinute * scale),
      capacity: Math.max(1, Math.round(settings.capacity * scale)),
      turnMs: 60_000,
      passMs: 600_000,
      idleMs: 180_000,
      lobbyMs: LOBBY_MS,
      stepMs: 250,
    },
    opensAtMs: LOBBY_MS,
    untilMs: LOBBY_MS + endMs(settings, { buyers, seats: seats / seatsPerVisit }),
    arrivals: [
      { people: early, fromMs: 0, toMs: LOBBY_MS },
      { people: people - early, fromMs: LOBBY_MS, toMs: LOBBY_MS + LATE_MS },
    ],
    noShows: NO_SHOWS,
    // A visit ends with its booking; visitors who find no seat are not counted, because the room closes then.
    visit: { requests: STEPS_OF_VISIT, pauseMs: settings.visitSeconds * 1_000 / STEPS_OF_VISIT, seats: 1, buys: 1 },
    seats: Math.max(1, Math.round(seats * scale / seatsPerVisit)),
    origin: { workers: 64, serviceMs: Math.max(1, load.steps.book.p50Ms) },
  })
  const soldOutAt = seconds.findIndex(({ seatsLeft }) => seatsLeft === 0)
  const waits = enteredAtMs.map((atMs, i) => atMs < 0 ? 0 : atMs - Math.max(LOBBY_MS, arrivedAtMs[i]!))
  return {
    buyers,
    seats,
    sellOutSeconds: soldOutAt < 0 ? null : Math.max(0, soldOutAt - LOBBY_MS / 1_000),
    longestWaitSeconds: Math.round(waits.reduce((longest, waitMs) => Math.max(longest, waitMs), 0) / 1_000),
  }
}

/** Longer than the last visit can take: twice the time in which the visitors enter by Little's law, the late arrivals and two visits. */
function endMs({ perMinute, capacity, visitSeconds }: Settings, { buyers, seats }: RealSale): number {
  const enterPerMs = Math.min(perMinute / 60_000, capacity / (visitSeconds * 1_000))
  return Math.min(MAX_SIMULATED_MS, 2 * Math.min(buyers, seats) / enterPerMs + LATE_MS + 4 * visitSeconds * 1_000)
}
