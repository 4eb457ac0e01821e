/** Logs one event as a line of JSON. `facts` must not contain tokens, cookies or bodies. */
export type Log = (event: string, facts?: Record<string, unknown>) => void

/** The most characters of one text in a line. A client chooses the length of its path and of what an error message quotes. */
export const MAX_TEXT_LENGTH = 200
/** The texts of an error, which name the cause of a fault. */
const MAX_ERROR_LENGTH = 500
/** The most bytes of a line, its line break included. */
export const MAX_LINE_BYTES = 4_096
const MAX_ITEMS = 20

/** The line of an event, at most `MAX_LINE_BYTES` long. Cuts long texts and lists, and drops the facts of a line that is still too long. */
export function formatLogLine(at: Date, event: string, facts: object): string {
  const head = { at: at.toISOString(), event: cut(event, MAX_TEXT_LENGTH) }
  const cutFacts: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(facts)) cutFacts[name] = cutValue(value, lengthOf(name))
  const line = `${toPlainJson(Object.assign({}, head, cutFacts))}\n`
  if (isShort(line)) return line
  const { requestId } = cutFacts
  return `${
    toPlainJson(Object.assign({}, head, { requestId, dropped: Object.keys(facts).slice(0, MAX_ITEMS).map(shortName) }))
  }\n`
}

/** What some readers take for a line break, and what a terminal executes or hides: C1 controls, separators, marks of direction. */
const UNSAFE = /[\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g

/** JSON without characters that JSON allows and that the reader of a log does not expect. */
const toPlainJson = (facts: object): string =>
  JSON.stringify(facts).replace(UNSAFE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)

const lengthOf = (name: string) => (name === 'error' || name === 'cause' ? MAX_ERROR_LENGTH : MAX_TEXT_LENGTH)
const shortName = (name: string) => cut(name, 40)

/** A lone half of a surrogate pair is dropped with the rest. */
const cut = (text: string, max: number) => (text.length > max ? `${text.slice(0, max).replace(/[\ud800-\udbff]$/, '')}…` : text)

/** Cuts texts and lists one level deep; deeper values are short, or make the whole line too long. */
function cutValue(value: unknown, max: number): unknown {
  if (typeof value === 'string') return cut(value, max)
  if (!Array.isArray(value)) return value
  return value.slice(0, MAX_ITEMS).map((item) => (typeof item === 'string' ? cut(item, max) : item))
}

/** A UTF-16 unit takes at most three bytes in UTF-8, so that most lines need not be encoded to be measured. */
const isShort = (line: string) => line.length * 3 <= MAX_LINE_BYTES || new TextEncoder().encode(line).length <= MAX_LINE_BYTES

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
    lines += formatLogLine(new Date(), event, facts)
  }
}

/** The fields of an error for a log line: message, cause and the first five stack frames. Never the values of a database query. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: String(error) }
  const cause = error.cause instanceof Error ? error.cause.message : undefined
  const frames = error.stack?.split('\n').map((line) => line.trim()).filter((line) => line.startsWith('at ')).slice(0, 5)
  return { error: messageOf(error), cause, stack: frames }
}

/** Drizzle's message ends in the parameters of the query: e-mail addresses, hashes of passwords and tokens. */
function messageOf(error: Error): string {
  return 'query' in error && 'params' in error ? `Failed query: ${String(error.query)}` : error.message
}
