/** The edge cannot get a response for a request: the upstream is unreachable, too slow or overloaded. The client gets 503 and retries. */
export class UpstreamUnavailable extends Error {
  override name = 'UpstreamUnavailable'
}

/** The client's address already has its share of the upstream. The client gets 429. */
export class ShareUsedUp extends Error {
  override name = 'ShareUsedUp'
  constructor(message: string, readonly retryAfterSeconds = 1) {
    super(message)
  }
}
