/** An Auto Scaling group, and how many machines it has at least: at rest, and around an opening. */
export type FleetGroup = { name: string; idle: number; sale: number }

/** From when on a group has at least so many machines. */
export type SizeStep = { atMs: number; isGrown: boolean }

/** How long before an opening the fleets have grown, and how long after it they stay so; milliseconds. */
export type FleetTimes = { leadMs: number; holdMs: number }

/** A group takes 125 scheduled actions, and they are not all ours. */
const STEPS_AT_MOST = 50
/** An action may start at a full minute, and is no longer taken when that has begun. */
const MINUTE_MS = 60_000

/**
 * The steps that are still to come: grown from each opening's lead to its hold's end, where the times of several overlap or meet as one. Steps
 * are at full minutes, all different and in order.
 */
export function planSteps(openings: number[], { leadMs, holdMs }: FleetTimes, nowMs: number): SizeStep[] {
  const minute = (ms: number) => Math.floor(ms / MINUTE_MS) * MINUTE_MS
  const steps: SizeStep[] = []
  for (const opensAtMs of openings.toSorted((a, b) => a - b)) {
    const [fromMs, toMs] = [minute(opensAtMs - leadMs), minute(opensAtMs + holdMs)]
    const last = steps.at(-1)
    if (last && fromMs <= last.atMs) last.atMs = toMs
    else steps.push({ atMs: fromMs, isGrown: true }, { atMs: toMs, isGrown: false })
  }
  return steps.filter(({ atMs }) => atMs > nowMs).slice(0, STEPS_AT_MOST)
}

/** Whether the fleets should be grown at this moment. */
export const isGrownAt = (steps: SizeStep[]): boolean => steps[0]?.isGrown === false

/** A scheduled action of a group. Ours have names that begin with OURS; all others are somebody else's. `minSize` is -1 where it moves none. */
export type Action = { name: string; atMs: number; minSize: number }
export const OURS = 'opening-'
/** AWS runs an action up to two minutes after its time, and lists it until then. */
const LATE_MS = 3 * MINUTE_MS

/**
 * What of a group's actions is to be made and what deleted, so that it follows the steps. A group that should have grown by now and has not
 * (its opening was published late) grows in a minute or two, and so shrinks one whose opening was moved or withdrawn after it had grown. No two
 * actions of a group may start at the same time, so ours give way. Where another's action shrinks the group while an opening holds it, ours grows
 * it again right after; where it does so after the opening, ours leaves the shrinking to it.
 */
export function reconcileActions(
  group: FleetGroup,
  steps: SizeStep[],
  seen: { actions: Action[]; minSize: number },
  nowMs: number,
): { make: Action[]; remove: string[] } {
  const sorted = seen.actions.toSorted((a, b) => a.atMs - b.atMs)
  const own = sorted.filter(({ name }) => name.startsWith(OURS))
  const others = sorted.filter((action) => !own.includes(action))
  const taken = new Set(others.map(({ atMs }) => atMs))
  const wanted = new Map<string, Action>()
  const want = (atMs: number, minSize: number) => {
    while (taken.has(atMs)) atMs += MINUTE_MS
    const next = others.find((action) => action.atMs > atMs && action.minSize >= 0)
    if (atMs <= nowMs || (minSize < group.sale && next && next.minSize <= minSize)) return
    taken.add(atMs)
    const name = `${OURS}${new Date(atMs).toISOString().replace(/:00\.000|[-:]/g, '')}`
    wanted.set(name, { name, atMs, minSize })
  }

  const isGrown = isGrownAt(steps)
  const size = isGrown ? group.sale : group.idle
  const next = own.find(({ atMs }) => atMs > nowMs)
  // That the way back is the next of ours tells a group that has grown for an opening from one that was scaled by hand.
  const hasGrown = group.idle < group.sale && next !== undefined && next.minSize <= group.idle
  if (isGrown ? seen.minSize < group.sale : hasGrown) {
    const soonMs = (Math.floor(nowMs / MINUTE_MS) + 2) * MINUTE_MS
    // It is on its way already: to move it on in each round would keep it from ever starting.
    const pending = own.find(({ atMs, minSize }) => atMs > nowMs - LATE_MS && atMs <= soonMs && minSize === size)
    if (pending) {
      wanted.set(pending.name, pending)
      taken.add(pending.atMs)
    } else if (!(steps[0] && steps[0].atMs <= soonMs)) want(soonMs, size)
  }
  for (const { atMs, minSize } of others) {
    const isHeld = steps.findLast((step) => step.atMs < atMs)?.isGrown ?? isGrown
    // At the next look it would be late: before an opening nobody is there, and target tracking takes machines as soon as it may.
    if (isHeld && atMs > nowMs - LATE_MS && minSize >= 0 && minSize < group.sale) want(atMs, group.sale)
  }
  for (const { atMs, isGrown } of steps) want(atMs, isGrown ? group.sale : group.idle)

  return {
    make: [...wanted.values()].filter(({ name, minSize }) =>
      !own.some((action) => action.name === name && action.minSize === minSize)
    ),
    // One whose time has come is AWS's to run.
    remove: own.filter(({ name, atMs }) => !wanted.has(name) && (atMs > nowMs || atMs <= nowMs - LATE_MS)).map(({ name }) =>
      name
    ),
  }
}
