import { setTimeout as sleep } from 'node:timers/promises'
import { closeConnectionAfter } from '../runtime/graceful-shutdown.ts'

/** A server as `Deno.serve` returns it. */
type Server = {
  /** Rejects when a connection cannot be accepted; the server then listens no more, but serves the connections that it has. */
  finished: Promise<void>
  shutdown(): Promise<void>
}
type Handler<Rest extends unknown[]> = (request: Request, ...rest: Rest) => Response | Promise<Response>

/** What happens when the descriptors are used up. */
export type Exhaustion = {
  /** Ends what clients keep open: streams, and bodies that have been incomplete for `ms`. Called several times. */
  release(ms: number): void
  /** Whether requests are in flight whose responses must not be lost. */
  isBusy(): boolean
  /** Called when a connection could not be accepted. */
  onExhausted(error: Error): void
  now(): number
}

/** How long requests in flight may take to finish when connections are exhausted. */
const FINISH_MS = 3_000
/** How long a response may take to be sent, and how often to look whether requests are in flight. */
const SETTLE_MS = 100
/** A body that has been incomplete for longer is not waited for. */
const SLOW_BODY_MS = 1_000
/** How often to try to listen again, while the port or a descriptor is not free. */
const RETRY_MS = 50

/**
 * Listens for connections and survives running out of file descriptors, which ends the accept loop of `Deno.serve`:
 *
 *   listening ──cannot accept──▶ finishing (until no request is in flight, at most `FINISH_MS`) ──▶ all connections closed ──▶ listening
 *
 * Deno has no deadline for request heads, for idle connections or for clients that do not read, so closing all connections is the one way
 * to get their descriptors back. While it finishes, new connections are refused, and each response carries `Connection: close`.
 */
export function createListener({ release, isBusy, onExhausted, now }: Exhaustion) {
  let isFinishing = false
  let isStopping = false
  let server: Server | null = null

  function open(listen: (signal: AbortSignal) => Server): void {
    const connections = new AbortController()
    server = listen(connections.signal)
    server.finished.catch((error: Error) => void replace(error, connections, listen))
  }

  async function replace(error: Error, connections: AbortController, listen: (signal: AbortSignal) => Server): Promise<void> {
    onExhausted(error)
    isFinishing = true
    await finishRequests()
    connections.abort()
    while (!isStopping && !canOpen(listen)) await sleep(RETRY_MS)
    isFinishing = false
  }

  async function finishRequests(): Promise<void> {
    const deadlineMs = now() + FINISH_MS
    do {
      release(SLOW_BODY_MS)
      await sleep(SETTLE_MS)
    } while (isBusy() && now() < deadlineMs)
    // A connection whose body is being read stays open until its request has been answered.
    release(0)
    await sleep(SETTLE_MS)
  }

  function canOpen(listen: (signal: AbortSignal) => Server): boolean {
    try {
      open(listen)
      return true
    } catch {
      return false
    }
  }

  return {
    /** Wraps the request handler. */
    wrap: <Rest extends unknown[]>(handler: Handler<Rest>): Handler<Rest> => (request, ...rest) =>
      isFinishing ? closeConnectionAfter(handler(request, ...rest)) : handler(request, ...rest),

    /** Starts to listen. `listen` starts a server whose connections its signal closes. Throws when that fails for the first time. */
    start: open,

    /** Stops accepting connections; resolves when no request is in flight. */
    async shutdown(): Promise<void> {
      isStopping = true
      await server?.shutdown()
    },
  }
}
