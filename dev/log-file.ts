import { copyFileSync, existsSync, statSync, truncateSync } from 'node:fs'

/** A log file above this size is moved aside. With the one old file, a program's logs take about twice as much. */
export const MAX_LOG_BYTES = 20_000_000
const CHECK_MS = 1_000

/**
 * Copies a log file above `maxBytes` to `<file>.1`, in place of the copy before, and empties it. The program that appends to the file keeps
 * it open; lines that it writes between the two steps are lost.
 */
export function rotateLog(file: string, maxBytes = MAX_LOG_BYTES): void {
  if (!existsSync(file) || statSync(file).size <= maxBytes) return
  copyFileSync(file, `${file}.1`)
  truncateSync(file)
}

/** Rotates a log file while a program writes to it. Returns how to stop. */
export function keepRotated(file: string, maxBytes = MAX_LOG_BYTES, everyMs = CHECK_MS): () => void {
  const timer = setInterval(() => {
    try {
      rotateLog(file, maxBytes)
    } catch {
      // The folder was removed, or the disk is full: the program goes on, and the next check tries again.
    }
  }, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}
