/** A response up to this length is read to its end before the edge returns it, so that it can be requested again when it breaks off. */
const MAX_SHORT_BYTES = 64 * 1024

/** The response with its body read to the end if it states a short length; the same response otherwise. */
export async function readShortBody(response: Response): Promise<Response> {
  const length = response.headers.get('content-length')
  if (!response.body || length === null || Number(length) > MAX_SHORT_BYTES) return response
  const { status, headers } = response
  return new Response(await response.arrayBuffer(), { status, headers })
}

/**
 * A body that fails when its next bytes do not arrive within `silentMs`. Deno passes the body of a fetched response to the client without
 * JavaScript, and then neither an abort signal nor a time limit ends it: the client of a silent connection would wait forever. A client that
 * reads slowly is not cut off.
 */
export function readWhileItMoves(body: ReadableStream<Uint8Array>, silentMs: number): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const timer = setTimeout(() => {
        const error = new DOMException('The origin has stopped in the middle of a response', 'TimeoutError')
        controller.error(error)
        void reader.cancel(error).catch(() => {})
      }, silentMs)
      const { done, value } = await reader.read().finally(() => clearTimeout(timer))
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 })
}
