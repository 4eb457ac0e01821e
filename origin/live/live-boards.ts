import type { Redis } from 'ioredis'
import { setTimeout as sleep } from 'node:timers/promises'
import { markLive } from '../../db/redis/live/live-counts.ts'
import { readProcesses } from '../../db/redis/live/processes.ts'
import { readSeconds, type RecordedSecond } from '../../db/redis/live/recorded-seconds.ts'
import { isStoreUnavailable } from '../../db/store-unavailable.ts'
import type { LiveFrame, ProcessHealth } from '../../edge/contract/live.ts'
import { describeError, type Log } from '../../runtime/log.ts'
import { createShares } from '../../runtime/shares.ts'
import { toFrame } from './live-frame.ts'

/** Receives the frames that are new in this second, maybe none; null when the boards close. */
export type FrameListener = (frames: LiveFrame[] | null) => void

type Board = { history: RecordedSecond[]; listeners: Set<FrameListener> }

/** Listeners of one origin, and of one operator at it. */
export const LISTENER_SHARES = { total: 50, per: { operator: 10 } }
/** Seconds that a board keeps: for projections, and for listeners that connect again. */
const KEPT = 120
/** Seconds that are read each time; more than one, because a second may be recorded late. */
const READ = 5

export type LiveBoards = {
  /**
   * Passes each second of an event to `listener` until the returned function is called, beginning with the ones after `after` (epoch seconds) if
   * they are still known. Null when this origin or the operator has as many listeners as they may.
   */
  listen(eventId: number, options: { operator: number; after: number | null }, listener: FrameListener): (() => void) | null
  /** The last frame of an event; null if nothing was recorded lately. Throws StoreUnavailable. */
  read(eventId: number): Promise<LiveFrame | null>
  /** Ends all boards. Their listeners connect to another origin. */
  close(): Promise<void>
}

/** The live boards of this origin: one reader for each event that is watched, whatever the number of its listeners. */
export function openLiveBoards({ redis, log, now }: { redis: Redis; log: Log; now(): Date }): LiveBoards {
  const boards = new Map<number, Board>()
  const shares = createShares(LISTENER_SHARES)
  const stopped = new AbortController()

  async function refresh(eventId: number, board: Board, processes: ProcessHealth[]): Promise<void> {
    const lastAt = board.history.at(-1)?.at ?? 0
    const [read] = await Promise.all([
      readSeconds(redis, eventId, lastAt === 0 ? KEPT : READ),
      markLive(redis, eventId, Math.floor(now().getTime() / 1000)),
    ])
    const added = read.filter(({ at }) => at > lastAt)
    board.history = board.history.concat(added).slice(-KEPT)
    // A new board begins with the present, not with what happened before somebody watched.
    const shown = lastAt === 0 ? added.slice(-1) : added
    const frames = shown.map(({ at }) => toFrame(board.history.filter((second) => second.at <= at), processes))
    for (const listener of [...board.listeners]) listener(frames)
  }

  async function refreshAll(): Promise<void> {
    if (boards.size === 0) return
    const processes = await readProcesses(redis, now().getTime())
    await Promise.all([...boards].map(([eventId, board]) => refresh(eventId, board, processes)))
  }

  async function runSchedule(): Promise<void> {
    while (!stopped.signal.aborted) {
      await sleep(1000 - now().getTime() % 1000, undefined, { signal: stopped.signal }).catch(() => {})
      if (stopped.signal.aborted) return
      await refreshAll().catch((error) => {
        if (!isStoreUnavailable(error)) log('live_board_failed', describeError(error))
        // A sign of life, so that listeners know that the figures are old, not the connection.
        for (const { listeners } of boards.values()) for (const listener of [...listeners]) listener([])
      })
    }
  }
  const schedule = runSchedule()

  return {
    listen(eventId, { operator, after }, listener) {
      const release = stopped.signal.aborted ? null : shares.take({ operator: String(operator) })
      if (!release) return null
      const board = boards.get(eventId) ?? { history: [], listeners: new Set() }
      boards.set(eventId, board)
      board.listeners.add(listener)
      const missed = after === null ? board.history.slice(-1) : board.history.filter(({ at }) => at > after)
      if (missed.length > 0) {
        listener(missed.map(({ at }) => toFrame(board.history.filter((second) => second.at <= at), [])))
      }
      return () => {
        release()
        board.listeners.delete(listener)
        if (board.listeners.size === 0 && boards.get(eventId) === board) boards.delete(eventId)
      }
    },

    async read(eventId) {
      const nowMs = now().getTime()
      const [seconds, processes] = await Promise.all([
        readSeconds(redis, eventId, KEPT),
        readProcesses(redis, nowMs),
        markLive(redis, eventId, Math.floor(nowMs / 1000)),
      ])
      return seconds.length === 0 ? null : toFrame(seconds, processes)
    },

    async close() {
      stopped.abort()
      for (const { listeners } of boards.values()) for (const listener of [...listeners]) listener(null)
      await schedule
    },
  }
}
