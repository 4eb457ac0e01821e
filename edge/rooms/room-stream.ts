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

/** The headers of a stream. */
export const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'private, no-store, no-transform',
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
}

/**
 * Sends a visitor near the front a snapshot after each tick, as server-sent events. When a share of the streams is used up, the response is
 * 204, which tells an EventSource not to connect again (HTML standard, "server-sent events"): the visitor continues to poll.
 */
export function streamSnapshots(c: Ctx, deps: Pick<Deps, 'rooms'>, room: Room, ticket: QueueTicket): Response {
  if (estimateWaitMs(room.snapshot, room.positionOf(ticket.index)) > MAX_WAIT_MS) return problem(c, 'not_your_turn')
  const encoder = new TextEncoder()
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(undefined, { highWaterMark: MAX_UNREAD })
  const writer = writable.getWriter()
  const unread = () => MAX_UNREAD - (writer.desiredSize ?? 0)
  const stopListening = deps.rooms.listen(room.name, c.env.client.address, (body) => {
    if (body === null || unread() >= MAX_UNREAD) end()
    else send(body)
  })
  if (!stopListening) return c.body(null, 204, { 'cache-control': 'private, no-store' })
  const timer = setTimeout(end, MAX_STREAM_MS)
  writer.closed.catch(() => {}).finally(end)
  send(room.body)
  return c.body(readable, 200, STREAM_HEADERS)

  function send(body: string) {
    writer.write(encoder.encode(`data: ${body}\n\n`)).catch(() => {/* The client disconnected; `writer.closed` settles. */})
  }
  /** Frees the listener at once. A stream that its client has not read to the end is aborted, since it might never be. */
  function end() {
    clearTimeout(timer)
    stopListening?.()
    const ended = unread() === 0 ? writer.close() : writer.abort()
    ended.catch(() => {/* It is closed already. */})
  }
}
