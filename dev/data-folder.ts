import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { endLeftover, isRunning, processMark, thisProcess } from './processes.ts'

/** Marks a data folder that NETicket made; only such a folder is ever deleted. */
export const MARKER = 'neticket-data'
const LOCK = 'supervisor.json'

const lockFile = processMark.extend({ url: z.string() })
export type Supervisor = z.infer<typeof lockFile>

/** The supervisor that holds a data folder; null when none is running. */
export function findSupervisor(dir: string): Supervisor | null {
  try {
    const supervisor = lockFile.parse(JSON.parse(readFileSync(join(dir, LOCK), 'utf8')))
    return isRunning(supervisor) ? supervisor : null
  } catch {
    return null
  }
}

/** Locks a data folder for this process; returns the function that unlocks it. Throws when another supervisor holds the folder. */
export function lockFolder(dir: string, url: string): () => void {
  const holder = findSupervisor(dir)
  if (holder) throw new Error(`NETicket is already running at ${holder.url} (process ${holder.pid}); "npm run stop" ends it`)
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, MARKER), 'This folder belongs to NETicket: "npm run reset" deletes it.\n')
  writeFileSync(join(dir, LOCK), JSON.stringify({ ...thisProcess(), url } satisfies Supervisor))
  return () => rmSync(join(dir, LOCK), { force: true })
}

/** Ends the processes that a killed supervisor has left behind. */
export async function endLeftovers(dir: string): Promise<void> {
  for (const name of ['edge', 'origin', 'redis', 'mysql', 's3']) await endLeftover(dir, name)
}
