import type { ClientRequest } from '../client-request.ts'
import { IDEMPOTENCY_HEADER } from '../contract/headers.ts'
import { shareOwnerOf } from '../contract/share-owner.ts'
import type { HeaderPairs } from './header-pairs.ts'
import { createConnections } from './connections.ts'
import { DEADLINE_MS, fetchWithRetry, IDEMPOTENT_METHODS } from './fetch-with-retry.ts'
import { forwardedHeaders, type ForwardFacts } from './forwarded-headers.ts'
import { openDefaultClient, type OpenHttpClient } from './http-client.ts'
import { createUpstreamLimit } from './concurrency-limit.ts'
import { createShares } from '../../runtime/shares.ts'
import { ShareUsedUp } from './upstream-unavailable.ts'
import { type Body, createUpstreamSender, type Open, type UpstreamResponse } from './sender.ts'
import { createLongBodies } from './long-bodies.ts'
import { createStreams } from './streams.ts'
import { createSilenceWatch, REPEAT_AFTER_MS } from './silence-watch.ts'

export type ForwardOptions = ForwardFacts & {
  /** Whether the client has been admitted. All others share a part of the slots, and an address has a share of that part. */
  isVisit: boolean
  /**
   * Whether the response counts towards the origin's health, which limits admission. Only requests of admitted visitors count: otherwise
   * one slow public page could slow down every room, and hashing a password is always slow.
   */
  isMeasured: boolean
  /** Whether the upstream is a NETicket shop, which accepts request batches. */
  isBatchable: boolean
  /** Whether the upstream handles requests with the same Idempotency-Key once, so that the edge may repeat them. */
  honoursKey: boolean
  /** The id of the operator who sent the request: it then uses slots that buyers cannot take, and its response may be a stream. */
  operator: number | null
  /** Whether it is an image for the shop, which takes seconds to process. */
  isUpload: boolean
}

type Options = {
  originUrl: string
  /** The credential for request batches (`contract/internal-access.ts`). */
  internalToken: string
  /** The greatest number of requests in flight. */
  inFlight: number
  /** A response that takes longer than this counts as slow. */
  slowMs: number
  now(): number
  /** Called once per forwarded request with the time until its response began or failed. */
  onForwarded(ms: number): void
  /** Opens the connections; by default those of the runtime, which cannot be replaced. */
  openClient?: OpenHttpClient
  /** Called with the status of each response of the upstream, or of a balancer in front of it. */
  onResponse?: (status: number) => void
  /** Called after silent connections have been replaced. */
  onReplaced?: () => void
}

/**
 * The HTTP client for the upstream: `forward.ts` → here (concurrency, counts of slow responses) → `sender.ts` (alone or in a
 * batch; `silence-watch.ts`) → `fetch-with-retry.ts` (deadline, retries) → `connections.ts`. Its methods throw UpstreamUnavailable unless
 * stated otherwise.
 */
