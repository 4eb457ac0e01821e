/** Bounds of a rehearsal: buyers, seconds of the sale, and buyers expected at the real opening. */
export const REHEARSAL_LIMITS = {
  buyers: { min: 10, max: 20_000 },
  seconds: { min: 10, max: 300 },
  expected: { min: 10, max: 10_000_000 },
} as const

/** What the buyers of a running rehearsal have done so far. */
export type RehearsalProgress = { elapsedSeconds: number; joined: number; admitted: number; booked: number; seatsLeft: number }

export const REHEARSAL_STEPS = ['join', 'poll', 'claim', 'book', 'cancel'] as const
export type RehearsalStep = (typeof REHEARSAL_STEPS)[number]

/** Response times of one step, in milliseconds. */
export type StepTimes = { count: number; p50Ms: number; p95Ms: number; p99Ms: number }

/** Why a rehearsal ended. */
export type RehearsalEnd = 'completed' | 'time_over' | 'stopped' | 'interrupted' | 'failed'

/** What the verdict rests on. `value` is in the unit of the code. */
export type RehearsalReason = {
  code:
    | 'not_completed'
    | 'seats_disagree'
    | 'bookings_lost'
    | 'dead_letters'
    | 'never_sold'
    | 'not_sold_out'
    | 'slow_bookings'
    | 'errors'
    | 'write_back_late'
    | 'sold_out'
    | 'fast_bookings'
    | 'seats_agree'
    | 'load_limited'
  isGood: boolean
  value: number
}

/** The result of a rehearsal. Durations in milliseconds unless named otherwise; rates per second of the rehearsal itself. */
export type RehearsalSheet = {
  end: RehearsalEnd
  verdict: 'go' | 'no_go'
  reasons: RehearsalReason[]
  /** From the opening to the first instant without a seat left; null if there was none. */
  soldOutAfterMs: number | null
  joined: number
  admitted: number
  bookings: { count: number; peakPerSecond: number; meanPerSecond: number }
  cancellations: number
  steps: Record<RehearsalStep, StepTimes>
  /** Problem codes of refused requests, the most frequent first. */
  refusals: { code: string; count: number }[]
  /** Requests without a response, and responses with 500 or 504. */
  errors: number
  requests: number
  maxLagMs: number
  /** In seats: `seats = sold + left + drift`. `rows`: reservations in MySQL; `answered`: bookings that were answered with 201. */
  integrity: { seats: number; sold: number; left: number; drift: number; rows: number; answered: number; deadLetters: number }
  /** Settings of the room that the measured rates support. `isLowerBound`: the load, not the shop, was the limit. */
  suggestion: { perMinute: number; capacity: number; visitSeconds: number; isLowerBound: boolean } | null
  /** The real opening with the suggested settings. `sellOutSeconds`: null if the buyers do not need all seats. */
  forecast: { buyers: number; seats: number; sellOutSeconds: number | null; longestWaitSeconds: number } | null
}

/** A rehearsal as operators see it. Times are ISO 8601. */
export type Rehearsal = {
  id: number
  state: 'running' | 'stopping' | 'removing' | 'done'
  buyers: number
  seconds: number
  expected: number
  startedAt: string
  endedAt: string | null
  progress: RehearsalProgress | null
  sheet: RehearsalSheet | null
}
