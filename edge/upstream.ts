import { MAX_BATCHED_BODY_BYTES } from './contract/request-batch.ts'
import type { HeaderPairs } from './header-pairs.ts'
import { createRequestBatcher } from './request-batcher.ts'
import { DEADLINE_MS, fetchWithRetry, isRepeatable, type UpstreamRequest } from './upstream-fetch.ts'
import { forwardedHeaders, type RequestFacts } from './upstream-headers.ts'
import { createUpstreamLimit } from './upstream-limit.ts'
import { UpstreamUnavailable } from './upstream-unavailable.ts'

export type ForwardOptions = RequestFacts & {
  /**
   * Whether the response counts towards the origin's health, which admission follows. Only requests of admitted visitors count: otherwise
   * one slow public page could hold back every room, and hashing a password is always slow.
   */
  isMeasured: boolean
  /** Whether the upstream is a NETicket shop, which accepts request batches. */
  isBatchable: boolean
}

/** The body of a request, read completely; a string where the body is known to be text. */
export type Body = Uint8Array<ArrayBuffer> | string | null
export type UpstreamResponse = { status: number; headers: HeaderPairs; body: ReadableStream<Uint8Array> | string | null }

type Options = {
  originUrl: string
  /** The greatest number of requests in flight. */
  inFlight: number
  /** A response that takes longer than this counts as slow. */
  slowMs: number
  now(): number
  /** Called once per forwarded request with the time until its response began or failed. */
  onForwarded(ms: number): void
}

/**
 * The client of what the edge stands in front of: limits concurrency, sets a deadline for each request, retries and batches requests, and
 * counts slow responses. Its methods throw UpstreamUnavailable unless stated otherwise.
 */
export function createUpstream({ originUrl, inFlight, slowMs, now, onForwarded }: Options) {
  const limit = createUpstreamLimit(inFlight)
  const counts = { answered: 0, slow: 0 }
  const send = createSender(originUrl)

  /** Runs a request within the limit and, if it is measured, counts its outcome. */
  async function run<Reply extends { status: number }>(isMeasured: boolean, work: () => Promise<Reply>): Promise<Reply> {
    const startedAtMs = now()
    const count = (isFailed: boolean) => {
      if (!isMeasured) return
      counts.answered++
      if (isFailed || now() - startedAtMs > slowMs) counts.slow++
    }
    try {
      const reply = await limit.run(work)
      count(reply.status >= 500)
      return reply
    } catch (error) {
      count(true)
      throw error
    }
  }

  const get = (path: string, headers: HeaderPairs = []): Promise<Response> =>
    run(false, () => fetchWithRetry(new URL(path, originUrl), { method: 'GET', headers }))

  return {
    /** Forwards a client's request whose body has been read. */
    async forward(request: Request, body: Body, options: ForwardOptions): Promise<UpstreamResponse> {
      const startedAtMs = now()
      const { method, url } = request
      const headers = forwardedHeaders(request.headers, options)
      try {
        return await run(options.isMeasured, () => send({ path: pathOf(url), method, headers, body }, options.isBatchable))
      } finally {
        onForwarded(now() - startedAtMs)
      }
    },

    /** Sends a GET request of the edge's own. */
    get,

    /** The number of measured requests since the start, and how many of them were slow or failed. */
    responseCounts: () => ({ answered: counts.answered, slow: counts.slow }),

    /** The number of requests that are in flight or wait for a slot. */
    inFlight: limit.size,

    /** Whether the upstream reports that it is ready. Never throws. */
    async isReady(): Promise<boolean> {
      const response = await get('/readyz').catch(() => null)
      await response?.body?.cancel()
      return response?.ok ?? false
    },
  }
}

export type Upstream = ReturnType<typeof createUpstream>

type Outgoing = { path: string; method: string; headers: HeaderPairs; body: Body }

/** Sends requests one by one or, where the upstream accepts it and the body is short text, in batches. */
function createSender(originUrl: string) {
  const sendBatched = createRequestBatcher((path, body) =>
    fetch(new URL(path, originUrl), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(DEADLINE_MS),
    })
  )

  async function sendAlone({ path, ...outgoing }: Outgoing): Promise<UpstreamResponse> {
    const { status, headers, body } = await fetchWithRetry(new URL(path, originUrl), requestOf(outgoing))
    return { status, headers: [...headers], body }
  }

  async function sendInBatch(outgoing: Outgoing, body: string | null): Promise<UpstreamResponse> {
    try {
      const { path, method, headers } = outgoing
      const response = await sendBatched({ method, path, headers: headers.flat(), body })
      return {
        status: response.status,
        headers: pairsOf(response.headers),
        body: BODILESS.has(response.status) ? null : response.body,
      }
    } catch (cause) {
      // Another request of the batch may be the reason.
      if (isRepeatable(requestOf(outgoing))) return await sendAlone(outgoing)
      throw new UpstreamUnavailable('The origin does not answer', { cause })
    }
  }

  return (outgoing: Outgoing, isBatchable: boolean): Promise<UpstreamResponse> => {
    const { body } = outgoing
    const isShortText = body === null || (typeof body === 'string' && body.length <= MAX_BATCHED_BODY_BYTES)
    return isBatchable && isShortText ? sendInBatch(outgoing, body) : sendAlone(outgoing)
  }
}

const requestOf = ({ method, headers, body }: Omit<Outgoing, 'path'>): UpstreamRequest =>
  body === null ? { method, headers } : { method, headers, body }

/** Responses with these statuses have no body (Fetch standard, "null body status"). */
const BODILESS = new Set([204, 205, 304])

/** The path and query of a URL, exactly as the client sent them. */
const pathOf = (url: string) => url.slice(url.indexOf('/', url.indexOf('://') + 3))

/** Pairs from a flat list: name, value, name, value … */
const pairsOf = (flat: string[]): HeaderPairs =>
  Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!])
