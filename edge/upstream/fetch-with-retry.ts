import type { Connections } from './connections.ts'
import { readShortBody } from './response-body.ts'
import type { HeaderPairs } from './header-pairs.ts'
import { UpstreamUnavailable } from './upstream-unavailable.ts'

/** The longest time to wait for a response, all attempts included. */
export const DEADLINE_MS = 10_000
const MAX_ATTEMPTS = 4
/** The pause before the second attempt; each later pause is longer by the same time. */
const RETRY_MS = 50

/** `isRepeatable`: whether sending the request twice has the effect of sending it once. */
export type UpstreamRequest = {
  method: string
  headers: HeaderPairs
  body?: Uint8Array<ArrayBuffer> | string
  isRepeatable: boolean
}

/** Methods that may be repeated without harm (RFC 9110 §9.2.2). */
export const IDEMPOTENT_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])

/**
 * Sends a request, and reads its response to the end if it is short. Retries a repeatable request when the connection fails or a load balancer
 * returns 502. Throws UpstreamUnavailable when no attempt gets a response before `signal` aborts.
 */
export async function fetchWithRetry(
  connections: Pick<Connections, 'fetch'>,
  url: URL,
  { isRepeatable, ...request }: UpstreamRequest,
  signal: AbortSignal,
): Promise<Response> {
  try {
    for (let attempt = 1;; attempt++) {
      const isLast = !isRepeatable || attempt >= MAX_ATTEMPTS
      try {
        const response = await connections.fetch(url, { ...request, redirect: 'manual', signal })
        // The origin never returns 502. A load balancer does when an origin dies during the request.
        if (response.status !== 502 || isLast) return await readShortBody(response)
        await response.body?.cancel()
      } catch (error) {
        // A kept-alive connection may have died with its origin; another one may work.
        if (isLast || signal.aborted) throw error
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS * attempt))
    }
  } catch (cause) {
    throw new UpstreamUnavailable('The upstream does not respond', { cause })
  }
}
