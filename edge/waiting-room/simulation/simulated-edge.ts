import { createSnapshot } from '../snapshot.ts'
import { stepRoom } from '../admission.ts'
import { SLOT_MS } from './agenda.ts'
import type { Scenario } from './scenario.ts'
import type { SimulatedOrigin } from './simulated-origin.ts'
import type { SimulatedRoom } from './simulated-room.ts'

const NO_RESPONSES = { answered: 0, slow: 0 }

/** The edges of a simulation: they tick the room, decide its steps and hold the snapshot that visitors poll. */
export function createSimulatedEdge(scenario: Scenario, room: SimulatedRoom, origin: SimulatedOrigin) {
  const { admission, opensAtMs, pausedBetween, edges = 1, decide = stepRoom } = scenario
  let maxActiveVisits = 0
  let current = tick(0, scenario.seats)

  function tick(nowMs: number, seatsLeft: number | null) {
    if (pausedBetween) room.setPaused(nowMs >= pausedBetween.fromMs && nowMs < pausedBetween.toMs)
    const opening = { opensAtMs, closesAtMs: null, seatsLeft }
    // A room with `steppedAtMs` 0 is new, so the store's clock starts at 1.
    const storeMs = nowMs + 1
    let state = room.tick(storeMs, origin.takeHealth(), null)
    const step = decide(state, opening, admission, null)
    if (step) state = room.tick(storeMs, NO_RESPONSES, step)
    maxActiveVisits = Math.max(maxActiveVisits, state.activeVisits)
    const snapshot = createSnapshot('simulated', { opening, admission }, state)
    // `opensAt` matters in the lobby only. Without it a poll need not parse two dates, which would double the time of a simulation.
    const opensAt = snapshot.phase === 'lobby' ? snapshot.opensAt : null
    return { state, snapshot: { ...snapshot, opensAt, serverTime: new Date(nowMs).toISOString() } }
  }

  return {
    get snapshot() {
      return current.snapshot
    },
    get activeVisits() {
      return current.state.activeVisits
    },
    get window() {
      return current.state.window
    },
    get maxActiveVisits() {
      return maxActiveVisits
    },
    /** Ticks once for each edge that ticks in this slot. Returns whether one did. */
    tickIfDue(nowMs: number, seatsLeft: number | null): boolean {
      let hasTicked = false
      for (let i = 0; i < edges; i++) {
        const offsetMs = Math.floor(i * admission.stepMs / edges / SLOT_MS) * SLOT_MS
        if (nowMs % admission.stepMs !== offsetMs) continue
        current = tick(nowMs, seatsLeft)
        hasTicked = true
      }
      return hasTicked
    },
  }
}

export type SimulatedEdge = ReturnType<typeof createSimulatedEdge>
