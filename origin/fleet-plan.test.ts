import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Action, isGrownAt, planSteps, reconcileActions, type SizeStep } from './fleet-plan.ts'

const MINUTE = 60_000
const TIMES = { leadMs: 30 * MINUTE, holdMs: 60 * MINUTE }
const NOW = Date.UTC(2026, 10, 28, 9)
const GROUP = { name: 'shop-edge', idle: 2, sale: 10 }
const openings = fc.array(fc.integer({ min: -3_000, max: 40_000 }).map((minutes) => NOW + minutes * MINUTE), { maxLength: 30 })

describe('planSteps()', () => {
  test('at every moment the fleets are grown when an opening holds them so, and only then', () => {
    fc.assert(fc.property(openings, fc.array(fc.integer({ min: 0, max: 4_000 }), { maxLength: 20 }), (opens, minutes) => {
      const steps = planSteps(opens, TIMES, NOW)
      for (
        const atMs of minutes.map((minute) => NOW + minute * 10 * MINUTE).filter((at) => at < (steps.at(-1)?.atMs ?? Infinity))
      ) {
        const isHeld = opens.some((opensAtMs) => opensAtMs - TIMES.leadMs <= atMs && atMs < opensAtMs + TIMES.holdMs)
        const before = steps.findLast((step) => step.atMs <= atMs)
        expect(before ? before.isGrown : isGrownAt(steps)).toBe(isHeld)
      }
    }))
  })

  test('its steps are in order, to come, few, at full minutes, and never two at one time', () => {
    fc.assert(fc.property(openings, (opens) => {
      const steps = planSteps(opens, TIMES, NOW)
      expect(steps.length).toBeLessThanOrEqual(50)
      steps.forEach(({ atMs, isGrown }, i) => {
        expect(atMs).toBeGreaterThan(steps[i - 1]?.atMs ?? NOW)
        expect(atMs % MINUTE).toBe(0)
        if (i > 0) expect(isGrown).toBe(!steps[i - 1]!.isGrown)
      })
    }))
  })

  test('openings that overlap or meet are one', () => {
    const at = (minutes: number) => NOW + minutes * MINUTE
    expect(planSteps([at(100), at(130), at(220)], TIMES, NOW)).toEqual([{ atMs: at(70), isGrown: true }, {
      atMs: at(280),
      isGrown: false,
    }])
  })
})

describe('reconcileActions()', () => {
  const STEPS: SizeStep[] = [{ atMs: NOW + 70 * MINUTE, isGrown: true }, { atMs: NOW + 160 * MINUTE, isGrown: false }]
  /** What a group has after a correction. */
  const apply = (actions: Action[], { make, remove }: ReturnType<typeof reconcileActions>) => [
    ...actions.filter(({ name }) => !remove.includes(name) && !make.some((action) => action.name === name)),
    ...make,
  ]

  test('makes the plan’s actions, named by their time, and then has nothing to do', () => {
    const first = reconcileActions(GROUP, STEPS, { actions: [], minSize: 2 }, NOW)
    expect(first).toEqual({
      make: [
        { name: 'opening-20261128T1010Z', atMs: NOW + 70 * MINUTE, minSize: 10 },
        { name: 'opening-20261128T1140Z', atMs: NOW + 160 * MINUTE, minSize: 2 },
      ],
      remove: [],
    })
    expect(reconcileActions(GROUP, STEPS, { actions: apply([], first), minSize: 2 }, NOW)).toEqual({ make: [], remove: [] })
  })

  test('follows whatever was published before, and leaves what others have made alone', () => {
    const others = { name: 'planned-20261128T1010Z', atMs: NOW + 70 * MINUTE, minSize: 4 }
    fc.assert(fc.property(openings, openings, (before, after) => {
      let actions: Action[] = [others]
      for (const opens of [before, after]) {
        const steps = planSteps(opens, TIMES, NOW)
        const done = reconcileActions(GROUP, steps, { actions, minSize: 10 }, NOW)
        actions = apply(actions, done)
        expect(actions.filter(({ name }) => name.startsWith('opening-'))).toHaveLength(steps.length)
        expect(new Set(actions.map(({ atMs }) => atMs)).size).toBe(actions.length)
        expect(actions).toContain(others)
        expect(reconcileActions(GROUP, steps, { actions, minSize: 10 }, NOW)).toEqual({ make: [], remove: [] })
      }
    }))
  })

  test('a group that should have grown already grows in two minutes, and the order is not put off by the next look', () => {
    const steps = planSteps([NOW + 5 * MINUTE], TIMES, NOW)
    const late = { name: 'opening-20261128T0902Z', atMs: NOW + 2 * MINUTE, minSize: 10 }
    const first = reconcileActions(GROUP, steps, { actions: [], minSize: 2 }, NOW)
    expect(first.make[0]).toEqual(late)
    const nowMs = NOW + 70_000
    expect(reconcileActions(GROUP, steps, { actions: apply([], first), minSize: 2 }, nowMs)).toEqual({ make: [], remove: [] })
    // It has run, and is gone; only the way back is left.
    const ran = apply([], first).slice(1)
    expect(reconcileActions(GROUP, steps, { actions: ran, minSize: 10 }, NOW + 3 * MINUTE)).toEqual({ make: [], remove: [] })
  })
})
