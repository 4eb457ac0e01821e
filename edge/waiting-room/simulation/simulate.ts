import { createSeededRandom } from '../../../runtime/seeded-random.ts'
import type { Admission } from '../admission.ts'
import { viewAdmission } from '../capacity.ts'
import { phaseOf } from '../phase.ts'
import { stepRoom } from '../step.ts'
import { type Snapshot } from '../../contract/rooms.ts'
import { estimateWaitMs, nextPollMs } from '../../contract/polling.ts'
import { simulateRoom } from './simulated-room.ts'

/** What is played: who comes when, what they do inside, and what the shop can carry. Times are milliseconds from the start. */
export type Scenario = {
  /** The same number gives the same play, to the last millisecond. */
  seed: number
  admission: Admission
  opensAtMs: number
  untilMs: number
  /** People arrive evenly over each span. */
  arrivals: { people: number; fromMs: number; toMs: number }[]
  /** The share of people who take a ticket and are never heard of again, or who they are, by ticket. */
  ghosts: number | ((ticket: number) => boolean)
  /** The share of people who notice their turn late, and by how much. */
  late?: { share: number; byMs: number }
  /** A visit: so many requests with pauses of about `pauseMs`; then it ends with a booking of `seats`, or without one. */
  visit: { requests: number; pauseMs: number; seats: number; buys: number }
  seats: number | null
  /** The shop works on so many requests at once, each for so long; from `slow.fromMs` to `slow.toMs` for `times` as long. */
  origin: { workers: number; serviceMs: number; slow?: { fromMs: number; toMs: number; times: number } }
  edges?: number
  /** An answer slower than this counts as slow: by itself as an edge has it. */
  slowMs?: number
  pausedBetween?: { fromMs: number; toMs: number }
  /** Another way to decide, to hold ours against. */
  decide?: typeof stepRoom
}

/** How a play went. Lists are by ticket, in order of arrival; -1 for what did not happen. */
export type Report = {
  entered: number
  booked: number
  missed: number
  /** People inside who were refused before their visit had ended. */
  sentBack: number
  polls: number
  arrivedAtMs: Float64Array
  enteredAtMs: Float64Array
  /** What was said of the wait on joining. */
  promisedMs: Float64Array
  /** People inside when they were most. */
  mostInside: number
  /** Each second: people inside, people entered, the window of the origin's health, and the 95th percentile of the origin's answers, ms. */
  seconds: { inside: number; entered: number; window: number; p95Ms: number; seatsLeft: number | null; waiting: number }[]
  /** Polls in each tenth of a second. */
  pollsPer100Ms: Uint32Array
}

const [ARRIVE, POLL, REQUEST, ANSWER] = [0, 1, 2, 3]
/** Events of the same hundredth of a second happen in the order in which they were planned. */
const SLOT_MS = 10

