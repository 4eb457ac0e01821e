import { createSeededRandom } from '../../../runtime/seeded-random.ts'
import { type Agenda, createAgenda, EVENT, SLOT_MS } from './agenda.ts'
import type { Report, Scenario, Second } from './scenario.ts'
import { createSimulatedEdge } from './simulated-edge.ts'
import { createSimulatedOrigin } from './simulated-origin.ts'
import { simulateRoom } from './simulated-room.ts'
import { createSimulatedVisitors } from './simulated-visitors.ts'
import { createSimulatedVisits } from './simulated-visits.ts'

const SLOW_MS = 300

/**
 * Runs a scenario on a virtual clock with the decisions of production (`admission.ts`, `polling.ts`). A million visitors with twenty million
 * polls take about eight seconds on one core.
 */
export function simulate(scenario: Scenario): Report {
  const random = createSeededRandom(scenario.seed)
  const agenda = createAgenda(scenario.untilMs)
  const room = simulateRoom(scenario.admission)
  const origin = createSimulatedOrigin(scenario.origin, scenario.slowMs ?? SLOW_MS)
  const edge = createSimulatedEdge(scenario, room, origin)
  const people = planArrivals(agenda, scenario.arrivals, random)
  const visits = createSimulatedVisits(scenario, people, { room, origin, agenda, random })
  const { log, handle, streamSnapshot } = createSimulatedVisitors(scenario, people, { room, edge, visits, agenda, random })
  const seconds: Second[] = []

  for (let slot = 0; slot * SLOT_MS <= scenario.untilMs; slot++) {
    const nowMs = slot * SLOT_MS
    if (edge.tickIfDue(nowMs, visits.counts.seatsLeft)) streamSnapshot(nowMs)
    agenda.run(slot, (index, kind) => handle(nowMs, index, kind))
    if (nowMs % 1_000 !== 0) continue
    seconds.push({
      activeVisits: edge.activeVisits,
      entered: log.entered,
      window: edge.window,
      p95Ms: origin.takeP95Ms(),
      seatsLeft: visits.counts.seatsLeft,
      waiting: Math.max(0, log.arrived - edge.snapshot.serving),
    })
  }
  return {
    entered: log.entered,
    booked: visits.counts.booked,
    missed: log.missed,
    rejected: visits.counts.rejected,
    polls: log.polls,
    deferrals: log.deferrals,
    arrivedAtMs: log.arrivedAtMs,
    enteredAtMs: log.enteredAtMs,
    estimatedWaitMs: log.estimatedWaitMs,
    maxActiveVisits: edge.maxActiveVisits,
    seconds,
    pollsPer100Ms: log.pollsPer100Ms,
  }
}

/** Plans every arrival; returns the number of visitors. */
function planArrivals(agenda: Agenda, arrivals: Scenario['arrivals'], random: () => number): number {
  let people = 0
  for (const span of arrivals) {
    for (let i = 0; i < span.people; i++) agenda.plan(span.fromMs + random() * (span.toMs - span.fromMs), people++, EVENT.arrive)
  }
  return people
}
