import { limitBody } from './response-body.ts'

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
      if (open.size >= MAX_STREAMS) {
        const signal = AbortSignal.timeout(timeoutMs)
        return limitBody(await send(signal), { signal, ended() {} })
      }
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
        return limitBody(response, { signal: controller.signal, ended: close })
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

export type Streams = ReturnType<typeof createStreams>
