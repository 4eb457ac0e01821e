type Handler<Rest extends unknown[]> = (request: Request, ...rest: Rest) => Response | Promise<Response>

/**
 * Wraps a request handler so that its response to HEAD does not declare a length of 0. Deno declares the length of the body that it gets, and
 * that of a response to GET depends on its compression, so the length is left out (RFC 9110 §8.6).
 */
export const answerHead = <Rest extends unknown[]>(handler: Handler<Rest>): Handler<Rest> => (request, ...rest) =>
  request.method === 'HEAD' ? withoutLength(handler(request, ...rest)) : handler(request, ...rest)

async function withoutLength(handled: Response | Promise<Response>): Promise<Response> {
  const response = await handled
  // A response that has no body for GET either needs no length.
  if (response.headers.has('content-length') || BODILESS.has(response.status)) return response
  await response.body?.cancel()
  return new Response(emptyStream(), response)
}

const BODILESS = new Set([204, 205, 304])

const emptyStream = () => new ReadableStream<Uint8Array>({ start: (controller) => controller.close() })
