import { MAX_BATCHED_BODY_BYTES } from '../contract/request-batch.ts'
import type { HeaderPairs } from './header-pairs.ts'
import { createRequestBatcher } from './request-batcher.ts'
import { DEADLINE_MS, fetchWithRetry, isRepeatable, type UpstreamRequest } from './fetch-with-retry.ts'
import { UpstreamUnavailable } from './upstream-unavailable.ts'

/** The body of a request, read completely; a string where the body is known to be text. */
export type Body = Uint8Array<ArrayBuffer> | string | null
export type UpstreamResponse = { status: number; headers: HeaderPairs; body: ReadableStream<Uint8Array> | string | null }

type Outgoing = { path: string; method: string; headers: HeaderPairs; body: Body }

/** Sends requests one by one or, where the upstream accepts it and the body is short text, in batches. Throws UpstreamUnavailable. */
export function createUpstreamSender(originUrl: string) {
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
      // Another request of the batch may be the cause.
      if (isRepeatable(requestOf(outgoing))) return await sendAlone(outgoing)
      throw new UpstreamUnavailable('The origin does not respond', { cause })
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

/** Pairs from a flat list: name, value, name, value … */
const pairsOf = (flat: string[]): HeaderPairs =>
  Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!])
