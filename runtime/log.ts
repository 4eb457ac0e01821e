/** Writes one line of JSON. Tokens, cookies and bodies are never among the facts. */
export type Log = (event: string, facts?: Record<string, unknown>) => void

/** Lines go out together at the end of each turn of the event loop: a write for each would cost more than a booking's script. */
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

/** What of an error goes into a log line: its words, their cause, and where it came from. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: String(error) }
  const cause = error.cause instanceof Error ? error.cause.message : undefined
  return { error: error.message.slice(0, 500), cause, stack: error.stack?.split('\n').slice(1, 6).map((line) => line.trim()) }
}
