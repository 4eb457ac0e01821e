import { estimateWaitMs } from './contract/polling.ts'
import type { QueueTicket } from './contract/tokens.ts'
import type { Deps } from './deps.ts'
import { type Ctx, problem } from './http.tsx'
import type { Room } from './rooms.ts'

/** Streams are for those who will be called within this; the others poll. */
const NEAR_MS = 30_000
/** Whoever is not called within this goes back to polling: a stream is no place to wait. */
const STREAM_MS = 60_000
/** Snapshots that a slow reader may be behind before it is left to its polls. */
const UNREAD_AT_MOST = 16

/** Tells a visitor near the front of every tick, as server-sent events: the same bytes for all who listen. */
export function streamSnapshots(c: Ctx, deps: Pick<Deps, 'rooms'>, room: Room, ticket: QueueTicket): Response {
  if (estimateWaitMs(room.snapshot, room.positionOf(ticket.index)) > NEAR_MS) return problem(c, 'not_your_turn')
  const encoder = new TextEncoder()
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(undefined, { highWaterMark: UNREAD_AT_MOST })
  const writer = writable.getWriter()
  const silence = deps.rooms.listen(
    room.name,
    (body) => body === null ? end('close') : (writer.desiredSize ?? 0) > 0 ? send(body) : end('abort'),
  )
  if (!silence) return problem(c, 'busy', { retryAfterSeconds: 10 })
  const timer = setTimeout(() => end('close'), STREAM_MS)
  writer.closed.catch(() => {}).finally(() => end('close'))
  send(room.body)
  return c.body(readable, 200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'private, no-store, no-transform',
    'x-accel-buffering': 'no',
  })

  function send(body: string) {
    writer.write(encoder.encode(`data: ${body}\n\n`)).catch(() => {/* the reader has gone: `closed` tells */})
  }
  /** The place among the listeners is free at once, whether or not the reader reads to the end. */
  function end(how: 'close' | 'abort') {
    clearTimeout(timer)
    silence?.()
    writer[how]().catch(() => {/* it was closed already */})
  }
}
