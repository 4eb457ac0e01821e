import { nextPollMs } from '../../contract/polling.ts'
import { estimateWaitMs } from '../../contract/wait-estimate.ts'
import { isCalling } from '../phase.ts'
import { type Agenda, EVENT, type EventKind } from './agenda.ts'
import type { Report, Scenario } from './scenario.ts'
import type { SimulatedEdge } from './simulated-edge.ts'
import type { SimulatedRoom } from './simulated-room.ts'
import type { SimulatedVisits } from './simulated-visits.ts'

/** A deferred claim is repeated after this time. */
const RETRY_MS = 2_000
/** A streamed snapshot reaches its visitors and causes their claims within this time. */
const STREAM_MS = 200

type Parts = { room: SimulatedRoom; edge: SimulatedEdge; visits: SimulatedVisits; agenda: Agenda; random(): number }

/** The record of the visitors; values per visitor are in typed arrays by ticket index. */
type VisitorLog =
  & { arrived: number }
  & Pick<
    Report,
    'entered' | 'missed' | 'polls' | 'deferrals' | 'arrivedAtMs' | 'enteredAtMs' | 'estimatedWaitMs' | 'pollsPer100Ms'
  >

const createLog = (people: number, untilMs: number): VisitorLog => ({
  arrived: 0,
  entered: 0,
  missed: 0,
  polls: 0,
  deferrals: 0,
  arrivedAtMs: new Float64Array(people).fill(-1),
  enteredAtMs: new Float64Array(people).fill(-1),
  estimatedWaitMs: new Float64Array(people).fill(-1),
  pollsPer100Ms: new Uint32Array(Math.ceil(untilMs / 100) + 1),
})

/**
 * Visitors who join, poll and claim. A visitor is known by the ticket's index, which is also the position, since a simulated room holds no
 * draw.
 */
export function createSimulatedVisitors(scenario: Scenario, people: number, { room, edge, visits, agenda, random }: Parts) {
  const { late, noShows, clients = 'polling' } = scenario
  const log = createLog(people, scenario.untilMs)
  const hasSeenOpening = new Uint8Array(people)
  const hasDelayedClaim = new Uint8Array(people)
  const isNoShow = new Uint8Array(people)
  let streamed = 0
  return { log, handle, streamSnapshot }

  function handle(nowMs: number, index: number, kind: EventKind): void {
    switch (kind) {
      case EVENT.arrive:
        return join(nowMs)
      case EVENT.poll:
        log.polls++
        log.pollsPer100Ms[Math.floor(nowMs / 100)]!++
        return poll(nowMs, index, false)
      case EVENT.request:
        return visits.sendRequest(nowMs, index)
      case EVENT.response:
        return visits.receiveResponse(nowMs, index)
      default:
        kind satisfies never
    }
  }

  /** Shows a snapshot to all visitors who stream: those who have been called since the last one claim. */
  function streamSnapshot(nowMs: number): void {
    const { serving, phase } = edge.snapshot
    if (clients !== 'streaming' || !isCalling(phase)) return
    for (; streamed < Math.min(serving, log.arrived); streamed++) {
      if (isNoShow[streamed] === 0) agenda.plan(nowMs + random() * STREAM_MS, streamed, EVENT.poll)
    }
  }

  function join(nowMs: number): void {
    const index = room.join(1)
    log.arrived++
    log.arrivedAtMs[index] = nowMs
    isNoShow[index] = (typeof noShows === 'function' ? noShows(index) : random() < noShows) ? 1 : 0
    if (isNoShow[index] === 1) return
    log.estimatedWaitMs[index] = estimateWaitMs(edge.snapshot, index)
    // A visitor who streams claims when a snapshot calls the position, even one who is called on joining.
    if (clients === 'polling') poll(nowMs, index, true)
  }

  function poll(nowMs: number, index: number, isFirst: boolean): void {
    const { snapshot } = edge
    if (index >= snapshot.serving || !isCalling(snapshot.phase)) {
      // All visitors schedule their first poll after the opening at the same moment.
      const isTogether = isFirst || (snapshot.phase !== 'lobby' && hasSeenOpening[index] === 0)
      if (snapshot.phase !== 'lobby') hasSeenOpening[index] = 1
      const waitMs = estimateWaitMs(snapshot, index)
      return agenda.plan(nowMs + nextPollMs(snapshot, index, waitMs, random(), isTogether), index, EVENT.poll)
    }
    if (late && hasDelayedClaim[index] === 0 && random() < late.share) {
      hasDelayedClaim[index] = 1
      return agenda.plan(nowMs + late.byMs, index, EVENT.poll)
    }
    claim(nowMs, index)
  }

  function claim(nowMs: number, index: number): void {
    switch (room.claim(nowMs + 1, index, index)) {
      case 'claimed':
        log.entered++
        log.enteredAtMs[index] = nowMs
        return visits.begin(nowMs, index)
      case 'missed':
        log.missed++
        return
      default:
        log.deferrals++
        agenda.plan(nowMs + RETRY_MS, index, EVENT.poll)
    }
  }
}
