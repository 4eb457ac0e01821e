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

/** A scheduled action of a group. Ours have names that begin with OURS; all others are somebody else's. */
export type Action = { name: string; atMs: number; minSize: number }
export const OURS = 'opening-'

/**
 * What of a group's actions is to be made and what deleted, so that it follows the steps. A group that should have grown by now and has not
 * (its opening was published late) grows in a minute or two. No two actions of a group may start at the same time, so ours give way.
 */
export function reconcileActions(
  group: FleetGroup,
  steps: SizeStep[],
  seen: { actions: Action[]; minSize: number },
  nowMs: number,
): { make: Action[]; remove: string[] } {
  const own = seen.actions.filter(({ name }) => name.startsWith(OURS))
  const taken = new Set(seen.actions.filter((action) => !own.includes(action)).map(({ atMs }) => atMs))
  const wanted = new Map<string, Action>()
  const want = (atMs: number, minSize: number) => {
    while (taken.has(atMs)) atMs += MINUTE_MS
    taken.add(atMs)
    const name = `${OURS}${new Date(atMs).toISOString().replace(/:00\.000|[-:]/g, '')}`
    wanted.set(name, { name, atMs, minSize })
  }

  if (isGrownAt(steps) && seen.minSize < group.sale) {
    const soonMs = (Math.floor(nowMs / MINUTE_MS) + 2) * MINUTE_MS
    // It is on its way already: to move it on in each round would keep it from ever starting.
    const pending = own.find(({ atMs, minSize }) => atMs > nowMs && atMs <= soonMs && minSize === group.sale)
    if (pending) {
      wanted.set(pending.name, pending)
      taken.add(pending.atMs)
    } else if (steps[0]!.atMs > soonMs) want(soonMs, group.sale)
  }
  for (const { atMs, isGrown } of steps) want(atMs, isGrown ? group.sale : group.idle)

  return {
    make: [...wanted.values()].filter(({ name, minSize }) =>
      !own.some((action) => action.name === name && action.minSize === minSize)
    ),
    remove: own.filter(({ name }) => !wanted.has(name)).map(({ name }) => name),
  }
}