/** Plays a scenario with the edges' own decisions (`admission.ts`, `room.ts`) on a clock of its own. */
export function simulate(scenario: Scenario): Report {
  const { admission, visit, opensAtMs, untilMs, edges = 1, slowMs = 300, decide = stepRoom } = scenario
  const random = createSeededRandom(scenario.seed)
  const people = scenario.arrivals.reduce((sum, { people }) => sum + people, 0)
  const room = simulateRoom(admission)
  const agenda: number[][] = []
  const plan = (atMs: number, person: number, what: number) => {
    const slot = Math.floor(atMs / SLOT_MS)
    if (slot * SLOT_MS <= untilMs) (agenda[slot] ??= []).push(person * 4 + what)
  }

  const arrivedAtMs = new Float64Array(people).fill(-1)
  const enteredAtMs = new Float64Array(people).fill(-1)
  const promisedMs = new Float64Array(people).fill(-1)
  const index = new Int32Array(people)
  const personOf = new Int32Array(people)
  const requestsLeft = new Uint8Array(people)
  const askedAtMs = new Float64Array(people)
  const sawOpen = new Uint8Array(people)
  const seconds: Report['seconds'] = []
  const pollsPer100Ms = new Uint32Array(Math.ceil(untilMs / 100) + 1)
  let [polls, booked, missed, sentBack, mostInside, entered, arrived] = [0, 0, 0, 0, 0, 0, 0]
  let [seatsLeft, answered, slow] = [scenario.seats, 0, 0]
  let [insideNow, windowNow] = [0, 0]
  let latencies: number[] = []
  const freeAtMs = new Float64Array(scenario.origin.workers)

  let first = 0
  for (const { people, fromMs, toMs } of scenario.arrivals) {
    for (let i = 0; i < people; i++) plan(fromMs + random() * (toMs - fromMs), first + i, ARRIVE)
    first += people
  }

  let snapshot = snapshotAt(0)
  for (let slot = 0; slot * SLOT_MS <= untilMs; slot++) {
    const nowMs = slot * SLOT_MS
    for (let edge = 0; edge < edges; edge++) {
      if (nowMs % admission.stepMs === Math.floor(edge * admission.stepMs / edges / SLOT_MS) * SLOT_MS) {
        snapshot = snapshotAt(nowMs)
      }
    }
    const events = agenda[slot]
    if (events) {
      // An event may plan another for the same slot.
      for (let i = 0; i < events.length; i++) happen(nowMs, events[i]! >>> 2, events[i]! & 3)
      agenda[slot] = []
    }
    if (nowMs % 1_000 === 0) noteSecond()
  }
  return {
    ...{ entered, booked, missed, sentBack, polls, arrivedAtMs, enteredAtMs, promisedMs, mostInside, seconds, pollsPer100Ms },
  }

  function snapshotAt(nowMs: number): Snapshot {
    const { pausedBetween } = scenario
    if (pausedBetween) room.setPaused(nowMs >= pausedBetween.fromMs && nowMs < pausedBetween.toMs)
    const opening = { opensAtMs, closesAtMs: null, seatsLeft }
    // The store's clock never shows zero.
    const clockMs = nowMs + 1
    let state = room.tick(clockMs, { answered, slow }, null)
    answered = slow = 0
    const step = decide(state, opening, admission, null)
    if (step) state = room.tick(clockMs, { answered: 0, slow: 0 }, step)
    insideNow = state.activeVisits
    windowNow = state.window
    mostInside = Math.max(mostInside, insideNow)
    const { perMinute, vacant, outflow, heldBy } = viewAdmission(state, opening, admission)
    const phase = phaseOf(state, opening, admission)
    return {
      ...{
        room: 'simulated',
        phase,
        epoch: state.epoch,
        serving: state.serving,
        issued: state.issued,
        perMinute,
        vacant,
        outflow,
      },
      ...{ heldBy, drawn: null, commitment: null, seed: null, seatsLeft, pollAfterMs: 2_000 },
      opensAt: phase === 'lobby' ? new Date(opensAtMs).toISOString() : null,
      serverTime: new Date(nowMs).toISOString(),
    }
  }

  function happen(nowMs: number, person: number, what: number): void {
    switch (what) {
      case ARRIVE:
        index[person] = room.join(1)
        personOf[index[person]!] = person
        arrivedAtMs[index[person]!] = nowMs
        arrived++
        if (typeof scenario.ghosts === 'function' ? scenario.ghosts(index[person]!) : random() < scenario.ghosts) return
        promisedMs[index[person]!] = estimateWaitMs(snapshot, index[person]!)
        return look(nowMs, person, true)
      case POLL:
        polls++
        pollsPer100Ms[Math.floor(nowMs / 100)]!++
        return look(nowMs, person, false)
      case REQUEST:
        return ask(nowMs, person)
      default:
        return hear(nowMs, person)
    }
  }

  function look(nowMs: number, person: number, isFirst: boolean): void {
    const place = index[person]!
    if (place >= snapshot.serving || (snapshot.phase !== 'open' && snapshot.phase !== 'idle')) {
      const wait = estimateWaitMs(snapshot, place)
      // All have just heard of the opening at once.
      const isTogether = isFirst || (snapshot.phase !== 'lobby' && sawOpen[person] === 0)
      if (snapshot.phase !== 'lobby') sawOpen[person] = 1
      return plan(nowMs + nextPollMs(snapshot, place, wait, random(), isTogether), person, POLL)
    }
    if (scenario.late && requestsLeft[person] === 0 && random() < scenario.late.share) {
      requestsLeft[person] = 255
      return plan(nowMs + scenario.late.byMs, person, POLL)
    }
    const reply = room.claim(nowMs + 1, place, place)
    if (reply === 'claimed') {
      entered++
      enteredAtMs[place] = nowMs
      requestsLeft[person] = visit.requests
      return plan(nowMs + pause(), person, REQUEST)
    }
    if (reply === 'missed') missed++
    else plan(nowMs + 2_000, person, POLL)
  }

  function ask(nowMs: number, person: number): void {
    const place = index[person]!
    if (room.claim(nowMs + 1, place, null) !== 'claimed') {
      sentBack++
      return
    }
    const { workers, serviceMs, slow: spell } = scenario.origin
    let worker = 0
    for (let i = 1; i < workers; i++) if (freeAtMs[i]! < freeAtMs[worker]!) worker = i
    const startsAtMs = Math.max(nowMs, freeAtMs[worker]!)
    const times = spell && startsAtMs >= spell.fromMs && startsAtMs < spell.toMs ? spell.times : 1
    freeAtMs[worker] = startsAtMs + serviceMs * times
    askedAtMs[person] = nowMs
    plan(freeAtMs[worker]!, person, ANSWER)
  }

  function hear(nowMs: number, person: number): void {
    const latencyMs = nowMs - askedAtMs[person]!
    latencies.push(latencyMs)
    answered++
    if (latencyMs > slowMs) slow++
    if (--requestsLeft[person]! > 0) return plan(nowMs + pause(), person, REQUEST)
    if (random() < visit.buys && (seatsLeft === null || seatsLeft >= visit.seats)) {
      booked++
      if (seatsLeft !== null) seatsLeft -= visit.seats
    }
    room.leave(index[person]!, null)
  }

  /** Pauses are exponential: most people are quick, some think. */
  function pause(): number {
    return -Math.log(1 - random()) * visit.pauseMs
  }

  function noteSecond(): void {
    latencies.sort((a, b) => a - b)
    const p95Ms = latencies[Math.floor(0.95 * latencies.length)] ?? 0
    const waiting = Math.max(0, arrived - Math.min(snapshot.serving, arrived))
    seconds.push({ inside: insideNow, entered, window: windowNow, p95Ms, seatsLeft, waiting })
    latencies = []
  }
}
