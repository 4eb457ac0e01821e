/** An HTTP client with connections of its own. Requests in flight outlive `close`; idle connections do not. */
export type HttpClient = {
  fetch(url: URL, init: RequestInit): Promise<Response>
  close(): void
}

export type OpenHttpClient = () => HttpClient

/** The part of `Deno.createHttpClient` that the edge uses. Times are in milliseconds. */
type CreateHttpClient<Client> = (options: {
  http1: boolean
  http2: boolean
  poolMaxIdlePerHost: number
  poolIdleTimeout: number
  caCerts: string[]
}) => Client

type Options = {
  /** The number of idle connections to keep. */
  maxIdle: number
  /** Certificate authorities in PEM to trust besides the public ones. */
  caCerts: string[]
}

/** How long an idle connection is kept. A balancer in front of the origin must keep it longer (`idle_timeout` in terraform/origin.tf). */
const IDLE_MS = 90_000

/**
 * Opens clients of Deno that speak HTTP/1.1 only. With HTTP/2, Deno would send all requests over one connection: a balancer accepts 128 of
 * them at once, and when the connection goes silent an aborted request ends its stream but not the connection (decision 0023).
 */
export const createDenoClients =
  <Client extends { close(): void }>(createHttpClient: CreateHttpClient<Client>, { maxIdle, caCerts }: Options): OpenHttpClient =>
  () => {
    const client = createHttpClient({
      http1: true,
      http2: false,
      poolMaxIdlePerHost: maxIdle,
      poolIdleTimeout: IDLE_MS,
      caCerts,
    })
    return {
      fetch: (url, init) => fetch(url, Object.assign({ client }, init)),
      close: () => client.close(),
    }
  }

/** The runtime's own connections, for runtimes without separate clients. */
export const openDefaultClient: OpenHttpClient = () => ({ fetch: (url, init) => fetch(url, init), close() {} })
