/** Responses that may be streamed at once. Those beyond it must end within the deadline of their head. */
const MAX_STREAMS = 200
/** The longest time that a response is streamed for. */
const MAX_STREAM_MS = 10 * 60_000

type Send = (signal: AbortSignal) => Promise<Response>

/**
 * Responses that take longer than a request may wait for them, such as server-sent events and exports: the deadline covers the response until
 * its head has arrived, and the rest of it is bounded in time and number.
 */
export function createStreams() {
  const open = new Set<AbortController>()
  return {
    /** Sends a request with a deadline for the head of its response. */
    async open(timeoutMs: number, send: Send): Promise<Response> {
      if (open.size >= MAX_STREAMS) return await send(AbortSignal.timeout(timeoutMs))
      const controller = new AbortController()
      const abort = () => controller.abort(new DOMException('The response takes too long', 'TimeoutError'))
      open.add(controller)
      let timer = setTimeout(abort, timeoutMs)
      const close = () => {
        clearTimeout(timer)
        open.delete(controller)
      }
      try {
        const response = await send(controller.signal)
        clearTimeout(timer)
        timer = setTimeout(abort, MAX_STREAM_MS)
        return onEnd(response, close)
      } catch (error) {
        close()
        throw error
      }
    },

    /** Aborts all streams. */
    end(): void {
      for (const controller of open) controller.abort(new DOMException('The edge ends its streams', 'AbortError'))
      open.clear()
    },

    size: () => open.size,
  }
}

/** The response, with a function to call when its body has ended, has failed or was cancelled. */
function onEnd(response: Response, ended: () => void): Response {
  if (!response.body) {
    ended()
    return response
  }
  const reader = response.body.getReader()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
        if (!done) return controller.enqueue(value)
        ended()
        controller.close()
      } catch (error) {
        ended()
        controller.error(error)
      }
    },
    cancel(reason) {
      ended()
      return reader.cancel(reason)
    },
  }, { highWaterMark: 0 })
  return new Response(body, { status: response.status, headers: response.headers })
}

export type Streams = ReturnType<typeof createStreams>
