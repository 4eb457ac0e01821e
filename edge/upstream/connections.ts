import type { HttpClient, OpenHttpClient } from './http-client.ts'

type Options = {
  open: OpenHttpClient
  /** Called with the status of each response of the upstream, or of a balancer in front of it. */
  onResponse(status: number): void
  /** Called after the connections have been replaced. */
  onReplaced(): void
}

/** The connections to the upstream, which can be replaced as a whole. */
export function createConnections({ open, onResponse, onReplaced }: Options) {
  let client = open()
  return {
    /** Identifies the connections that the next request uses. */
    current: (): HttpClient => client,

    async fetch(url: URL, init: RequestInit): Promise<Response> {
      const response = await client.fetch(url, init)
      onResponse(response.status)
      return response
    },

    /**
     * Replaces the connections unless others have replaced these already. Requests in flight on them continue; no further request uses
     * them.
     */
    replace(silent: HttpClient): void {
      if (silent !== client) return
      client = open()
      silent.close()
      onReplaced()
    },

    close: () => client.close(),
  }
}

export type Connections = ReturnType<typeof createConnections>
