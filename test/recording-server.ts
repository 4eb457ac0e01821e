/** A request that the server received. `status` is that of the response, 0 before it exists. */
export type ReceivedRequest = {
  method: string
  /** Path and query. */
  path: string
  pathname: string
  headers: Record<string, string>
  body: Buffer<ArrayBuffer>
  status: number
}

/** An HTTP server on loopback that records each request and responds with `respond`. */
export function startRecordingServer(respond: (request: ReceivedRequest) => Response | Promise<Response>) {
  const requests: ReceivedRequest[] = []
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const { pathname, search } = new URL(request.url)
      const received: ReceivedRequest = {
        method: request.method,
        path: pathname + search,
        pathname,
        headers: Object.fromEntries(request.headers),
        body: Buffer.from(await request.arrayBuffer()),
        status: 0,
      }
      requests.push(received)
      const response = await respond(received)
      received.status = response.status
      return response
    },
  })
  return {
    url: server.url.origin,
    requests,
    /** The requests for a path, with or without its query. */
    requestsFor: (path: string) => requests.filter((request) => request.path === path || request.pathname === path),
    close: () => server.stop(true),
  }
}

export type RecordingServer = ReturnType<typeof startRecordingServer>
