import type { Admission } from '../room-plan.ts'
import type { stepRoom } from '../admission.ts'

/** The input of a simulation: arrivals, the behaviour of visitors and the origin's capacity. Times count from its start. */
export type Scenario = {
  /** Runs with the same seed and scenario are identical. */
  seed: number
  admission: Admission
  opensAtMs: number
  untilMs: number
  /** Visitors arrive at uniformly random times within each span. */
  arrivals: { people: number; fromMs: number; toMs: number }[]
  /** Visitors who join and never claim: a share, or a predicate of the ticket's index. */
  noShows: number | ((index: number) => boolean)
  /** How visitors learn of their turn: by polling, or from a stream of snapshots. Default: polling. */
  clients?: 'polling' | 'streaming'
  /** The share of visitors who claim late, and their delay. */
  late?: { share: number; byMs: number }
  /** A visit: this many requests with exponential pauses of mean `pauseMs`, then a booking of `seats` with probability `buys`. */
  visit: { requests: number; pauseMs: number; seats: number; buys: number }
  /** Seats on sale; null: unlimited. */
  seats: number | null
  /** The origin serves `workers` requests at once, each in `serviceMs`. During `slow` a request takes `times` as long. */
  origin: { workers: number; serviceMs: number; slow?: { fromMs: number; toMs: number; times: number } }
  /** Number of edges; their ticks are spread evenly over a step. Default 1. */
  edges?: number
  /** A response that takes longer counts as slow. Default 300, as for an edge. */
  slowMs?: number
  pausedBetween?: { fromMs: number; toMs: number }
  /** Replaces `stepRoom`, for negative controls. */
  decide?: typeof stepRoom
}

/** One second of a simulation. */
export type Second = {
  activeVisits: number
  /** Visits that have begun since the start. */
  entered: number
  /** The health window; 0: no limit. */
  window: number
  /** 95th percentile of the origin's response times in the second before. */
  p95Ms: number
  seatsLeft: number | null
  waiting: number
}

/** The result of a simulation. Arrays are by ticket index; -1 marks an event that did not happen. */
export type Report = {
  entered: number
  booked: number
  /** Visitors whose turn lapsed before they claimed. */
  missed: number
  /** Visitors whose pass was rejected before their visit had ended. */
  rejected: number
  polls: number
  /** Claims that found the room full; each repetition counts. */
  deferrals: number
  arrivedAtMs: Float64Array
  enteredAtMs: Float64Array
  /** The wait that was estimated on joining. */
  estimatedWaitMs: Float64Array
  maxActiveVisits: number
  seconds: Second[]
  pollsPer100Ms: Uint32Array
}
