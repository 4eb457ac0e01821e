import { REHEARSAL_STEPS, type RehearsalProgress, type RehearsalStep, type StepTimes } from '../../edge/contract/rehearsals.ts'

/** Rates are means over windows of this many seconds, so that one second does not make a peak. */
const WINDOW_SECONDS = 5

/** What the buyers of a rehearsal have measured. A rehearsal sends at most 600 requests a second for some minutes, which bounds the memory. */
export type MeasuredLoad = {
  joined: number
  admitted: number
  /** Bookings that were answered with 201, and their seats. */
  booked: number
  bookedSeats: number
  cancelled: number
  requests: number
  errors: number
  soldOutAfterMs: number | null
  /** The most bookings in one second, and the mean up to the last booking. */
  peakBookings: number
  meanBookings: number
  /** The most admissions a second, over five seconds. */
  peakAdmissions: number
  /** From the pass to the answer to the booking. */
  meanVisitMs: number
  refusals: { code: string; count: number }[]
  steps: Record<RehearsalStep, StepTimes>
  maxLagMs: number
}

/** Collects the figures of a rehearsal with `seats` seats. `sinceOpeningMs`: negative before the opening. */
export function createLoadFigures(seats: number, sinceOpeningMs: () => number) {
  const times = Object.fromEntries(REHEARSAL_STEPS.map((step) => [step, [] as number[]])) as Record<RehearsalStep, number[]>
  const refusals = new Map<string, number>()
  const bookingsPerSecond = new Map<number, number>()
  const admissionsPerSecond = new Map<number, number>()
  const count = { joined: 0, admitted: 0, booked: 0, bookedSeats: 0, cancelled: 0, requests: 0, errors: 0 }
  let heldSeats = 0
  let soldOutAfterMs: number | null = null
  let visitMs = 0
  let visits = 0
  let maxLagMs = 0
  const second = () => Math.max(0, Math.floor(sinceOpeningMs() / 1_000))

  return {
    answered(step: RehearsalStep, ms: number, { status, code }: { status: number; code: string }): void {
      times[step].push(ms)
      count.requests++
      if (status === 0 || status === 500 || status === 502 || status === 504) count.errors++
      if (status === 0 || status >= 400) add(refusals, code || String(status))
    },
    joined: () => void count.joined++,
    admitted(): void {
      count.admitted++
      add(admissionsPerSecond, second())
    },
    booked(quantity: number, sinceAdmissionMs: number): void {
      count.booked++
      count.bookedSeats += quantity
      heldSeats += quantity
      visitMs += sinceAdmissionMs
      visits++
      add(bookingsPerSecond, second())
      if (heldSeats >= seats) soldOutAfterMs ??= Math.round(Math.max(0, sinceOpeningMs()))
    },
    cancelled(quantity: number): void {
      count.cancelled++
      heldSeats -= quantity
    },
    lag: (ms: number) => void (maxLagMs = Math.max(maxLagMs, ms)),
    progress: (): RehearsalProgress => ({
      elapsedSeconds: second(),
      joined: count.joined,
      admitted: count.admitted,
      booked: count.booked,
      seatsLeft: Math.max(0, seats - heldSeats),
    }),
    measured(): MeasuredLoad {
      const lastSecond = Math.max(0, ...bookingsPerSecond.keys())
      return Object.assign({}, count, {
        soldOutAfterMs,
        peakBookings: Math.max(0, ...bookingsPerSecond.values()),
        meanBookings: count.booked / (lastSecond + 1),
        peakAdmissions: peakRate(admissionsPerSecond, WINDOW_SECONDS),
        meanVisitMs: visits > 0 ? visitMs / visits : 0,
        refusals: [...refusals].map(([code, total]) => ({ code, count: total })).sort((a, b) => b.count - a.count).slice(0, 20),
        steps: Object.fromEntries(REHEARSAL_STEPS.map((step) => [step, timesOf(times[step])])) as Record<
          RehearsalStep,
          StepTimes
        >,
        maxLagMs,
      })
    },
  }
}

export type LoadFigures = ReturnType<typeof createLoadFigures>

function add<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/** The highest mean of counts by second over `seconds` consecutive seconds. */
export function peakRate(counts: Map<number, number>, seconds: number): number {
  let peak = 0
  for (const first of counts.keys()) {
    let sum = 0
    for (let i = 0; i < seconds; i++) sum += counts.get(first + i) ?? 0
    peak = Math.max(peak, sum / seconds)
  }
  return peak
}

function timesOf(ms: number[]): StepTimes {
  const sorted = Float64Array.from(ms).sort()
  // The nearest rank.
  const at = (share: number) => Math.round(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0)
  return { count: sorted.length, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) }
}
