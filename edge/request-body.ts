import { shareOwnerOf } from './contract/share-owner.ts'
import type { Body } from './upstream/sender.ts'
import { createShares } from '../runtime/shares.ts'

/** Larger requests are rejected unread. */
export const BODY_LIMIT_BYTES = 64 * 1024
/** A body must arrive within this time. */
const MAX_BODY_MS = 10_000
/**
 * How many bodies may be incomplete at once: 64 MB of them, and a tenth of it from one address. A body is usually complete within
 * milliseconds, so that a crowd behind one address stays far below its share. When all are taken, the next body replaces the longest one of
 * the address that has the most: bodies that do not arrive, from however many addresses, do not keep others from being read.
 */
export const BODY_SHARES = { total: 1_000, per: { address: 100 } }
/** Uploads by operators are larger and take longer; few arrive at once. */
const MAX_UPLOAD_MS = 60_000
export const UPLOAD_SHARES = { total: 8, per: { address: 3 } }
/** Texts up to this size are read by the runtime, which is much faster than a stream but cannot be cancelled. */
const MAX_TEXT_BYTES = 4_096

/** Bodies that a shop reads as UTF-8. Other sites may use another encoding, so they get the bytes. */
const TEXT = /^application\/(json|x-www-form-urlencoded)\b/i

export type BodyResult =
  | { kind: 'body'; body: Body }
  | { kind: 'rejected'; code: 'body_too_large' | 'body_too_slow' | 'rate_limited' | 'busy' }

type Rejected = Extract<BodyResult, { kind: 'rejected' }>

const reject = (code: Rejected['code']): Rejected => ({ kind: 'rejected', code })

/** Whether a GET or HEAD request announces a body. It has no meaning (RFC 9110 §9.3.1), and HTTP clients refuse to send it on. */
export const hasUnexpectedBody = ({ method, headers }: Pick<Request, 'method' | 'headers'>): boolean =>
  (method === 'GET' || method === 'HEAD') &&
  (headers.has('transfer-encoding') || Number(headers.get('content-length') ?? 0) !== 0)

/** The client disconnected, or broke its body's framing, before the body was complete. The response is usually lost. */
export class RequestAborted extends Error {}

const abort = (cause: unknown): never => {
  throw new RequestAborted('The client did not send its whole body', { cause })
}

/** A body that is being read. `cancel` ends the reading with a result. */
type Reading = { startedAtMs: number; cancel(result: Rejected): void }

/** Reads bodies of requests before they are forwarded, so that a slow client occupies nothing behind the edge. */
export function createBodyReader(now: () => number) {
  const shares = { body: createShares(BODY_SHARES), upload: createShares(UPLOAD_SHARES) }
  const readings = new Set<Reading>()

  /** Runs `read`, within the share of an address, with a promise of the result that ends it early. */
  async function readInTime(
    kind: 'body' | 'upload',
    address: string,
    read: (cancelled: Promise<Rejected>) => Promise<BodyResult>,
  ): Promise<BodyResult> {
    const { promise, resolve } = Promise.withResolvers<Rejected>()
    const endSlow = () => resolve(reject('body_too_slow'))
    const release = shares[kind].take({ address: shareOwnerOf(address) }, endSlow)
    if (!release) return reject('rate_limited')
    const reading: Reading = { startedAtMs: now(), cancel: resolve }
    const timer = setTimeout(endSlow, kind === 'upload' ? MAX_UPLOAD_MS : MAX_BODY_MS)
    readings.add(reading)
    try {
      return await read(promise)
    } finally {
      clearTimeout(timer)
      readings.delete(reading)
      release()
    }
  }

  return {
    /**
     * Reads a request's whole body, within the share of its address. `uploadBytes`: the limit for an upload by an operator; other bodies
     * have that of everyone. Throws RequestAborted.
     */
    async read(request: Request, isShop: boolean, address: string, uploadBytes: number | null = null): Promise<BodyResult> {
      const { method, headers } = request
      const bytes = Number(headers.get('content-length') ?? NaN)
      const maxBytes = uploadBytes ?? BODY_LIMIT_BYTES
      if (bytes > maxBytes) return reject('body_too_large')
      if (method === 'GET' || method === 'HEAD') return { kind: 'body', body: null }
      const isShortText = isShop && bytes > 0 && bytes <= MAX_TEXT_BYTES && TEXT.test(headers.get('content-type') ?? '')
      // Read only here: Deno turns the body into a stream on access, which makes `text()` slow.
      const body = isShortText ? null : request.body
      if (!isShortText && !body) return { kind: 'body', body: null }
      const kind = uploadBytes === null ? 'body' : 'upload'
      return await readInTime(
        kind,
        address,
        (cancelled) => body ? readStream(body, maxBytes, cancelled) : readText(request, cancelled),
      )
    },

    /** Stops reading bodies that have been incomplete for so long. Their requests get `busy`. */
    cancelOlderThan(ms: number): void {
      for (const { startedAtMs, cancel } of readings) if (now() - startedAtMs >= ms) cancel(reject('busy'))
    },

    /** The number of incomplete bodies. */
    size: () => readings.size,
  }
}

export type BodyReader = ReturnType<typeof createBodyReader>

/** Reads a short text of known length. The runtime counts its bytes. */
function readText(request: Request, cancelled: Promise<Rejected>): Promise<BodyResult> {
  const text = request.text().catch(abort)
  // A client that disconnects after the reading was cancelled gets no response.
  text.catch(() => {})
  return Promise.race([text.then((body): BodyResult => ({ kind: 'body', body })), cancelled])
}

async function readStream(
  source: ReadableStream<Uint8Array>,
  maxBytes: number,
  cancelled: Promise<Rejected>,
): Promise<BodyResult> {
  const reader = source.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  let rejected: Rejected | null = null
  void cancelled.then((result) => {
    rejected = result
    reader.cancel().catch(() => {/* It has failed already. */})
  })
  const readNext = () => reader.read().catch(abort)
  for (let read = await readNext(); !read.done; read = await readNext()) {
    size += read.value.byteLength
    if (size > maxBytes) {
      await reader.cancel()
      return reject('body_too_large')
    }
    chunks.push(read.value)
  }
  // A truncated body could be valid by itself.
  return rejected ?? { kind: 'body', body: concatenate(chunks, size) }
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
