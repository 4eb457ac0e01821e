import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { LiveReporter } from '../db/redis/live/live-reporter.ts'
import type { ProblemCode } from '../edge/contract/problems.ts'
import { bucketOf } from '../runtime/latency-histogram.ts'
import type { Log } from '../runtime/log.ts'
import type { InventoryWatch } from './inventory-watch.ts'
import type { Mailer } from './mail/mailer.ts'
import type { WriteBack } from './write-back.ts'

/** What the live board counts of a sale. Makes no store call. */
export type CountSale = LiveReporter['add']

export type Metrics = {
  /** Writes a log line and counts it, so that the log and the metrics agree. */
  log: Log
  /** All metrics in the Prometheus text format. */
  text(): Promise<string>
}

/**
 * Counts log events by kind and measures requests by route. `watch` adds gauges that are read when the metrics are scraped. No label holds a
 * person or an address.
 */
export function openMetrics(
  log: Log,
): Metrics & {
  watch(writeBack: WriteBack, inventoryWatch: InventoryWatch, mailer: Pick<Mailer, 'status'>): void
  /** Counts bookings and cancellations of each event, too, from now on. */
  countSales(count: CountSale): void
} {
  const registry = new Registry()
  const registers = [registry]
  const logged = new Counter({
    name: 'neticket_events_total',
    help: 'Log events, by event and kind',
    labelNames: ['event', 'kind'],
    registers,
  })
  const requests = new Histogram({
    name: 'neticket_request_seconds',
    help: 'Time to handle a request',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  })
  const bookings = new Counter({
    name: 'neticket_bookings_total',
    help: 'Attempts to book, by outcome: reserved, or the problem code; a retry counts again',
    labelNames: ['outcome'],
    registers,
  })
  const cancellations = new Counter({
    name: 'neticket_cancellations_total',
    help: 'Attempts to cancel in whole or in part, by outcome: cancelled, or the problem code',
    labelNames: ['outcome'],
    registers,
  })
  const deadLetters = new Counter({
    name: 'neticket_dead_letters_total',
    help: 'Booking log entries that could not be written to MySQL; each needs an operator',
    registers,
  })
  const deadMails = new Counter({
    name: 'neticket_dead_mails_total',
    help: 'Mails that were not sent: refused for good, out of attempts, or expired',
    registers,
  })
  // A rate is computed from differences, so the series must exist before the first booking.
  bookings.inc({ outcome: 'reserved' }, 0)
  cancellations.inc({ outcome: 'cancelled' }, 0)

  let countSale: CountSale = () => {}

  function countRequest(facts: Record<string, unknown>) {
    const { method, route, status, ms, outcome } = facts
    requests.observe({ method: String(method), route: String(route), status: String(status) }, Number(ms) / 1000)
    if (typeof outcome !== 'string') return
    const attempt = `${method} ${route}`
    if (BOOKING.has(attempt)) {
      bookings.inc({ outcome })
      countBooking(countSale, facts)
    } else if (CANCELLING.has(attempt)) cancellations.inc({ outcome })
  }
  return {
    log(event, facts = {}) {
      if (event === 'request') countRequest(facts)
      else logged.inc({ event, kind: typeof facts.kind === 'string' ? facts.kind : '' })
      countSold(countSale, event, facts)
      if (event === 'dead_letter_added') deadLetters.inc()
      if (event === 'mail_dead') deadMails.inc()
      log(event, facts)
    },
    text: () => registry.metrics(),
    watch: (writeBack, inventoryWatch, mailer) => addGauges(registry, { writeBack, inventoryWatch, mailer }),
    countSales: (count) => void (countSale = count),
  }
}

/** Counts the seats of a new booking, and a new cancellation. A repeated request does not count. */
function countSold(count: CountSale, event: string, { kind, eventId, quantity }: Record<string, unknown>): void {
  if (typeof eventId !== 'number') return
  if (event === 'cancellation' && kind === 'cancelled') count(eventId, 'cancellations')
  if (event !== 'booking' || kind !== 'reserved') return
  count(eventId, 'bookings')
  count(eventId, 'seats', Number(quantity))
}

/** Counts the time and the refusal of a booking request. A path that names no event of the shop counts for none. */
function countBooking(count: CountSale, { path, status, ms, outcome }: Record<string, unknown>): void {
  const eventId = Number(String(path).match(/\/events\/(\d+)\//)?.[1])
  if (!eventId || outcome === 'not_found') return
  count(eventId, `origin:${bucketOf(Number(ms))}`)
  if (outcome !== 'reserved') count(eventId, `refused:${outcome as ProblemCode}`)
  if (Number(status) >= 500) count(eventId, 'errors')
}

/** Adds the gauges that read the background jobs when the metrics are scraped. */
function addGauges(
  registry: Registry,
  { writeBack, inventoryWatch, mailer }: {
    writeBack: WriteBack
    inventoryWatch: InventoryWatch
    mailer: Pick<Mailer, 'status'>
  },
): void {
  const registers = [registry]
  new Gauge({
    name: 'neticket_mails_queued',
    help: 'Mails that waited in the outbox at the last look',
    registers,
    collect() {
      this.set(mailer.status().queued)
    },
  })
  new Gauge({
    name: 'neticket_write_back_backlog_entries',
    help: 'Booking log entries that waited for MySQL at the last write-back',
    registers,
    collect() {
      this.set(writeBack.status().backlog)
    },
  })
  new Gauge({
    name: 'neticket_write_back_lag_seconds',
    help: 'Time since the write-back last wrote every booking log to its end',
    registers,
    collect() {
      this.set(writeBack.status().lagMs / 1000)
    },
  })
  new Gauge({
    name: 'neticket_inventory_drift_seats',
    help: 'Difference between Redis and MySQL in seats; a sale with a value other than 0 is paused',
    labelNames: ['event', 'ticket_type'],
    registers,
    collect() {
      this.reset()
      for (const { eventId, ticketTypes } of inventoryWatch.last()) {
        for (const { id, drift } of ticketTypes) this.set({ event: eventId, ticket_type: id }, drift)
      }
    },
  })
}

/** The routes whose outcomes are counted as attempts to book and to cancel. */
const BOOKING = new Set(['POST /api/events/:id/reservations', 'POST /events/:id/booking'])
const CANCELLING = new Set([
  'DELETE /api/reservations/:id',
  'PATCH /api/reservations/:id',
  'POST /reservations/:id/cancellation',
])
