import { withTimeout } from './timeout.ts'

/** Time limit for requests in flight to finish, and again for the program's parts to close, in milliseconds. */
export const FINISH_MS = 10_000

type Handler<Rest extends unknown[]> = (request: Request, ...rest: Rest) => Response | Promise<Response>

type Program = {
  /** Stops accepting connections; resolves when no request is in flight. */
  finish(): Promise<unknown>
  /** Closes the program's parts, after the last response. */
  close(): unknown
  exit(code: number): void
}

/**
 * Stops a program without failing a request:
 *
 *   running ──signal──▶ draining (`drainMs`) ──▶ finish ──▶ close ──▶ exit 0
 *
 * While draining, `/readyz` responds 503 so that the load balancer sends no new requests, and all other requests are served as usual;
 * `drainMs` must exceed the load balancer's health check interval. Each response carries `Connection: close`. A second signal exits at once.
 */
export function createGracefulShutdown(drainMs: number, log: (event: string, facts: Record<string, unknown>) => void) {
  let isDraining = false
  return {
    /** Wraps the program's request handler. */
    wrap: <Rest extends unknown[]>(handler: Handler<Rest>): Handler<Rest> => (request, ...rest) =>
      isDraining ? handleWhileDraining(handler, request, rest) : handler(request, ...rest),

    /** The signal handler. */
    onSignal: ({ finish, close, exit }: Program) => async (): Promise<void> => {
      if (isDraining) return exit(1)
      isDraining = true
      log('draining', { ms: drainMs })
      await new Promise((resolve) => setTimeout(resolve, drainMs))
      const isFinished = await settlesWithin(FINISH_MS, finish())
      const isClosed = await settlesWithin(FINISH_MS, close())
      log('stopped', { isFinished, isClosed })
      exit(0)
    },
  }
}

const CLOSE = { connection: 'close' }

async function handleWhileDraining<Rest extends unknown[]>(
  handler: Handler<Rest>,
  request: Request,
  rest: Rest,
): Promise<Response> {
  if (new URL(request.url).pathname === '/readyz') {
    return Response.json({ ready: false, draining: true }, { status: 503, headers: { 'cache-control': 'no-store', ...CLOSE } })
  }
  return await closeConnectionAfter(handler(request, ...rest))
}

/** Adds `Connection: close` to a response. */
export async function closeConnectionAfter(handled: Response | Promise<Response>): Promise<Response> {
  const { body, status, statusText, headers } = await handled
  return new Response(body, { status, statusText, headers: [...headers, ...Object.entries(CLOSE)] })
}

/** Whether a promise resolves within `ms`; rejects when the promise rejects. */
const settlesWithin = (ms: number, work: unknown): Promise<boolean> =>
  withTimeout(Promise.resolve(work).then(() => true), ms, () => false)
