import type { Redis } from 'ioredis'
import * as z from 'zod'
import type { ProcessHealth } from '../../../edge/contract/live.ts'
import { LIVE_KEYS } from '../keys.ts'

const TTL_MS = 60_000
/** A process that has not reported for longer is shown no more: it has been stopped. */
const SHOWN_MS = 30_000
const MAX_PROCESSES = 500

const report = z.object({
  id: z.string(),
  kind: z.enum(['edge', 'origin']),
  version: z.string(),
  upSince: z.string(),
  reportedAt: z.string(),
  redisMs: z.number(),
  isHealthy: z.boolean(),
  lagMs: z.number().nullable(),
  dropped: z.number(),
})

/** Writes the report of a process, which replaces its last one. Throws StoreUnavailable. */
export async function reportProcess(redis: Redis, health: ProcessHealth): Promise<void> {
  await Promise.all([
    redis.hset(LIVE_KEYS.processes, health.id, JSON.stringify(health)),
    redis.pexpire(LIVE_KEYS.processes, TTL_MS),
  ])
}

/** The processes that have reported lately, edges first, and forgets the others. Throws StoreUnavailable. */
export async function readProcesses(redis: Redis, nowMs: number): Promise<ProcessHealth[]> {
  const reports = await redis.hgetall(LIVE_KEYS.processes)
  const shown: ProcessHealth[] = []
  const silent: string[] = []
  for (const [id, text] of Object.entries(reports)) {
    const { data } = report.safeParse(parse(text))
    if (data && nowMs - Date.parse(data.reportedAt) <= SHOWN_MS) shown.push(data)
    else silent.push(id)
  }
  if (silent.length > 0) await redis.hdel(LIVE_KEYS.processes, ...silent)
  return shown.sort((a, b) => `${a.kind} ${a.upSince} ${a.id}`.localeCompare(`${b.kind} ${b.upSince} ${b.id}`)).slice(
    0,
    MAX_PROCESSES,
  )
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
