import type { HeaderPairs } from './header-pairs.ts'
import { BatchRefused, createRequestBatcher, serialiseForBatch } from './request-batcher.ts'
import type { Connections } from './connections.ts'
import { DEADLINE_MS, fetchWithRetry } from './fetch-with-retry.ts'
import type { HttpClient } from './http-client.ts'
import { REPEAT_AFTER_MS, type SilenceWatch } from './silence-watch.ts'
import { UpstreamUnavailable } from './upstream-unavailable.ts'

/** The body of a request, read completely; a string where the body is known to be text. */
export type Body = Uint8Array<ArrayBuffer> | string | null
export type UpstreamResponse = { status: number; headers: HeaderPairs; body: ReadableStream<Uint8Array> | string | null }

/** Encoding an image takes seconds, and others may be before it. */
const UPLOAD_DEADLINE_MS = 60_000

/** `isRepeatable`: whether sending the request twice has the effect of sending it once. */
type Outgoing = { path: string; method: string; headers: HeaderPairs; body: Body; isRepeatable: boolean }

type Parts = { originUrl: string; internalToken: string; connections: Connections; watch: SilenceWatch }

/** Sends a request that has `timeoutMs` until the head of its response, and bounds its body. */
export type Open = (timeoutMs: number, send: (signal: AbortSignal) => Promise<Response>) => Promise<Response>

type SendOptions = {
  isBatchable: boolean
  isUpload: boolean
  /** Whether a late response means that the connections have gone silent. Reads of operators may take long. */
  isWatched: boolean
  open: Open
}

/** Sends requests one by one or, where the upstream accepts it and the request is a short text, in batches. Throws UpstreamUnavailable. */
export function createUpstreamSender({ originUrl, internalToken, connections, watch }: Parts) {
  const sendBatched = createBatchers({ originUrl, internalToken, connections })

  async function sendAlone(outgoing: Outgoing, timeoutMs: number, open: Open): Promise<UpstreamResponse> {
    const { path, method, headers, body, isRepeatable } = outgoing
    const request = { method, headers, isRepeatable, ...(body !== null && { body }) }
    const response = await open(
      timeoutMs,
      (signal) => fetchWithRetry(connections, new URL(path, originUrl), request, signal),
    )
    return { status: response.status, headers: [...response.headers], body: response.body }
  }

  async function sendInBatch(outgoing: Outgoing, serialised: string, open: Open): Promise<UpstreamResponse> {
    try {
      const response = await sendBatched(serialised)
      return {
        status: response.status,
        headers: pairsOf(response.headers),
        body: BODILESS.has(response.status) ? null : response.body,
      }
    } catch (cause) {
      // Another request of the batch may be the cause.
      const isSafe = outgoing.isRepeatable || cause instanceof BatchRefused
      if (isSafe && !isTimeout(cause)) return await sendAlone(outgoing, DEADLINE_MS, open)
      throw new UpstreamUnavailable('The origin does not respond', { cause })
    }
  }

  return (outgoing: Outgoing, { isBatchable, isUpload, isWatched, open }: SendOptions): Promise<UpstreamResponse> => {
    // Its response takes longer than that of a connection which has gone silent.
    if (isUpload) return sendAlone(outgoing, UPLOAD_DEADLINE_MS, open)
    if (!isWatched) return sendAlone(outgoing, DEADLINE_MS, open)
    const serialised = isBatchable ? serialise(outgoing) : null
    const send = () => serialised === null ? sendAlone(outgoing, DEADLINE_MS, open) : sendInBatch(outgoing, serialised, open)
    return outgoing.isRepeatable
      ? watch.sendRepeatable(send, () => sendAlone(outgoing, DEADLINE_MS - REPEAT_AFTER_MS, open))
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
  return (serialised: string) => {
    if (used !== connections.current()) [used, sendBatched] = [connections.current(), createBatcher()]
    return sendBatched(serialised)
  }
}

/** Whether a request failed because its deadline passed. */
const isTimeout = (cause: unknown) => cause instanceof DOMException && cause.name === 'TimeoutError'

/** A request as text for a batch; null if its body is not known to be text, or the text is too large. */
const serialise = ({ method, path, headers, body }: Outgoing): string | null =>
  body === null || typeof body === 'string' ? serialiseForBatch({ method, path, headers: headers.flat(), body }) : null

/** Responses with these statuses have no body (Fetch standard, "null body status"). */
const BODILESS = new Set([204, 205, 304])

/** Pairs from a flat list: name, value, name, value … */
const pairsOf = (flat: string[]): HeaderPairs =>
  Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!])
