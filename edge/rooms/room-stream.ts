import { estimateWaitMs } from '../contract/wait-estimate.ts'
import type { QueueTicket } from '../contract/tokens.ts'
import type { Deps } from '../deps.ts'
import { type Ctx, problem } from '../http.tsx'
import type { Room } from './live-room.ts'

/** Streams are for visitors who will be called within this time. All others poll. */
const MAX_WAIT_MS = 30_000
/** A stream ends after this time, and its client polls again. */
const MAX_STREAM_MS = 60_000
/** A stream is aborted when this many snapshots are unread. */
const MAX_UNREAD = 16
/** When to retry while too many streams are open. */
const BUSY_RETRY_SECONDS = 10

/** Sends a visitor near the front a snapshot after each tick, as server-sent events. */
export function streamSnapshots(c: Ctx, deps: Pick<Deps, 'rooms'>, room: Room, ticket: QueueTicket): Response {
  if (estimateWaitMs(room.snapshot, room.positionOf(ticket.index)) > MAX_WAIT_MS) return problem(c, 'not_your_turn')
  const encoder = new TextEncoder()
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(undefined, { highWaterMark: MAX_UNREAD })
  const writer = writable.getWriter()
  const stopListening = deps.rooms.listen(room.name, (body) => {
    if (body === null) end('close')
    else if ((writer.desiredSize ?? 0) > 0) send(body)
    else end('abort')
  })
  if (!stopListening) return problem(c, 'busy', { retryAfterSeconds: BUSY_RETRY_SECONDS })
  const timer = setTimeout(() => end('close'), MAX_STREAM_MS)
  writer.closed.catch(() => {}).finally(() => end('close'))
  send(room.body)
  return c.body(readable, 200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'private, no-store, no-transform',
    'x-accel-buffering': 'no',
  })

  function send(body: string) {
    writer.write(encoder.encode(`data: ${body}\n\n`)).catch(() => {/* The client disconnected; `writer.closed` settles. */})
  }
  /** Frees the listener at once, whether or not the client reads to the end. */
  function end(how: 'close' | 'abort') {
    clearTimeout(timer)
    stopListening?.()
    writer[how]().catch(() => {/* It is closed already. */})
  }
}
