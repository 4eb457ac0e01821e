import type { Body } from './upstream/sender.ts'
import { withTimeout } from '../runtime/timeout.ts'

/** Larger requests are rejected unread. */
export const BODY_LIMIT_BYTES = 64 * 1024
/** A body must arrive within this time. */
const MAX_BODY_MS = 10_000

/** Bodies that a shop reads as UTF-8. Other sites may use another encoding, so they get the bytes. */
const TEXT = /^application\/(json|x-www-form-urlencoded)\b/i

export type BodyResult = { kind: 'body'; body: Body } | { kind: 'rejected'; code: 'body_too_large' | 'malformed_request' }

const REJECTED_AS_LATE: BodyResult = { kind: 'rejected', code: 'malformed_request' }
const REJECTED_AS_LARGE: BodyResult = { kind: 'rejected', code: 'body_too_large' }

/** Whether a GET or HEAD request announces a body. It has no meaning (RFC 9110 §9.3.1), and HTTP clients refuse to send it on. */
export const hasUnexpectedBody = ({ method, headers }: Pick<Request, 'method' | 'headers'>): boolean =>
  (method === 'GET' || method === 'HEAD') &&
  (headers.has('transfer-encoding') || Number(headers.get('content-length') ?? 0) !== 0)

/** The client disconnected, or broke its body's framing, before the body was complete. Nobody receives a response. */
export class RequestAborted extends Error {}

const abort = (cause: unknown): never => {
  throw new RequestAborted('The client did not send its whole body', { cause })
}

/**
 * Reads the whole body of a request before it is forwarded, so that a slow client occupies nothing behind the edge. Throws RequestAborted.
 */
export async function readBody(request: Request, isShop: boolean): Promise<BodyResult> {
  const { headers } = request
  const bytes = Number(headers.get('content-length') ?? NaN)
  if (bytes > BODY_LIMIT_BYTES) return REJECTED_AS_LARGE
  if (isShop && bytes > 0 && TEXT.test(headers.get('content-type') ?? '')) return await readText(request)
  if (request.method === 'GET' || request.method === 'HEAD') return { kind: 'body', body: null }
  // Read only here: Deno turns the body into a stream on access, which makes `text()` slow.
  const { body } = request
  return body ? await readStream(body) : { kind: 'body', body: null }
}

/** Reads a text of known length. The runtime counts its bytes, and reads it much faster than a stream. */
async function readText(request: Request): Promise<BodyResult> {
  const text = request.text().catch(abort)
  // A client that disconnects after the time-out gets no response.
  text.catch(() => {})
  return await withTimeout(text.then((body): BodyResult => ({ kind: 'body', body })), MAX_BODY_MS, () => REJECTED_AS_LATE)
}

async function readStream(source: ReadableStream<Uint8Array>): Promise<BodyResult> {
  const reader = source.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  let isPastDeadline = false
  const timer = setTimeout(() => {
    isPastDeadline = true
    void reader.cancel()
  }, MAX_BODY_MS)
  try {
    const readNext = () => reader.read().catch(abort)
    for (let read = await readNext(); !read.done; read = await readNext()) {
      size += read.value.byteLength
      if (size > BODY_LIMIT_BYTES) {
        await reader.cancel()
        return REJECTED_AS_LARGE
      }
      chunks.push(read.value)
    }
  } finally {
    clearTimeout(timer)
  }
  // A truncated body could be valid by itself.
  return isPastDeadline ? REJECTED_AS_LATE : { kind: 'body', body: concatenate(chunks, size) }
}

function concatenate(chunks: Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    whole.set(chunk, offset)
    offset += chunk.byteLength
  }
  return whole
}
