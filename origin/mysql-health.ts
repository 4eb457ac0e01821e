import { sql } from 'drizzle-orm'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../db/mysql.ts'
import { StoreUnavailable } from '../db/store-unavailable.ts'
import { describeError, type Log } from '../runtime/log.ts'
import { withTimeout } from '../runtime/timeout.ts'

/** Whether MySQL replies, so that no request waits for a server that is down. */
export type MysqlHealth = {
  /** True until a check has failed or taken too long. */
  isAvailable(): boolean
  /**
   * Runs `work` and settles like it. Rejects with StoreUnavailable as soon as MySQL is unavailable, and then at once, without running `work`.
   * Work that has begun is not stopped: it may still change MySQL.
   */
  orUnavailable<Value>(work: () => Promise<Value>): Promise<Value>
  close(): Promise<void>
}

type Parts = { db: Pick<Database, 'execute'>; log: Log; elapsedMs(): number }

const EVERY_MS = 500
/** After a pause of this process, the timer fires before a reply that has arrived is read. */
const GRACE_MS = 100

/** Checks MySQL twice a second and logs each loss and each recovery. A check that takes longer than `slowMs` means that MySQL is unavailable. */
export function openMysqlHealth({ db, log, elapsedMs }: Parts, slowMs: number): MysqlHealth {
  const stopped = new AbortController()
  const waiting = new Set<(error: StoreUnavailable) => void>()
  let lostAtMs: number | null = null

  const unavailable = () => new StoreUnavailable('mysql', 'MySQL does not reply')
  function setLost(cause: unknown): void {
    if (lostAtMs !== null) return
    lostAtMs = elapsedMs()
    log('mysql_lost', describeError(cause))
    for (const reject of [...waiting]) reject(unavailable())
  }
  function setReady(): void {
    if (lostAtMs !== null) log('mysql_ready', { lostForMs: Math.round(elapsedMs() - lostAtMs) })
    lostAtMs = null
  }
  async function check(): Promise<void> {
    const reply = db.execute(sql`select 1`).then(() => null, (error: unknown) => ({ error }))
    const isSlow = () => 'slow' as const
    const early = await withTimeout(reply, slowMs, isSlow)
    if (early === 'slow' && await withTimeout(reply, GRACE_MS, isSlow) === 'slow') setLost(unavailable())
    // Resolves at the latest when the statement's deadline is over.
    const failure = await reply
    if (failure) setLost(failure.error)
    else setReady()
  }
  async function runSchedule() {
    while (!stopped.signal.aborted) {
      await check()
      await sleep(EVERY_MS, undefined, { signal: stopped.signal }).catch(() => {})
    }
  }

  const schedule = runSchedule()
  return {
    isAvailable: () => lostAtMs === null,
    orUnavailable(work) {
      if (lostAtMs !== null) return Promise.reject(unavailable())
      return new Promise((resolve, reject) => {
        waiting.add(reject)
        work().then(resolve, reject).finally(() => waiting.delete(reject))
      })
    },
    async close() {
      stopped.abort()
      await schedule
    },
  }
}