export function createUpstream(options: Options) {
  const { originUrl, internalToken, inFlight, slowMs, now, onForwarded } = options
  const connections = createConnections({
    open: options.openClient ?? openDefaultClient,
    onResponse: options.onResponse ?? (() => {}),
    onReplaced: options.onReplaced ?? (() => {}),
  })
  const watch = createSilenceWatch(connections, inFlight)
  const limit = createUpstreamLimit(inFlight)
  const operatorLimit = createUpstreamLimit(operatorSlotsOf(inFlight))
  const operatorShares = createShares({ total: MAX_OPEN, per: { operator: operatorSlotsOf(inFlight) / 2 } })
  const streams = createStreams()
  const longBodies = createLongBodies(inFlight, openShareOf(inFlight))
  const openLimit = createUpstreamLimit(openSlotsOf(inFlight))
  const openShares = createShares({ total: MAX_OPEN, per: { address: openShareOf(inFlight) } })
  const counts = { answered: 0, slow: 0 }
  const send = createUpstreamSender({ originUrl, internalToken, connections, watch })

  /** Counts a request of a client that is not admitted, until the returned function is called. Throws ShareUsedUp. */
  function takeOpenShare(address: string): () => void {
    const release = openShares.take({ address: shareOwnerOf(address) })
    if (!release) throw new ShareUsedUp('Too many requests of this address are in flight')
    return release
  }

  /** Runs a request of an operator, who may use half of the slots for operators. Throws ShareUsedUp beyond that. */
  async function runOperator<Reply extends { status: number }>(id: number, work: () => Promise<Reply>): Promise<Reply> {
    const release = operatorShares.take({ operator: String(id) })
    if (!release) throw new ShareUsedUp('Too many requests of this operator are in flight')
    return await run(false, work, operatorLimit).finally(release)
  }

  /** Runs a request of a client that is not admitted, within the share of these. Throws ShareUsedUp beyond the share of its address. */
  async function runOpen<Reply>(address: string, work: () => Promise<Reply>): Promise<Reply> {
    const release = takeOpenShare(address)
    return await openLimit.run(work).finally(release)
  }

  /** Runs a request within the limit and, if it is measured, counts its outcome. Waiting for a slot is not the origin's time. */
  async function run<Reply extends { status: number }>(
    isMeasured: boolean,
    work: () => Promise<Reply>,
    slots = limit,
  ): Promise<Reply> {
    let startedAtMs = now()
    const count = (isFailed: boolean) => {
      if (!isMeasured) return
      counts.answered++
      if (isFailed || now() - startedAtMs > slowMs) counts.slow++
    }
    try {
      const reply = await slots.run(() => {
        startedAtMs = now()
        return work()
      })
      count(reply.status >= 500)
      return reply
    } catch (error) {
      count(true)
      throw error
    }
  }

  const getNow = (path: string, headers: HeaderPairs = [], open: Open = openForEdge): Promise<Response> => {
    const request = { method: 'GET', headers, isRepeatable: true }
    const send = (timeoutMs: number) =>
      open(timeoutMs, (signal) => fetchWithRetry(connections, new URL(path, originUrl), request, signal))
    return watch.sendRepeatable(() => send(DEADLINE_MS), () => send(DEADLINE_MS - REPEAT_AFTER_MS))
  }

  return {
    /** Forwards a client's request whose body has been read. */
    async forward(client: ClientRequest, body: Body, options: ForwardOptions): Promise<UpstreamResponse> {
      const startedAtMs = now()
      const { method, path, search } = client
      const headers = forwardedHeaders(client, options)
      const hasKey = options.honoursKey && headers.some(([name]) => name === IDEMPOTENCY_HEADER)
      const outgoing = { path: path + search, method, headers, body, isRepeatable: hasKey || IDEMPOTENT_METHODS.has(method) }
      try {
        if (options.operator !== null) {
          return await runOperator(
            options.operator,
            () => send(outgoing, { isBatchable: false, isUpload: options.isUpload, isWatched: false, open: streams.open }),
          )
        }
        const open: Open = (timeoutMs, send) => longBodies.open(client.address, timeoutMs, send)
        const forward = () =>
          run(
            options.isMeasured,
            () => send(outgoing, { isBatchable: options.isBatchable, isUpload: options.isUpload, isWatched: true, open }),
          )
        return await (options.isVisit ? forward() : runOpen(client.address, forward))
      } finally {
        onForwarded(now() - startedAtMs)
      }
    },

    takeOpenShare,

    /**
     * Sends a GET request with exactly these headers, for a response that clients share. The client at `address`, which causes it, takes a
     * share before (`takeOpenShare`), so that clients which wait for the same response need none.
     */
    async fetchShared(path: string, headers: HeaderPairs, address: string): Promise<Response> {
      const startedAtMs = now()
      const open: Open = (timeoutMs, send) => longBodies.open(address, timeoutMs, send)
      try {
        return await openLimit.run(() => run(false, () => getNow(path, headers, open)))
      } finally {
        onForwarded(now() - startedAtMs)
      }
    },

    /** Sends a GET request for the edge itself, which reads the response at once. */
    get: (path: string, headers: HeaderPairs = []): Promise<Response> => run(false, () => getNow(path, headers)),

    /** Sends a POST request without a body for the edge itself, once. */
    post: (path: string, headers: HeaderPairs): Promise<Response> =>
      run(
        false,
        () =>
          fetchWithRetry(
            connections,
            new URL(path, originUrl),
            { method: 'POST', headers, isRepeatable: false },
            AbortSignal.timeout(DEADLINE_MS),
          ),
      ),

    /** The number of measured requests since the start, and how many of them were slow or failed. */
    responseCounts: () => ({ answered: counts.answered, slow: counts.slow }),

    /** The number of requests that are in flight or wait for a slot. */
    inFlight: () => limit.size() + operatorLimit.size(),

    /** Whether the upstream reports that it is ready. Waits for no slot. Never throws. */
    async isReady(): Promise<boolean> {
      const response = await getNow('/readyz').catch(() => null)
      await response?.body?.cancel()
      return response?.ok ?? false
    },

    /** Ends the responses that are still being streamed. Their clients connect again. */
    endStreams: streams.end,

    close: connections.close,
  }
}

/** Bounds a request of the edge itself, which reads the whole response before the deadline. */
const openForEdge: Open = (timeoutMs, send) => send(AbortSignal.timeout(timeoutMs))

/** Requests of clients that are not admitted, in flight or waiting: far more than the limit of waiting requests lets in. */
const MAX_OPEN = 1_000_000
/** A quarter of the slots is kept for visits. */
const openSlotsOf = (inFlight: number): number => Math.max(1, Math.floor(inFlight * 3 / 4))
/** What one address may have in flight or waiting, other than visits. Many people may share an address; most requests last a few milliseconds. */
const openShareOf = (inFlight: number): number => Math.max(8, Math.floor(inFlight / 4))
/** The share of operators comes on top of the slots of buyers: a sixteenth of them, and at least four. */
const operatorSlotsOf = (inFlight: number): number => Math.max(4, Math.ceil(inFlight / 16))

export type Upstream = ReturnType<typeof createUpstream>
