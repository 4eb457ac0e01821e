/** The edge cannot get a response for a request: the upstream is unreachable, too slow or overloaded. The client gets 503 and retries. */
export class UpstreamUnavailable extends Error {
  override name = 'UpstreamUnavailable'
}
