import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { type ProblemCode, PROBLEMS } from './contract/problems.ts'
import type { RequestKind } from './request-kind.ts'
import { REQUEST_KINDS } from './request-kind.ts'
import { createRoomGauges } from './rooms/room-gauges.ts'
import type { Rooms } from './rooms/rooms.ts'
import type { OriginReach } from './upstream/origin-reach.ts'
import type { Upstream } from './upstream/upstream.ts'

export type Metrics = {
  /** Counts a response. */
  answered(kind: RequestKind, status: number): void
  /** Counts a problem response of the edge itself. */
  refused(code: ProblemCode): void
  /** Counts an issued pass. */
  admitted(): void
  /** Records the time until the upstream began its response, including the wait for a slot. */
  forwarded(ms: number): void
  /** Counts a time at which no connection could be accepted. */
  exhausted(): void
  /** All metrics in the Prometheus text format. */
  text(): Promise<string>
}

const STATUS_CLASSES = ['2xx', '3xx', '4xx', '5xx'] as const

/**
 * The edge's metrics. Responses and problems are counted in plain numbers and copied to Prometheus counters on each scrape: a poll takes
 * 15 µs, so counting it has to be one addition. No label identifies a person or an address.
 */
export function createMetrics(): Metrics & {
  /** Adds the gauges of the rooms and the upstream. */
  watch(rooms: Pick<Rooms, 'statuses'>, upstream: Pick<Upstream, 'inFlight'>, origin: Pick<OriginReach, 'downMs'>): void
} {
  const registry = new Registry()
  const countResponse = createResponseCounter(registry)
  const countProblem = createProblemCounter(registry)
  const admitted = new Counter({
    name: 'neticket_edge_admitted_total',
    help: 'Passes issued. A repeated claim returns the same pass and counts again',
    registers: [registry],
  })
  const forwards = new Histogram({
    name: 'neticket_edge_forward_seconds',
    help: 'Time until the origin began its response, including the wait for a slot',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })
  const exhausted = new Counter({
    name: 'neticket_edge_connections_exhausted_total',
    help: 'How often the edge could not accept a connection, for lack of file descriptors, and closed all connections',
    registers: [registry],
  })
  let updateRoomGauges = () => {}

  return {
    answered: countResponse,
    refused: countProblem,
    admitted: () => admitted.inc(),
    exhausted: () => exhausted.inc(),
    forwarded: (ms) => forwards.observe(ms / 1000),
    text() {
      updateRoomGauges()
      return registry.metrics()
    },
    watch(rooms, upstream, origin) {
      new Gauge({
        name: 'neticket_edge_in_flight',
        help: 'Requests in flight to the origin or waiting for a slot. Those beyond ORIGIN_IN_FLIGHT wait',
        registers: [registry],
        collect() {
          this.set(upstream.inFlight())
        },
      })
      new Gauge({
        name: 'neticket_edge_origin_down_seconds',
        help: 'How long this edge has not reached the origin. 0 while it does',
        registers: [registry],
        collect() {
          this.set(origin.downMs() / 1000)
        },
      })
      updateRoomGauges = createRoomGauges(registry, rooms)
    },
  }
}

function createResponseCounter(registry: Registry): Metrics['answered'] {
  const counts = new Map(REQUEST_KINDS.map((kind) => [kind, STATUS_CLASSES.map(() => 0)]))
  new Counter({
    name: 'neticket_edge_responses_total',
    help: 'Responses, by kind of request and class of status',
    labelNames: ['kind', 'status'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [kind, byClass] of counts) STATUS_CLASSES.forEach((status, i) => this.inc({ kind, status }, byClass[i]!))
    },
  })
  return (kind, status) => {
    counts.get(kind)![Math.floor(status / 100) - 2]!++
  }
}

function createProblemCounter(registry: Registry): Metrics['refused'] {
  const counts = new Map(Object.keys(PROBLEMS).map((code) => [code, 0]))
  new Counter({
    name: 'neticket_edge_problems_total',
    help: 'Problem responses of the edge itself, by code',
    labelNames: ['code'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [code, count] of counts) this.inc({ code }, count)
    },
  })
  return (code) => void counts.set(code, counts.get(code)! + 1)
}

/** Serves only the metrics, on a separate port. */
export const serveMetrics = (metrics: Pick<Metrics, 'text'>) => async ({ url }: Request): Promise<Response> =>
  new URL(url).pathname === '/metrics'
    ? new Response(await metrics.text(), { headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' } })
    : new Response(null, { status: 404 })
