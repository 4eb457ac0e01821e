import type { Admission } from '../admission.ts'
import { HOLD_MS, NO_SEED, type RoomState, SECOND_CHANCE_TURNS, type Step } from '../room-state.ts'

/** Turns are noted this often at most, as in `db/redis/room/tick.lua`. */
const NOTE_MS = 1_000

/**
 * A room in memory, on a clock that is told: it answers as the scripts in `db/redis/` do (a test holds the two against each other), so that
 * a line of a million can be played in seconds.
 */
export function simulateRoom(admission: Admission, epoch = 1) {
  const state = {
    ...{ epoch, issued: 0, serving: 0, reached: 0, settled: 0, lapsed: 0, tokens: 0, steppedAtMs: 0, showRate: 1 },
    ...{ window: 0, judgedAtMs: 0, visitMs: 0, exits: 0, drawn: null as number | null, seed: null as string | null },
    ...{ commitment: null as string | null, answered: 0, slow: 0, ended: 0, restoredAtMs: 0, restoredVisits: 0 },
    ...{ paused: false, mode: null, perMinute: null, capacity: null },
  }
  let limit = 0
  const inside = new Map<number, { endsAtMs: number; sinceMs: number }>()
  const door = new Map<number, number>()
  let turns: { reached: number; atMs: number }[] = []
  let claimed = new Uint8Array(1_024)

  const isClaimed = (place: number) => claimed[place] === 1
  function setClaimed(place: number) {
    if (place >= claimed.length) {
      const longer = new Uint8Array(Math.max(place + 1, 2 * claimed.length))
      longer.set(claimed)
      claimed = longer
    }
    claimed[place] = 1
  }
  const taken = (from: number, to: number) => {
    let count = 0
    for (let place = from; place < Math.min(to, claimed.length); place++) count += claimed[place]!
    return count
  }
  function end(visitor: number) {
    if (inside.delete(visitor)) state.ended++
  }
  function look(nowMs: number): RoomState {
    const reachedBy = (atMs: number) => turns.findLast((turn) => turn.atMs <= atMs)?.reached ?? 0
    const settleTo = Math.max(state.settled, reachedBy(nowMs - HOLD_MS))
    const called = Math.min(state.serving, state.issued)
    return {
      ...state,
      nowMs,
      activeVisits: inside.size,
      deferred: door.size === 0 ? 0 : [...door.values()].filter((untilMs) => untilMs > nowMs).length,
      settleTo,
      lapseTo: Math.max(state.lapsed, reachedBy(nowMs - admission.turnMs * (1 + SECOND_CHANCE_TURNS))),
      settledShows: taken(state.settled, settleTo),
      freshShows: taken(settleTo, called),
    }
  }

  return {
    tick(nowMs: number, answers: { answered: number; slow: number }, step: Step | null): RoomState {
      state.answered += answers.answered
      state.slow += answers.slow
      for (const [visitor, { endsAtMs }] of inside) if (endsAtMs <= nowMs) end(visitor)
      if (step && step.steppedAtMs === state.steppedAtMs) {
        const {
          serving,
          reached,
          settled,
          lapsed: lapsed,
          showRate: show,
          window,
          judgedAtMs,
          visitMs: visitMs,
          exits,
          counted,
        } = step
        Object.assign(state, { serving, reached, settled, lapsed, showRate: show, window, judgedAtMs, steppedAtMs: nowMs })
        Object.assign(state, { visitMs, exits })
        limit = step.limit
        state.tokens += step.addTokens
        state.answered -= counted.answered
        state.slow -= counted.slow
        state.ended -= counted.ended
        state.commitment ??= step.commitment
        if (step.seed !== null) Object.assign(state, { drawn: step.seed === NO_SEED ? 0 : state.issued, seed: step.seed })
        if (step.prolongMs > 0) {
          turns = turns.map((turn) => ({ ...turn, atMs: Math.min(nowMs, turn.atMs + step.prolongMs) }))
          for (const [place, untilMs] of door) if (untilMs >= nowMs - step.prolongMs) door.set(place, untilMs + step.prolongMs)
        }
        const last = turns.at(-1)
        if (step.reached > (last?.reached ?? step.settled) && nowMs - (last?.atMs ?? 0) >= NOTE_MS) {
          turns.push({ reached: step.reached, atMs: nowMs })
        }
        const oldestMs = nowMs - admission.turnMs * (1 + SECOND_CHANCE_TURNS)
        while (turns[0] && turns[0].atMs <= oldestMs - 60_000) turns.shift()
        for (const [place, untilMs] of door) if (untilMs <= nowMs) door.delete(place)
      }
      return look(nowMs)
    },
    join(count: number): number {
      state.issued += count
      return state.issued - count
    },
    /** `visitor` is a number here. */
    claim(nowMs: number, visitor: number, place: number | null): 'claimed' | 'used' | 'waiting' | 'door' | 'missed' {
      const visit = inside.get(visitor)
      if (place === null && visit && visit.endsAtMs > nowMs) {
        visit.endsAtMs = Math.min(nowMs + admission.idleMs, visit.sinceMs + admission.passMs)
        return 'claimed'
      }
      if (place === null || isClaimed(place)) return 'used'
      if (place >= state.serving) return 'waiting'
      if (place < state.lapsed && (door.get(place) ?? 0) < nowMs) return 'missed'
      let live = inside.size
      if (live >= limit) { for (const { endsAtMs } of inside.values()) if (endsAtMs <= nowMs) live-- }
      if (live >= limit) {
        door.set(place, nowMs + admission.turnMs)
        return 'door'
      }
      if (place < state.settled) state.tokens--
      setClaimed(place)
      door.delete(place)
      inside.set(visitor, { endsAtMs: nowMs + Math.min(admission.idleMs, admission.passMs), sinceMs: nowMs })
      return 'claimed'
    },
    leave(visitor: number, place: number | null): void {
      end(visitor)
      if (place === null) return
      setClaimed(place)
      door.delete(place)
    },
    setPaused: (paused: boolean) => void (state.paused = paused),
  }
}

export type SimulatedRoom = ReturnType<typeof simulateRoom>
