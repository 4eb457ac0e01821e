import {
  type AutoScalingClient,
  BatchDeleteScheduledActionCommand,
  BatchPutScheduledUpdateGroupActionCommand,
  DescribeAutoScalingGroupsCommand,
  type FailedScheduledUpdateGroupActionRequest,
  paginateDescribeScheduledActions,
} from '@aws-sdk/client-auto-scaling'
import { and, asc, eq, gt, lt } from 'drizzle-orm'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../db/mysql.ts'
import { events } from '../db/schema.ts'
import { type Action, type FleetGroup, type FleetTimes, planSteps, reconcileActions } from './fleet-plan.ts'
import { describeError, type Log } from '../runtime/log.ts'

type Parts = { db: Database; log: Log; now(): Date; scaling: AutoScalingClient }
export type FleetPlan = { groups: FleetGroup[]; times: FleetTimes }

const EVERY_MS = 60_000
const CALL_DEADLINE_MS = 5_000
/** Openings that are looked ahead for. */
const AHEAD_MS = 30 * 24 * 3_600_000
const OPENINGS_AT_MOST = 200
/** Actions of one call, as AWS takes them. */
const BATCH = 50
/** What AWS says of an action that is not there: it has run, or another origin was first. */
const GONE = /name not found/

/**
 * Keeps the scheduled actions of the fleets equal to what the published events say, whoever publishes, moves or deletes one and however: it
 * compares and corrects, once a minute. Every origin does; the plan of one is the plan of all. A failure is logged, and disturbs nobody.
 */
export function openFleetPlan(
  parts: Parts,
  plan: FleetPlan,
  { everyMs = EVERY_MS, deadlineMs = CALL_DEADLINE_MS } = {},
): { close(): Promise<void> } {
  const stopped = new AbortController()
  async function follow() {
    while (!stopped.signal.aborted) {
      await followOpenings(parts, plan, deadlineMs, stopped.signal).catch((error) =>
        parts.log('fleet_failed', describeError(error))
      )
      await sleep(everyMs, null, { signal: stopped.signal }).catch(() => {})
    }
  }
  const following = follow()
  return {
    async close() {
      stopped.abort()
      await following
    },
  }
}

/**
 * One comparison and its corrections, group by group: what fails in one is logged, and keeps no other from growing. Throws when MySQL does not
 * answer. `stopped` ends the call to AWS that is under way.
 */
export async function followOpenings(
  { db, log, now, scaling }: Parts,
  { groups, times }: FleetPlan,
  deadlineMs = CALL_DEADLINE_MS,
  stopped?: AbortSignal,
): Promise<void> {
  const nowMs = now().getTime()
  const openings = await db.select({ opensAt: events.opensAt }).from(events)
    .where(and(
      eq(events.published, true),
      gt(events.opensAt, new Date(nowMs - times.holdMs)),
      lt(events.opensAt, new Date(nowMs + AHEAD_MS)),
    ))
    .orderBy(asc(events.opensAt)).limit(OPENINGS_AT_MOST)
  const steps = planSteps(openings.map(({ opensAt }) => opensAt.getTime()), times, nowMs)
  const deadline = () => {
    const late = AbortSignal.timeout(deadlineMs)
    return { abortSignal: stopped ? AbortSignal.any([stopped, late]) : late }
  }

  for (const group of groups) {
    if (stopped?.aborted) return
    try {
      const seen = await lookAt(scaling, group.name, deadline)
      // More than its most would keep the group from growing at all.
      const most = { ...group, idle: Math.min(group.idle, seen.maxSize), sale: Math.min(group.sale, seen.maxSize) }
      if (most.sale < group.sale) log('fleet_failed', { group: group.name, error: `It takes ${seen.maxSize} machines at most` })
      const { make, remove } = reconcileActions(most, steps, seen, nowMs)
      const refused = await correct(scaling, group.name, make, remove, deadline)
      if (make.length + remove.length > 0) {
        log('fleet_planned', { group: group.name, made: make.length, removed: remove.length, refused: refused.length })
      }
      for (const { ScheduledActionName: action, ErrorMessage: error } of refused) {
        log('fleet_failed', { group: group.name, action, error })
      }
    } catch (error) {
      if (!stopped?.aborted) log('fleet_failed', { group: group.name, ...describeError(error) })
    }
  }
}

type Deadline = () => { abortSignal: AbortSignal }

/** New ones first: when it ends between the two, the next look removes what is over the plan. Ours at one time have one name, so none meets itself. */
async function correct(scaling: AutoScalingClient, group: string, make: Action[], remove: string[], deadline: Deadline) {
  const refused: FailedScheduledUpdateGroupActionRequest[] = []
  for (let from = 0; from < make.length; from += BATCH) {
    const command = new BatchPutScheduledUpdateGroupActionCommand({
      AutoScalingGroupName: group,
      ScheduledUpdateGroupActions: make.slice(from, from + BATCH).map(({ name, atMs, minSize }) => ({
        ...{ ScheduledActionName: name, StartTime: new Date(atMs), MinSize: minSize },
      })),
    })
    refused.push(...(await scaling.send(command, deadline())).FailedScheduledUpdateGroupActions ?? [])
  }
  for (let from = 0; from < remove.length; from += BATCH) {
    const names = remove.slice(from, from + BATCH)
    const command = new BatchDeleteScheduledActionCommand({ AutoScalingGroupName: group, ScheduledActionNames: names })
    const { FailedScheduledActions: failed = [] } = await scaling.send(command, deadline())
    refused.push(...failed.filter(({ ErrorMessage: error }) => !GONE.test(error ?? '')))
  }
  return refused
}

async function lookAt(
  scaling: AutoScalingClient,
  group: string,
  deadline: Deadline,
): Promise<{ actions: Action[]; minSize: number; maxSize: number }> {
  const { AutoScalingGroups: [found] = [] } = await scaling.send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [group] }),
    deadline(),
  )
  if (found?.MinSize === undefined || found.MaxSize === undefined) throw new Error(`There is no Auto Scaling group ${group}`)
  const actions: Action[] = []
  // A group has 125 at most, which is two pages, and they share one deadline.
  const pages = paginateDescribeScheduledActions({ client: scaling, pageSize: 100 }, { AutoScalingGroupName: group }, deadline())
  for await (const { ScheduledUpdateGroupActions: page = [] } of pages) {
    for (const { ScheduledActionName: name, StartTime: at, MinSize: minSize } of page) {
      if (name && at) actions.push({ name, atMs: at.getTime(), minSize: minSize ?? -1 })
    }
  }
  return { actions, minSize: found.MinSize, maxSize: found.MaxSize }
}
