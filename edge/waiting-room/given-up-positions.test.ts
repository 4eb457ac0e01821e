import { describe, expect, test } from 'vitest'
import { stepRoom } from './admission.ts'
import type { Admission } from './room-plan.ts'
import { simulateRoom } from './simulation/simulated-room.ts'

const STEP_MS = 250
const OPENS_AT_MS = 1_000
const PEOPLE = 2_000
const ADMISSION: Admission = {
  mode: 'fifo',
  perMinute: 600,
  capacity: 100_000,
  turnMs: 60_000,
  passMs: 600_000,
  idleMs: 600_000,
  lobbyMs: 60_000,
  stepMs: STEP_MS,
}

/** A queue that admits ten a second, from which those leave for whom `leaves` is true. Returns who has been called `seconds` after the opening. */
function callAfter(seconds: number, leaves: (position: number) => boolean): number[] {
  const room = simulateRoom(ADMISSION)
  room.join(PEOPLE)
  const positions = Array.from({ length: PEOPLE }, (_, position) => position)
  for (const position of positions.filter(leaves)) room.leave(position, position)
  let serving = 0
  for (let nowMs = 1; nowMs <= OPENS_AT_MS + seconds * 1_000; nowMs += STEP_MS) {
    const seen = room.tick(nowMs, { answered: 0, slow: 0 }, null)
    const step = stepRoom(seen, { opensAtMs: OPENS_AT_MS, closesAtMs: null, seatsLeft: null }, ADMISSION, null)
    const next = room.tick(nowMs, { answered: 0, slow: 0 }, step).serving
    for (const position of positions.slice(serving, next)) if (!leaves(position)) room.claim(nowMs, position, position)
    serving = next
  }
  return positions.slice(0, serving).filter((position) => !leaves(position))
}

describe('positions that were given up', () => {
  const expected = callAfter(30, () => false).length

  test.each([
    ['every other one', (position: number) => position % 2 === 0],
    ['nineteen of twenty', (position: number) => position % 20 !== 0 && position < 1_500],
    ['the first thousand', (position: number) => position < 1_000],
  ])('do not slow the queue: %s', (_, leaves) => {
    expect(expected).toBeGreaterThan(290)
    expect(callAfter(30, leaves)).toHaveLength(expected)
  })

  test('return the token of a turn that was called', () => {
    const room = simulateRoom(ADMISSION)
    const step = (nowMs: number) => {
      const seen = room.tick(nowMs, { answered: 0, slow: 0 }, null)
      return room.tick(
        nowMs,
        { answered: 0, slow: 0 },
        stepRoom(seen, { opensAtMs: 1, closesAtMs: null, seatsLeft: null }, ADMISSION, null),
      )
    }
    room.join(100)
    let state = step(1)
    for (let nowMs = 251; nowMs <= 1_251; nowMs += STEP_MS) state = step(nowMs)
    const [before, called] = [state.tokens, state.reached]
    for (let position = 0; position < 5; position++) room.leave(position, position)
    expect(room.tick(1_251, { answered: 0, slow: 0 }, null)).toMatchObject({ leftCalled: 5, freshTurns: state.serving - 5 })
    expect(called).toBeGreaterThan(5)
    state = step(1_501)
    expect(state.tokens + (state.reached - called)).toBeCloseTo(before + 5 + 2.5)
  })
})
