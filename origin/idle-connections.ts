import { isImageUpload } from '../edge/contract/uploads.ts'

/**
 * A connection is closed when the head or the body of a request has not arrived within this time, however slowly it arrives, or when its
 * response has not begun. An edge waits less: `DEADLINE_MS` in `edge/upstream/fetch-with-retry.ts`. Bun rounds it up to multiples of four.
 */
export const HEAD_SECONDS = 12
/**
 * After a response a connection stays open for this long. It must outlive the idle connections of the load balancer: if the origin closed
 * one first, a request already on its way would be lost.
 */
const IDLE_SECONDS = 240

/** An upload of an image gets its response after the image has been encoded, which may have to wait for others. */
const UPLOAD_SECONDS = 60

type Handler = (request: Request) => Response | Promise<Response>

/** Wraps a handler of `Bun.serve`: connections that have had a response may be idle for longer than those that have not. */
export const keepOpenAfter =
  (handle: Handler) =>
  async (request: Request, server: { timeout(request: Request, seconds: number): void }): Promise<Response> => {
    if (isImageUpload(request.method, new URL(request.url).pathname)) server.timeout(request, UPLOAD_SECONDS)
    const response = await handle(request)
    server.timeout(request, IDLE_SECONDS)
    return response
  }
