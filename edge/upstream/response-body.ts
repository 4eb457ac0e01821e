/** A response up to this length is read to its end before the edge returns it, so that it can be requested again when it breaks off. */
const MAX_SHORT_BYTES = 64 * 1024

/** Whether a response states a length that `readShortBody` reads. */
export function isShort({ headers }: Pick<Response, 'headers'>): boolean {
  const length = headers.get('content-length')
  return length !== null && Number(length) <= MAX_SHORT_BYTES
}

/** The response with its body read to the end if it states a short length; the same response otherwise. */
export async function readShortBody(response: Response): Promise<Response> {
  if (!response.body || !isShort(response)) return response
  const { status, headers } = response
  return new Response(await response.arrayBuffer(), { status, headers })
}

/** The longest pause of the origin in the middle of a response. */
const SILENT_MS = 10_000
/** The longest time in which a client takes nothing of a response. */
const UNREAD_MS = 60_000

type Limits = {
  /** Ends the body early. */
  signal: AbortSignal
  /** Called once, when the body has ended, has failed or was cancelled. */
  ended(): void
}

/**
 * The response with a body that fails when the origin or the client pauses for too long. Deno passes the body of a fetched response to the
 * client without JavaScript, and then neither an abort signal nor a time limit ends it: the client of a silent connection would wait forever,
 * and a client that never reads would keep a connection to the origin. A client that reads slowly is not cut off.
 */
export function limitBody({ body, status, headers }: Response, { signal, ended }: Limits): Response {
  if (!body) {
    ended()
    return new Response(null, { status, headers })
  }
  return new Response(readWhileItMoves(body.getReader(), signal, ended), { status, headers })
}

function readWhileItMoves(reader: ReadableStreamDefaultReader<Uint8Array>, signal: AbortSignal, ended: () => void) {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isEnded = false
  let fail = (_: unknown) => {}
  const onAbort = () => fail(signal.reason)
  const end = () => {
    isEnded = true
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
    ended()
  }
  const failAfter = (ms: number, message: string) => {
    clearTimeout(timer)
    timer = setTimeout(() => fail(new DOMException(message, 'TimeoutError')), ms)
  }
  return new ReadableStream<Uint8Array>({
    start(controller) {
      fail = (error) => {
        if (isEnded) return
        end()
        controller.error(error)
        void reader.cancel(error).catch(() => {})
      }
      signal.addEventListener('abort', onAbort)
      failAfter(UNREAD_MS, UNREAD)
    },
    async pull(controller) {
      failAfter(SILENT_MS, 'The origin has stopped in the middle of a response')
      const chunk = await reader.read().catch(fail)
      if (isEnded || !chunk) return
      if (chunk.done) {
        end()
        return controller.close()
      }
      controller.enqueue(chunk.value)
      failAfter(UNREAD_MS, UNREAD)
    },
    cancel(reason) {
      if (!isEnded) end()
      return reader.cancel(reason)
    },
  }, { highWaterMark: 0 })
}

const UNREAD = 'The client takes nothing of the response'
