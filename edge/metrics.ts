import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { type ProblemCode, PROBLEMS } from './contract/problems.ts'
import type { Phase, Snapshot } from './contract/rooms.ts'
import type { Upstream } from './upstream.ts'
import type { Rooms } from './rooms.ts'

const KINDS = ['poll', 'join', 'claim', 'leave', 'page', 'forward', 'other'] as const
/** What was asked for: of the line, its page, the site behind it, or the edge itself. */
export type Kind = (typeof KINDS)[number]

export type Metrics = {
  /** Counts an answer. A poll costs 15 µs, so that this is one addition. */
  answered(kind: Kind, status: number): void
  /** Counts a problem that was answered with. */
  refused(code: ProblemCode): void
  /** Counts a pass that was given. */
  admitted(): void
  /** Notes how long the origin took to begin an answer, the wait for a place included. */
  forwarded(ms: number): void
  /** All metrics in the text format of Prometheus. */
  text(): Promise<string>
}

/** Rooms that are told of one by one: those with the longest lines. */
const ROOMS_TOLD = 200
const CLASSES = ['2xx', '3xx', '4xx', '5xx'] as const

/** Counts in plain numbers, of which Prometheus' own are made when somebody asks. No label is a person or an address. */
export function openMetrics(): Metrics & { watch(rooms: Pick<Rooms, 'looks'>, origin: Pick<Upstream, 'inFlight'>): void } {
  const registry = new Registry()
  const registers = [registry]
  const answers = Object.fromEntries(KINDS.map((kind) => [kind, CLASSES.map(() => 0)])) as Record<Kind, number[]>
  const refusals = Object.fromEntries(Object.keys(PROBLEMS).map((code) => [code, 0])) as Record<ProblemCode, number>

  new Counter({
    name: 'neticket_edge_responses_total',
    help: 'Answers, by what was asked for and the class of their status',
    labelNames: ['kind', 'status'],
    registers,
    collect() {
      this.reset()
      for (const kind of KINDS) CLASSES.forEach((status, i) => this.inc({ kind, status }, answers[kind][i]!))
    },
  })
  new Counter({
    name: 'neticket_edge_problems_total',
    help: 'Problems that the edge itself answered with, by code',
    labelNames: ['code'],
    registers,
    collect() {
      this.reset()
      for (const [code, count] of Object.entries(refusals)) this.inc({ code }, count)
    },
  })
  const admitted = new Counter({
    name: 'neticket_edge_admitted_total',
    help: 'Passes given; a claim that is repeated hears of the same pass, and counts again',
    registers,
  })
  const forwards = new Histogram({
    name: 'neticket_edge_forward_seconds',
    help: 'Time until the origin began its answer to a request, the wait for a place included',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  })
  let tellLooks = () => {}

  return {
    answered(kind, status) {
      answers[kind][Math.floor(status / 100) - 2]!++
    },
    refused(code) {
      refusals[code]++
    },
    admitted: () => admitted.inc(),
    forwarded: (ms) => forwards.observe(ms / 1000),
    text() {
      tellLooks()
      return registry.metrics()
    },
    watch(rooms, origin) {
      new Gauge({
        name: 'neticket_edge_in_flight',
        help: 'Requests that are at the origin or wait for a place there: those beyond ORIGIN_IN_FLIGHT wait',
        registers,
        collect() {
          this.set(origin.inFlight())
        },
      })
      tellLooks = tellRooms(registry, rooms)
    },
  }
}

/** The gauges of the rooms: all are set of one look, so that they belong together, and a room that is live no more is gone from them. */
function tellRooms(registry: Registry, rooms: Pick<Rooms, 'looks'>): () => void {
  const registers = [registry]
  const gauge = (what: string, help: string, ...more: string[]) =>
    new Gauge({ name: `neticket_room_${what}`, help, labelNames: ['room', ...more], registers })
  const waiting = gauge('waiting', 'Tickets given out and not yet called')
  const inside = gauge('inside', 'People with a live pass')
  const issued = gauge('issued', 'Tickets given out')
  const serving = gauge('serving', 'Places below this have been called')
  const perMinute = gauge('per_minute', 'People to let in per minute, at most')
  const paused = gauge('paused', 'Whether an admin has paused the room')
  const heldBy = gauge('held_by', '1 for what holds the line back; none while nobody waits', 'cause')
  const silent = new Gauge({
    name: 'neticket_edge_store_down_seconds',
    help: 'For how long a live room has been due to be looked at: the store has not answered since; 0 with no live room',
    registers,
  })
  return () => {
    const looks = rooms.looks()
    silent.set(Math.max(0, ...looks.map(({ ageMs }) => ageMs)) / 1000)
    for (const each of [waiting, inside, issued, serving, perMinute, paused, heldBy]) each.reset()
    const told = looks.sort((a, b) => waitingIn(b.snapshot) - waitingIn(a.snapshot)).slice(0, ROOMS_TOLD)
    for (const { snapshot, activeVisits: people, isPaused } of told) {
      const { room } = snapshot
      waiting.set({ room }, waitingIn(snapshot))
      inside.set({ room }, people)
      issued.set({ room }, snapshot.issued)
      serving.set({ room }, snapshot.serving)
      perMinute.set({ room }, snapshot.perMinute)
      paused.set({ room }, isPaused ? 1 : 0)
      const cause = causeOf(snapshot)
      if (cause) heldBy.set({ room, cause }, 1)
    }
  }
}

/** The serving number is ahead of the tickets while more may come in than have come. */
const waitingIn = ({ issued, serving }: Snapshot) => Math.max(0, issued - serving)

/** What holds a line whatever its rate and its capacity. */
const STANDSTILLS: Partial<Record<Phase, string>> = { lobby: 'opening', paused: 'pause', sold_out: 'seats', closed: 'closed' }

function causeOf({ phase, heldBy }: Snapshot): string | null {
  if (heldBy === 'store') return heldBy
  return STANDSTILLS[phase] ?? (phase === 'idle' ? null : heldBy)
}

const LINE: Record<string, Kind> = {
  'GET snapshot': 'poll',
  'HEAD snapshot': 'poll',
  'POST tickets': 'join',
  'POST pass': 'claim',
  'DELETE tickets': 'leave',
  'POST tickets/leave': 'leave',
}

/** What a request asks for: everything that is not the edge's own is for the site behind it. */
export function kindOf(method: string, path: string, wantsPage: boolean): Kind {
  const [, first, room, ...rest] = path.split('/')
  if (first !== 'queue' || !room) return path === '/healthz' || path === '/readyz' ? 'other' : 'forward'
  if (rest.length === 0 && (method === 'GET' || method === 'HEAD')) return wantsPage ? 'page' : 'poll'
  return LINE[`${method} ${rest.join('/')}`] ?? 'other'
}

/** Answers those who run the edge, on a port of their own: the metrics, and nothing else. */
export const answerOperators = (metrics: Pick<Metrics, 'text'>) => async ({ url }: Request): Promise<Response> =>
  new URL(url).pathname === '/metrics'
    ? new Response(await metrics.text(), { headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' } })
    : new Response(null, { status: 404 })
