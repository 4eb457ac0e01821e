/** An Auto Scaling group and its minimum number of machines: when idle, and around an opening. */
export type FleetGroup = { name: string; idle: number; sale: number }

/** The time from which a group has its size for a sale (`isGrown`) or its idle size. */
export type SizeStep = { atMs: number; isGrown: boolean }

/** How long before an opening the fleets must have grown, and how long after it they stay grown; milliseconds. */
export type FleetTimes = { leadMs: number; holdMs: number }

/** A group may have 125 scheduled actions, and others use some of them. */
const MAX_STEPS = 50
/** Actions start at full minutes. AWS rejects one whose minute has begun. */
const MINUTE_MS = 60_000

/** The future steps in order: grown from the lead of each opening to the end of its hold. Overlapping and adjacent spans are merged. */
export function planSteps(openings: number[], { leadMs, holdMs }: FleetTimes, nowMs: number): SizeStep[] {
  const minute = (ms: number) => Math.floor(ms / MINUTE_MS) * MINUTE_MS
  const steps: SizeStep[] = []
  for (const opensAtMs of openings.toSorted((a, b) => a - b)) {
    const [fromMs, toMs] = [minute(opensAtMs - leadMs), minute(opensAtMs + holdMs)]
    const last = steps.at(-1)
    if (last && fromMs <= last.atMs) last.atMs = toMs
    else steps.push({ atMs: fromMs, isGrown: true }, { atMs: toMs, isGrown: false })
  }
  return steps.filter(({ atMs }) => atMs > nowMs).slice(0, MAX_STEPS)
}

/** Whether the fleets should be grown now. */
export const isGrownAt = (steps: SizeStep[]): boolean => steps[0]?.isGrown === false

/** A scheduled action of a group. `minSize` is -1 if it does not change the minimum. */
export type Action = { name: string; atMs: number; minSize: number }
/** The prefix of our actions' names. All other actions are foreign and never changed. */
export const OURS = 'opening-'
/** AWS runs an action up to two minutes after its time, and lists it until then. */
const MAX_DELAY_MS = 3 * MINUTE_MS

/**
 * The actions to create and to delete, so that a group follows the steps.
 *
 * - A group that should have grown by now (its opening was published late) grows in one or two minutes. A group that has grown for an
 *   opening that was moved or withdrawn shrinks as fast.
 * - Two actions of a group may not start at the same time, so ours move to a later minute.
 * - If a foreign action shrinks the group around an opening, ours grows it again a minute later.
 * - If a foreign action shrinks the group after the opening, ours does not.
 */
export function reconcileActions(
  group: FleetGroup,
  steps: SizeStep[],
  current: { actions: Action[]; minSize: number },
  nowMs: number,
): { make: Action[]; remove: string[] } {
  const sorted = current.actions.toSorted((a, b) => a.atMs - b.atMs)
  const own = sorted.filter(({ name }) => name.startsWith(OURS))
  const others = sorted.filter((action) => !own.includes(action))
  const planned = createPlannedActions(group, others, nowMs)

  const isGrown = isGrownAt(steps)
  const immediate = planImmediateChange(group, steps, own, current.minSize, nowMs)
  if (immediate?.kind === 'pending') planned.keep(immediate.action)
  if (immediate?.kind === 'new') planned.add(immediate.atMs, immediate.minSize)
  for (const { atMs, minSize } of others) {
    const isHeld = steps.findLast((step) => step.atMs < atMs)?.isGrown ?? isGrown
    // Plans the counter-action in advance. A later one would be too late: before an opening there are few visitors, and target
    // tracking removes machines as soon as the minimum allows it.
    if (isHeld && atMs > nowMs - MAX_DELAY_MS && minSize >= 0 && minSize < group.sale) planned.add(atMs, group.sale)
  }
  for (const { atMs, isGrown } of steps) planned.add(atMs, isGrown ? group.sale : group.idle)

  const isListed = (wantedAction: Action) =>
    own.some(({ name, minSize }) => name === wantedAction.name && minSize === wantedAction.minSize)
  // AWS may not have run an action that is due, so such an action stays.
  const isRunning = ({ atMs }: Action) => atMs <= nowMs && atMs > nowMs - MAX_DELAY_MS
  return {
    make: planned.actions().filter((action) => !isListed(action)),
    remove: own.filter((action) => !planned.has(action.name) && !isRunning(action)).map(({ name }) => name),
  }
}

/** The change that is due now, because the group has the wrong size; null if there is none. */
function planImmediateChange(group: FleetGroup, steps: SizeStep[], own: Action[], minSize: number, nowMs: number) {
  const isGrown = isGrownAt(steps)
  const next = own.find(({ atMs }) => atMs > nowMs)
  // Our next action shrinks the group only if the group has grown for an opening, not if it was scaled by hand.
  const hasGrown = group.idle < group.sale && next !== undefined && next.minSize <= group.idle
  if (isGrown ? minSize >= group.sale : !hasGrown) return null
  const size = isGrown ? group.sale : group.idle
  const soonMs = (Math.floor(nowMs / MINUTE_MS) + 2) * MINUTE_MS
  // If each run postponed a pending action, it would never start.
  const action = own.find((one) => one.atMs > nowMs - MAX_DELAY_MS && one.atMs <= soonMs && one.minSize === size)
  if (action) return { kind: 'pending' as const, action }
  const isStepDue = steps[0] !== undefined && steps[0].atMs <= soonMs
  return isStepDue ? null : { kind: 'new' as const, atMs: soonMs, minSize: size }
}

/** Collects our actions, each at a different minute. */
function createPlannedActions(group: FleetGroup, others: Action[], nowMs: number) {
  const taken = new Set(others.map(({ atMs }) => atMs))
  const planned = new Map<string, Action>()
  return {
    actions: () => [...planned.values()],
    has: (name: string) => planned.has(name),
    keep(action: Action): void {
      planned.set(action.name, action)
      taken.add(action.atMs)
    },
    /** Adds an action at the next free minute, unless that minute is past or the next foreign action also shrinks the group. */
    add(atMs: number, minSize: number): void {
      while (taken.has(atMs)) atMs += MINUTE_MS
      const next = others.find((action) => action.atMs > atMs && action.minSize >= 0)
      if (atMs <= nowMs || (minSize < group.sale && next && next.minSize <= minSize)) return
      taken.add(atMs)
      const name = `${OURS}${new Date(atMs).toISOString().replace(/:00\.000|[-:]/g, '')}`
      planned.set(name, { name, atMs, minSize })
    },
  }
}
