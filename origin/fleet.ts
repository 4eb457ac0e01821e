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
import type { Database } from '../db/client.ts'
import { events } from '../db/schema.ts'
import { type Action, type FleetGroup, type FleetTimes, planSteps, reconcileActions } from './fleet-plan.ts'
import { describeError, type Log } from './log.ts'

type Parts = { db: Database; log: Log; now(): Date; scaling: AutoScalingClient }
export type FleetPlan = { groups: FleetGroup[]; times: FleetTimes }

const EVERY_MS = 60_000
const CALL_DEADLINE_MS = 5_000
/** Openings that are looked ahead for. */
const AHEAD_MS = 30 * 24 * 3_600_000
const OPENINGS_AT_MOST = 200
/** Actions of one call, as AWS takes them. */
const BATCH = 50

/**
 * Keeps the scheduled actions of the fleets equal to what the published events say, whoever publishes, moves or deletes one and however: it
 * compares and corrects, once a minute. Every origin does; the plan of one is the plan of all. A failure is logged, and disturbs nobody.
 */
export function openFleetPlan(parts: Parts, plan: FleetPlan, everyMs = EVERY_MS): { close(): Promise<void> } {
  const stopped = new AbortController()
  async function follow() {
    while (!stopped.signal.aborted) {
      await followOpenings(parts, plan).catch((error) => parts.log('fleet_failed', describeError(error)))
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

/** One comparison and its corrections, group by group. Throws when MySQL or AWS does not answer; what was corrected stays. */
export async function followOpenings({ db, log, now, scaling }: Parts, { groups, times }: FleetPlan): Promise<void> {
  const nowMs = now().getTime()
  const openings = await db.select({ opensAt: events.opensAt }).from(events)
    .where(and(
      eq(events.published, true),
      gt(events.opensAt, new Date(nowMs - times.holdMs)),
      lt(events.opensAt, new Date(nowMs + AHEAD_MS)),
    ))
    .orderBy(asc(events.opensAt)).limit(OPENINGS_AT_MOST)
  const steps = planSteps(openings.map(({ opensAt }) => opensAt.getTime()), times, nowMs)

  for (const group of groups) {
    const seen = await lookAt(scaling, group)
    const { make, remove } = reconcileActions(group, steps, seen, nowMs)
    const refused: FailedScheduledUpdateGroupActionRequest[] = []
    // Ours that are over the plan go first: one that moves must not meet itself.
    for (let from = 0; from < remove.length; from += BATCH) {
      const names = remove.slice(from, from + BATCH)
      const command = new BatchDeleteScheduledActionCommand({ AutoScalingGroupName: group.name, ScheduledActionNames: names })
      refused.push(...(await scaling.send(command, deadline())).FailedScheduledActions ?? [])
    }
    for (let from = 0; from < make.length; from += BATCH) {
      const actions = make.slice(from, from + BATCH).map(({ name, atMs, minSize }) => ({
        ...{ ScheduledActionName: name, StartTime: new Date(atMs), MinSize: minSize },
      }))
      const command = new BatchPutScheduledUpdateGroupActionCommand({
        AutoScalingGroupName: group.name,
        ScheduledUpdateGroupActions: actions,
      })
      refused.push(...(await scaling.send(command, deadline())).FailedScheduledUpdateGroupActions ?? [])
    }
    if (make.length + remove.length > 0) {
      log('fleet_planned', { group: group.name, made: make.length, removed: remove.length, refused: refused.length })
    }
    for (const { ScheduledActionName: action, ErrorMessage: error } of refused) {
      log('fleet_failed', { group: group.name, action, error })
    }
  }
}

async function lookAt(scaling: AutoScalingClient, group: FleetGroup): Promise<{ actions: Action[]; minSize: number }> {
  const { AutoScalingGroups: [found] = [] } = await scaling.send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [group.name] }),
    deadline(),
  )
  if (found?.MinSize === undefined) throw new Error(`There is no Auto Scaling group ${group.name}`)
  const actions: Action[] = []
  // A group has 125 at most, which is two pages.
  const pages = paginateDescribeScheduledActions(
    { client: scaling, pageSize: 100 },
    { AutoScalingGroupName: group.name },
    deadline(),
  )
  for await (const { ScheduledUpdateGroupActions: page = [] } of pages) {
    for (const { ScheduledActionName: name, StartTime: at, MinSize: minSize } of page) {
      if (name && at) actions.push({ name, atMs: at.getTime(), minSize: minSize ?? -1 })
    }
  }
  return { actions, minSize: found.MinSize }
}

const deadline = () => ({ abortSignal: AbortSignal.timeout(CALL_DEADLINE_MS) })
