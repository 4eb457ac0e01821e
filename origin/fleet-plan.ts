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

/** The coming steps: grown from the lead of each opening to the end of its hold; overlapping and adjacent spans are merged. Ordered by time. */
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
/** The prefix of our actions' names. All other actions belong to someone else and are never changed. */
export const OURS = 'opening-'
/** AWS runs an action up to two minutes after its time, and lists it until then. */
const MAX_DELAY_MS = 3 * MINUTE_MS

/**
 * The actions to create and to delete, so that a group follows the steps.
 *
 * - A group that should have grown by now (its opening was published late) grows in one or two minutes. A group that has grown for an
 *   opening that was moved or withdrawn shrinks as fast.
 * - Two actions of a group may not start at the same time, so ours move to a later minute.
 * - If someone else's action shrinks the group while an opening holds it grown, ours grows it again right after.
 * - If someone else's action shrinks the group after the opening, ours leaves the shrinking to it.
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
  const wanted = createWantedActions(group, others, nowMs)

  const isGrown = isGrownAt(steps)
  const immediate = planImmediateChange(group, steps, own, current.minSize, nowMs)
  if (immediate?.kind === 'pending') wanted.keep(immediate.action)
  if (immediate?.kind === 'new') wanted.add(immediate.atMs, immediate.minSize)
  for (const { atMs, minSize } of others) {
    const isHeld = steps.findLast((step) => step.atMs < atMs)?.isGrown ?? isGrown
    // The counter-action is planned in advance. After the fact it would be too late: before an opening there are few visitors, and target
    // tracking removes machines as soon as the minimum allows it.
    if (isHeld && atMs > nowMs - MAX_DELAY_MS && minSize >= 0 && minSize < group.sale) wanted.add(atMs, group.sale)
  }
  for (const { atMs, isGrown } of steps) wanted.add(atMs, isGrown ? group.sale : group.idle)

  const isListed = (wantedAction: Action) =>
    own.some(({ name, minSize }) => name === wantedAction.name && minSize === wantedAction.minSize)
  // An action whose time has come but may not have run yet is left to AWS.
  const isRunning = ({ atMs }: Action) => atMs <= nowMs && atMs > nowMs - MAX_DELAY_MS
  return {
    make: wanted.actions().filter((action) => !isListed(action)),
    remove: own.filter((action) => !wanted.has(action.name) && !isRunning(action)).map(({ name }) => name),
  }
}

/** The change that is due now, because the group has the wrong size; null if there is none. */
function planImmediateChange(group: FleetGroup, steps: SizeStep[], own: Action[], minSize: number, nowMs: number) {
  const isGrown = isGrownAt(steps)
  const next = own.find(({ atMs }) => atMs > nowMs)
  // Our next action shrinks the group only if it has grown for an opening, not if it was scaled by hand.
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

/** Collects our actions, each at a minute of its own. */
function createWantedActions(group: FleetGroup, others: Action[], nowMs: number) {
  const taken = new Set(others.map(({ atMs }) => atMs))
  const wanted = new Map<string, Action>()
  return {
    actions: () => [...wanted.values()],
    has: (name: string) => wanted.has(name),
    keep(action: Action): void {
      wanted.set(action.name, action)
      taken.add(action.atMs)
    },
    /** Adds an action at the next free minute, unless that is in the past or someone else's next action shrinks the group as well. */
    add(atMs: number, minSize: number): void {
      while (taken.has(atMs)) atMs += MINUTE_MS
      const next = others.find((action) => action.atMs > atMs && action.minSize >= 0)
      if (atMs <= nowMs || (minSize < group.sale && next && next.minSize <= minSize)) return
      taken.add(atMs)
      const name = `${OURS}${new Date(atMs).toISOString().replace(/:00\.000|[-:]/g, '')}`
      wanted.set(name, { name, atMs, minSize })
    },
  }
}
