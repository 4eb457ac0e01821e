import {
  type AutoScalingClient,
  BatchDeleteScheduledActionCommand,
  BatchPutScheduledUpdateGroupActionCommand,
  DescribeAutoScalingGroupsCommand,
  type FailedScheduledUpdateGroupActionRequest,
  paginateDescribeScheduledActions,
} from '@aws-sdk/client-auto-scaling'
import { and, asc, eq, gt, isNull, lt } from 'drizzle-orm'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../db/mysql.ts'
import { events } from '../db/schema.ts'
import { describeError, type Log } from '../runtime/log.ts'
import { type Action, type FleetGroup, type FleetTimes, planSteps, reconcileActions, type SizeStep } from './fleet-plan.ts'

type Parts = { db: Database; log: Log; now(): Date; scaling: AutoScalingClient }
export type FleetPlan = { groups: FleetGroup[]; times: FleetTimes }

const EVERY_MS = 60_000
const CALL_TIMEOUT_MS = 5_000
/** How far ahead openings are planned. */
const AHEAD_MS = 30 * 24 * 3_600_000
const MAX_OPENINGS = 200
/** Actions per call, a limit of AWS. */
const BATCH = 50
/** AWS has no error code for an action that does not exist because it has run or another origin has deleted it. */
const NOT_FOUND = /name not found/

/**
 * Keeps the scheduled actions of the fleets in line with the published events: compares them once a minute and corrects the actions. Every
 * origin does this and computes the same plan. Failures are only logged.
 */
export function openFleetPlan(
  parts: Parts,
  plan: FleetPlan,
  { everyMs = EVERY_MS, timeoutMs = CALL_TIMEOUT_MS } = {},
): { close(): Promise<void> } {
  const stopped = new AbortController()
  async function runSchedule() {
    while (!stopped.signal.aborted) {
      await followOpenings(parts, plan, timeoutMs, stopped.signal)
        .catch((error) => parts.log('fleet_failed', describeError(error)))
      await sleep(everyMs, null, { signal: stopped.signal }).catch(() => {})
    }
  }
  const schedule = runSchedule()
  return {
    async close() {
      stopped.abort()
      await schedule
    },
  }
}

/**
 * Compares and corrects each group once. A failure of one group is logged and does not keep the others from growing. Throws if MySQL fails.
 * `stopped` aborts the call to AWS in progress.
 */
export async function followOpenings(
  { db, log, now, scaling }: Parts,
  { groups, times }: FleetPlan,
  timeoutMs = CALL_TIMEOUT_MS,
  stopped?: AbortSignal,
): Promise<void> {
  const nowMs = now().getTime()
  const steps = planSteps(await readOpenings(db, nowMs, times), times, nowMs)
  const limits = () => {
    const timeout = AbortSignal.timeout(timeoutMs)
    return { abortSignal: stopped ? AbortSignal.any([stopped, timeout]) : timeout }
  }
  for (const group of groups) {
    if (stopped?.aborted) return
    try {
      await correctGroup({ log, scaling, limits }, group, steps, nowMs)
    } catch (error) {
      if (!stopped?.aborted) log('fleet_failed', { group: group.name, ...describeError(error) })
    }
  }
}

/** The openings for which the fleets are grown now or within `AHEAD_MS`. */
async function readOpenings(db: Database, nowMs: number, { holdMs }: FleetTimes): Promise<number[]> {
  const openings = await db.select({ opensAt: events.opensAt }).from(events)
    .where(and(
      eq(events.published, true),
      isNull(events.cancelledAt),
      gt(events.opensAt, new Date(nowMs - holdMs)),
      lt(events.opensAt, new Date(nowMs + AHEAD_MS)),
    ))
    .orderBy(asc(events.opensAt)).limit(MAX_OPENINGS)
  return openings.map(({ opensAt }) => opensAt.getTime())
}

type Calls = { scaling: AutoScalingClient; limits(): { abortSignal: AbortSignal } }

async function correctGroup(calls: Calls & { log: Log }, group: FleetGroup, steps: SizeStep[], nowMs: number): Promise<void> {
  const { log } = calls
  const current = await readGroup(calls, group.name)
  // AWS rejects a minimum above the maximum, and the group would not grow at all.
  const idle = Math.min(group.idle, current.maxSize)
  const sale = Math.min(group.sale, current.maxSize)
  if (sale < group.sale) {
    log('fleet_failed', { group: group.name, error: `The group has a maximum of ${current.maxSize} machines` })
  }
  const { make, remove } = reconcileActions({ name: group.name, idle, sale }, steps, current, nowMs)
  const rejected = await applyChanges(calls, group.name, make, remove)
  if (make.length + remove.length > 0) {
    log('fleet_planned', { group: group.name, made: make.length, removed: remove.length, refused: rejected.length })
  }
  for (const { ScheduledActionName: action, ErrorMessage: error } of rejected) {
    log('fleet_failed', { group: group.name, action, error })
  }
}

/**
 * Creates actions, then deletes. If the process dies in between, the next run deletes the rest. Creating first cannot conflict with our old
 * actions: an old action at the same time has the same name, so AWS replaces it.
 */
async function applyChanges({ scaling, limits }: Calls, group: string, make: Action[], remove: string[]) {
  const rejected: FailedScheduledUpdateGroupActionRequest[] = []
  for (let from = 0; from < make.length; from += BATCH) {
    const command = new BatchPutScheduledUpdateGroupActionCommand({
      AutoScalingGroupName: group,
      ScheduledUpdateGroupActions: make.slice(from, from + BATCH).map(({ name, atMs, minSize }) => ({
        ScheduledActionName: name,
        StartTime: new Date(atMs),
        MinSize: minSize,
      })),
    })
    const { FailedScheduledUpdateGroupActions: failed = [] } = await scaling.send(command, limits())
    rejected.push(...failed)
  }
  for (let from = 0; from < remove.length; from += BATCH) {
    const names = remove.slice(from, from + BATCH)
    const command = new BatchDeleteScheduledActionCommand({ AutoScalingGroupName: group, ScheduledActionNames: names })
    const { FailedScheduledActions: failed = [] } = await scaling.send(command, limits())
    rejected.push(...failed.filter(({ ErrorMessage: error }) => !NOT_FOUND.test(error ?? '')))
  }
  return rejected
}

async function readGroup(
  { scaling, limits }: Calls,
  group: string,
): Promise<{ actions: Action[]; minSize: number; maxSize: number }> {
  const { AutoScalingGroups: [found] = [] } = await scaling.send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [group] }),
    limits(),
  )
  if (found?.MinSize === undefined || found.MaxSize === undefined) throw new Error(`There is no Auto Scaling group ${group}`)
  const actions: Action[] = []
  // A group has at most 125 actions, so there are at most two pages. They share one timeout.
  const pages = paginateDescribeScheduledActions({ client: scaling, pageSize: 100 }, { AutoScalingGroupName: group }, limits())
  for await (const { ScheduledUpdateGroupActions: page = [] } of pages) {
    for (const { ScheduledActionName: name, StartTime: at, MinSize: minSize } of page) {
      if (name && at) actions.push({ name, atMs: at.getTime(), minSize: minSize ?? -1 })
    }
  }
  return { actions, minSize: found.MinSize, maxSize: found.MaxSize }
}
