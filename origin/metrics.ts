import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { InventoryWatch } from './inventory-audit.ts'
import type { Log } from '../runtime/log.ts'
import type { WriteBack } from './write-back.ts'

export type Metrics = {
  /** Writes a line, and counts it: what is logged and what is counted cannot differ. */
  log: Log
  /** All metrics in the text format of Prometheus. */
  text(): Promise<string>
}

/** Counts by event and kind, request times by route, and how things stand when somebody asks. No label is a person or an address. */
export function openMetrics(log: Log): Metrics & { watch(writeBack: WriteBack, books: InventoryWatch): void } {
  const registry = new Registry()
  const registers = [registry]
  const happened = new Counter({
    name: 'neticket_events_total',
    help: 'What happened, by event and kind',
    labelNames: ['event', 'kind'],
    registers,
  })
  const requests = new Histogram({
    name: 'neticket_request_seconds',
    help: 'Time to answer a request',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  })
  const bookings = new Counter({
    name: 'neticket_bookings_total',
    help: 'Attempts to book, by what the buyer was told: reserved, or the code of the problem; a retry counts again',
    labelNames: ['outcome'],
    registers,
  })
  const cancellations = new Counter({
    name: 'neticket_cancellations_total',
    help: 'Attempts to cancel in whole or in part, by what the buyer was told: cancelled, or the code of the problem',
    labelNames: ['outcome'],
    registers,
  })
  const aside = new Counter({
    name: 'neticket_dead_letters_total',
    help: 'Entries of the log that no row could be made of: each needs somebody to look at it',
    registers,
  })
  // A rate cannot tell of what began with its first one.
  bookings.inc({ outcome: 'reserved' }, 0)
  cancellations.inc({ outcome: 'cancelled' }, 0)

  function countRequest({ method, route, status, ms, outcome }: Record<string, unknown>) {
    requests.observe({ method: String(method), route: String(route), status: String(status) }, Number(ms) / 1000)
    if (typeof outcome !== 'string') return
    const attempt = `${method} ${route}`
    if (BOOKING.has(attempt)) bookings.inc({ outcome })
    else if (CANCELLING.has(attempt)) cancellations.inc({ outcome })
  }
  return {
    log(event, facts = {}) {
      if (event === 'request') countRequest(facts)
      else happened.inc({ event, kind: typeof facts.kind === 'string' ? facts.kind : '' })
      if (event === 'dead_letter_added') aside.inc()
      log(event, facts)
    },
    text: () => registry.metrics(),
    watch(writeBack, books) {
      new Gauge({
        name: 'neticket_write_back_backlog_entries',
        help: 'Entries of all logs that waited for MySQL at the last round',
        registers,
        collect() {
          this.set(writeBack.status().backlog)
        },
      })
      new Gauge({
        name: 'neticket_write_back_lag_seconds',
        help: 'Time since all logs were last written to their end',
        registers,
        collect() {
          this.set(writeBack.status().lagMs / 1000)
        },
      })
      new Gauge({
        name: 'neticket_inventory_drift_seats',
        help: 'Seats by which the books of a sale do not agree: 0 is well, anything else has paused it',
        labelNames: ['event', 'ticket_type'],
        registers,
        collect() {
          this.reset()
          for (const { eventId, ticketTypes } of books.last()) {
            for (const { id, drift } of ticketTypes) this.set({ event: eventId, ticket_type: id }, drift)
          }
        },
      })
    },
  }
}

/** The requests that try to book, and those that try to cancel. */
const BOOKING = new Set(['POST /api/events/:id/reservations', 'POST /events/:id/booking'])
const CANCELLING = new Set([
  'DELETE /api/reservations/:id',
  'PATCH /api/reservations/:id',
  'POST /reservations/:id/cancellation',
])
