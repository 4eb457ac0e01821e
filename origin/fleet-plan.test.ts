import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Action, isGrownAt, planSteps, reconcileActions, type SizeStep } from './fleet-plan.ts'

const MINUTE = 60_000
const TIMES = { leadMs: 30 * MINUTE, holdMs: 60 * MINUTE }
const NOW = Date.UTC(2026, 10, 28, 9)
const GROUP = { name: 'shop-edge', idle: 2, sale: 10 }
const openings = fc.array(fc.integer({ min: -3_000, max: 40_000 }).map((minutes) => NOW + minutes * MINUTE), { maxLength: 30 })

describe('planSteps()', () => {
  test('the fleets are grown exactly while an opening requires it', () => {
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

  test('returns at most 50 future steps, in order, at different full minutes', () => {
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

  test('merges openings that overlap or are adjacent', () => {
    const at = (minutes: number) => NOW + minutes * MINUTE
    expect(planSteps([at(100), at(130), at(220)], TIMES, NOW)).toEqual([{ atMs: at(70), isGrown: true }, {
      atMs: at(280),
      isGrown: false,
    }])
  })
})

describe('reconcileActions()', () => {
  const STEPS: SizeStep[] = [{ atMs: NOW + 70 * MINUTE, isGrown: true }, { atMs: NOW + 160 * MINUTE, isGrown: false }]
  /** The actions of a group after a correction. */
  const apply = (actions: Action[], { make, remove }: ReturnType<typeof reconcileActions>) => [
    ...actions.filter(({ name }) => !remove.includes(name) && !make.some((action) => action.name === name)),
    ...make,
  ]

  test('creates the actions of the plan, named by their time, and then changes nothing', () => {
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

  test('follows a changed plan, and does not change foreign actions', () => {
    const others = { name: 'planned-20261128T1010Z', atMs: NOW + 70 * MINUTE, minSize: 4 }
    fc.assert(fc.property(openings, openings, (before, after) => {
      let actions: Action[] = [others]
      for (const opens of [before, after]) {
        const steps = planSteps(opens, TIMES, NOW)
        const done = reconcileActions(GROUP, steps, { actions, minSize: 10 }, NOW)
        actions = apply(actions, done)
        const own = actions.filter(({ name }) => name.startsWith('opening-')).map(({ atMs }) => atMs)
        const isOverruled = steps.findLast(({ atMs }) => atMs < others.atMs)?.isGrown ?? isGrownAt(steps)
        const more = own.length - steps.length - (isOverruled ? 1 : 0)
        // One more action if the group had grown for an opening that was withdrawn.
        expect(more).toBeOneOf([0, isGrownAt(steps) ? 0 : 1])
        expect(new Set(actions.map(({ atMs }) => atMs)).size).toBe(actions.length)
        expect(actions).toContain(others)
        expect(reconcileActions(GROUP, steps, { actions, minSize: 10 }, NOW)).toEqual({ make: [], remove: [] })
      }
    }))
  })

  test('a foreign action that shrinks the group is undone a minute later during an opening, and replaces ours after it', () => {
    const planned = (minutes: number) => ({ name: 'planned', atMs: NOW + minutes * MINUTE, minSize: 2 })
    const times = (minutes: number) =>
      reconcileActions(GROUP, STEPS, { actions: [planned(minutes)], minSize: 2 }, NOW)
        .make.map(({ atMs, minSize }) => [(atMs - NOW) / MINUTE, minSize]).sort()
    expect(times(100)).toEqual([[101, 10], [160, 2], [70, 10]])
    expect(times(170)).toEqual([[70, 10]])
    expect(times(60)).toEqual([[160, 2], [70, 10]])
  })

  test('a group whose sizes are equal needs no further changes', () => {
    const group = { ...GROUP, sale: GROUP.idle }
    const actions = apply([], reconcileActions(group, STEPS, { actions: [], minSize: 2 }, NOW))
    expect(reconcileActions(group, STEPS, { actions, minSize: 2 }, NOW)).toEqual({ make: [], remove: [] })
  })

  test('a group that should have grown already grows within two minutes, and the next run does not postpone it', () => {
    const steps = planSteps([NOW + 5 * MINUTE], TIMES, NOW)
    const late = { name: 'opening-20261128T0902Z', atMs: NOW + 2 * MINUTE, minSize: 10 }
    const first = reconcileActions(GROUP, steps, { actions: [], minSize: 2 }, NOW)
    expect(first.make[0]).toEqual(late)
    const nowMs = NOW + 70_000
    expect(reconcileActions(GROUP, steps, { actions: apply([], first), minSize: 2 }, nowMs)).toEqual({ make: [], remove: [] })
    // The action has run and is gone; the one that shrinks the group remains.
    const ran = apply([], first).slice(1)
    expect(reconcileActions(GROUP, steps, { actions: ran, minSize: 10 }, NOW + 3 * MINUTE)).toEqual({ make: [], remove: [] })
  })
})

describe('a group that follows its plan', () => {
  /** Longer than two consecutive actions may take, each run late by AWS. */
  const SETTLED_MS = 9 * MINUTE
  /** How long a foreign action may keep the group too small: ours follows a minute later and may run two minutes late. */
  const GIVEN_BACK_MS = 4 * MINUTE
  const RUN_EVERY_MS = 20_000
  const minute = fc.integer({ min: 10, max: 360 })
  const changes = fc.array(fc.record({ from: minute, opens: fc.array(minute, { maxLength: 3 }) }), { maxLength: 4 })
  const lateMs = fc.array(fc.integer({ min: 0, max: 119_000 }), { minLength: 1, maxLength: 10 })
  const plannedSpan = fc.option(fc.record({ from: minute, minutes: fc.integer({ min: 15, max: 120 }) }), { nil: null })

  test('is grown while an opening holds it and idle otherwise, for any changes of openings and any delay of AWS', {
    tags: ['slow'],
  }, () => {
    fc.assert(
      fc.property(changes, lateMs, plannedSpan, (changed, lates, planned) => {
        const changeAt = changed.toSorted((a, b) => a.from - b.from)
        const plannedFromMs = NOW + (planned?.from ?? 0) * MINUTE
        const plannedToMs = plannedFromMs + (planned?.minutes ?? 0) * MINUTE
        let actions: Action[] = planned
          ? [{ name: 'planned-a', atMs: plannedFromMs, minSize: GROUP.sale }, {
            name: 'planned-b',
            atMs: plannedToMs,
            minSize: GROUP.idle,
          }]
          : []
        let minSize = GROUP.idle
        let situation = ''
        let since = NOW
        let wasPlanned = false
        let plannedSince = 0
        for (let nowMs = NOW; nowMs < NOW + 480 * MINUTE; nowMs += RUN_EVERY_MS) {
          // AWS runs a group's actions in order, each up to two minutes late, and deletes them.
          for (const action of actions.toSorted((a, b) => a.atMs - b.atMs)) {
            if (action.atMs + lates[(action.atMs / MINUTE) % lates.length]! > nowMs) break
            minSize = action.minSize
            actions = actions.filter((other) => other !== action)
          }
          const opens = (changeAt.findLast(({ from }) => NOW + from * MINUTE <= nowMs)?.opens ?? []).map((at) =>
            NOW + at * MINUTE
          )
          const steps = planSteps(opens, TIMES, nowMs)
          const { make, remove } = reconcileActions(GROUP, steps, { actions, minSize }, nowMs)
          expect(make.filter(({ atMs }) => atMs <= nowMs)).toEqual([])
          expect(remove.filter((name) => !name.startsWith('opening-'))).toEqual([])
          actions = [
            ...actions.filter(({ name }) => !remove.includes(name) && !make.some((action) => action.name === name)),
            ...make,
          ]
          expect(new Set(actions.map(({ atMs }) => atMs)).size).toBe(actions.length)

          const isHeld = opens.some((at) => at - TIMES.leadMs <= nowMs && nowMs < at + TIMES.holdMs)
          const isPlanned = plannedFromMs <= nowMs && nowMs < plannedToMs
          const found = JSON.stringify([isHeld, opens])
          if (found !== situation) [situation, since] = [found, nowMs]
          if (isPlanned !== wasPlanned) [wasPlanned, plannedSince] = [isPlanned, nowMs]
          const isWanted = isHeld || isPlanned
          // The group may stay grown until a foreign action shrinks it.
          if (nowMs - since <= SETTLED_MS || nowMs - plannedSince <= (isHeld ? GIVEN_BACK_MS : SETTLED_MS)) continue
          if (planned && !isWanted && nowMs < plannedToMs) continue
          const at = `${(nowMs - NOW) / MINUTE} min: ${found}`
          expect(`${at}: ${minSize}`).toBe(`${at}: ${isWanted ? GROUP.sale : GROUP.idle}`)
        }
      }),
      {
        examples: [
          // A foreign action runs late, and ours runs after it.
          [[{ from: 10, opens: [10] }], [80_001], { from: 10, minutes: 15 }],
          // An opening is published while a foreign action is late, and the minute after that action is in the past.
          [[{ from: 26, opens: [30] }], [119_000], { from: 10, minutes: 15 }],
        ],
      },
    )
  })
})
