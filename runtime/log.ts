/** Logs one event as a line of JSON. `facts` must not contain tokens, cookies or bodies. */
export type Log = (event: string, facts?: Record<string, unknown>) => void

/**
 * Logs to standard output. Lines are written together at the end of each turn of the event loop: one write per line would cost more than the
 * booking script.
 */
export function logToStdout(): Log {
  let lines = ''
  const flush = () => {
    process.stdout.write(lines)
    lines = ''
  }
  process.on('exit', () => lines && flush())
  return (event, facts = {}) => {
    if (!lines) setImmediate(flush)
    lines += `${JSON.stringify({ at: new Date().toISOString(), event, ...facts })}\n`
  }
}

/** The fields of an error for a log line: message, cause and the first five stack frames. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: String(error) }
  const cause = error.cause instanceof Error ? error.cause.message : undefined
  return { error: error.message.slice(0, 500), cause, stack: error.stack?.split('\n').slice(1, 6).map((line) => line.trim()) }
}
