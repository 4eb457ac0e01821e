import type { LiveFrame } from '../../edge/contract/live.ts'
import type { Deps } from '../deps.ts'
import { type Ctx, problem } from '../http.tsx'

/** A stream ends after this time, and its client connects again: with a new access token, perhaps to another origin. */
const MAX_STREAM_MS = 5 * 60_000
/** A stream is aborted when this many parts are unread. */
const MAX_UNREAD = 16
const RETRY_SECONDS = 5

/** `no-transform`: nothing on the way may compress the stream, because that would hold parts back. */
const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'private, no-store, no-transform',
  'x-accel-buffering': 'no',
}

type Listener = { eventId: number; operator: number; session: string | null }

/**
 * Sends an event's live figures as server-sent events, one for each second, with the second as id: a client that connects again gets what it
 * has missed. In a second without figures it sends a comment. Ends when the operator's session does.
 */
export function streamFrames(c: Ctx, deps: Pick<Deps, 'liveBoards' | 'revokedSessions'>, listener: Listener): Response {
  // The response to HEAD has no body that would end.
  if (c.req.method === 'HEAD') return c.body(null, 200, STREAM_HEADERS)
  const encoder = new TextEncoder()
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(undefined, { highWaterMark: MAX_UNREAD })
  const writer = writable.getWriter()
  let isEnded = false
  const { eventId, operator, session } = listener
  const stopListening = deps.liveBoards.listen(eventId, { operator, after: lastEventIdOf(c) }, (frames) => {
    if (frames === null || deps.revokedSessions.has(session) || (writer.desiredSize ?? 0) <= 0) end()
    else send(frames.length > 0 ? frames.map(toEvent).join('') : ': no new figures\n\n')
  })
  if (!stopListening) return problem(c, 'busy', { retryAfterSeconds: RETRY_SECONDS })
  const timer = setTimeout(end, MAX_STREAM_MS)
  writer.closed.catch(() => {}).finally(end)
  send('retry: 2000\n\n')
  return c.body(readable, 200, STREAM_HEADERS)

  function send(text: string) {
    writer.write(encoder.encode(text)).catch(() => {/* The client disconnected; `writer.closed` settles. */})
  }
  /** Frees the listener at once. A stream that its client does not read is aborted, since it might never be read to its end. */
  function end() {
    if (isEnded) return
    isEnded = true
    clearTimeout(timer)
    stopListening?.()
    const ended = (writer.desiredSize ?? 0) > 0 ? writer.close() : writer.abort()
    ended.catch(() => {/* It is closed already. */})
  }
}

const toEvent = (frame: LiveFrame): string => `id: ${Date.parse(frame.at) / 1000}\ndata: ${JSON.stringify(frame)}\n\n`

/** The second of the last event that the client has received; null for a new client. */
function lastEventIdOf(c: Ctx): number | null {
  const id = c.req.header('last-event-id') ?? ''
  return /^\d{1,12}$/.test(id) ? Number(id) : null
}
