import { type BatchedRequest, MAX_BATCHED_BODY_BYTES } from '../contract/request-batch.ts'
import type { HeaderPairs } from './header-pairs.ts'
import { createRequestBatcher } from './request-batcher.ts'
import type { Connections } from './connections.ts'
import { DEADLINE_MS, fetchWithRetry, isRepeatable, type UpstreamRequest } from './fetch-with-retry.ts'
import type { HttpClient } from './http-client.ts'
import { REPEAT_AFTER_MS, type SilenceWatch } from './silence-watch.ts'
import { UpstreamUnavailable } from './upstream-unavailable.ts'

/** The body of a request, read completely; a string where the body is known to be text. */
export type Body = Uint8Array<ArrayBuffer> | string | null
export type UpstreamResponse = { status: number; headers: HeaderPairs; body: ReadableStream<Uint8Array> | string | null }

/** Encoding an image takes seconds, and others may be before it. */
const UPLOAD_DEADLINE_MS = 60_000

type Outgoing = { path: string; method: string; headers: HeaderPairs; body: Body }

type Parts = { originUrl: string; internalToken: string; connections: Connections; watch: SilenceWatch }

/** Sends requests one by one or, where the upstream accepts it and the body is short text, in batches. Throws UpstreamUnavailable. */
export function createUpstreamSender({ originUrl, internalToken, connections, watch }: Parts) {
  const sendBatched = createBatchers({ originUrl, internalToken, connections })

  async function sendAlone({ path, ...outgoing }: Outgoing, timeoutMs: number): Promise<UpstreamResponse> {
    const signal = AbortSignal.timeout(timeoutMs)
    const { status, headers, body } = await fetchWithRetry(connections, new URL(path, originUrl), requestOf(outgoing), signal)
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
      // Another request of the batch may be the cause.
      if (isRepeatable(requestOf(outgoing)) && !isTimeout(cause)) return await sendAlone(outgoing, DEADLINE_MS)
      throw new UpstreamUnavailable('The origin does not respond', { cause })
    }
  }

  return (
    outgoing: Outgoing,
    { isBatchable, isUpload }: { isBatchable: boolean; isUpload: boolean },
  ): Promise<UpstreamResponse> => {
    const { body } = outgoing
    // Its response takes longer than that of a connection which has gone silent.
    if (isUpload) return sendAlone(outgoing, UPLOAD_DEADLINE_MS)
    const isShortText = body === null || (typeof body === 'string' && body.length <= MAX_BATCHED_BODY_BYTES)
    const send = () => isBatchable && isShortText ? sendInBatch(outgoing, body) : sendAlone(outgoing, DEADLINE_MS)
    return isRepeatable(requestOf(outgoing))
      ? watch.sendRepeatable(send, () => sendAlone(outgoing, DEADLINE_MS - REPEAT_AFTER_MS))
      : watch.sendOnce(send)
  }
}

/** A batcher for each set of connections: batches on silent connections must not delay those on new ones. */
function createBatchers({ originUrl, internalToken, connections }: Omit<Parts, 'watch'>) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${internalToken}` }
  const createBatcher = () =>
    createRequestBatcher((path, body) =>
      connections.fetch(new URL(path, originUrl), {
        method: 'POST',
        headers,
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(DEADLINE_MS),
      })
    )
  let [used, sendBatched]: [HttpClient, ReturnType<typeof createBatcher>] = [connections.current(), createBatcher()]
  return (request: BatchedRequest) => {
    if (used !== connections.current()) [used, sendBatched] = [connections.current(), createBatcher()]
    return sendBatched(request)
  }
}

/** Whether a request failed because its deadline passed. */
const isTimeout = (cause: unknown) => cause instanceof DOMException && cause.name === 'TimeoutError'

const requestOf = ({ method, headers, body }: Omit<Outgoing, 'path'>): UpstreamRequest =>
  body === null ? { method, headers } : { method, headers, body }

/** Responses with these statuses have no body (Fetch standard, "null body status"). */
const BODILESS = new Set([204, 205, 304])

/** Pairs from a flat list: name, value, name, value … */
const pairsOf = (flat: string[]): HeaderPairs =>
  Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!])
