import { setTimeout as sleep } from 'node:timers/promises'
import pLimit from 'p-limit'
import type { RehearsalStep } from '../../edge/contract/rehearsals.ts'
import type { LoadFigures } from './load-figures.ts'

/** Requests in flight. */
const IN_FLIGHT = 200
/** Below the edge's limit for one address (`address` in edge/limits.ts), from which all requests of a rehearsal come. */
const PER_SECOND = 600
const TIMEOUT_MS = 10_000

/** `status` 0: no response. `code`: the problem's code; '' without a problem. `body`: the parsed JSON; {} without one. */
export type Reply = { status: number; code: string; body: Record<string, unknown>; retryAfterMs: number }

export type Call = { step: RehearsalStep; method: string; path: string; headers: Record<string, string>; body?: unknown }

const NO_REPLY: Reply = { status: 0, code: 'no_reply', body: {}, retryAfterMs: 1_000 }

/** The HTTP client of all buyers of a rehearsal: bounded in concurrency and in rate. It measures each request from its start to its body. */
export function createLoadClient(edgeUrl: string, figures: LoadFigures, stop: AbortSignal, elapsedMs: () => number) {
  const limit = pLimit(IN_FLIGHT)
  const pace = createPace(PER_SECOND, elapsedMs)

  async function sendNow({ step, method, path, headers, body }: Call): Promise<Reply> {
    const startedAtMs = elapsedMs()
    try {
      const response = await fetch(new URL(path, edgeUrl), {
        method,
        headers: Object.assign({ accept: 'application/json', 'accept-language': 'ko' }, headers),
        signal: AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MS)]),
        redirect: 'manual',
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const reply = await readReply(response)
      figures.answered(step, elapsedMs() - startedAtMs, reply)
      return reply
    } catch {
      // A request that the end of the rehearsal has aborted is no error.
      if (!stop.aborted) figures.answered(step, elapsedMs() - startedAtMs, NO_REPLY)
      return NO_REPLY
    }
  }

  return async function send(call: Call): Promise<Reply> {
    await pace(stop)
    return await limit(() => stop.aborted ? NO_REPLY : sendNow(call))
  }
}

export type Send = ReturnType<typeof createLoadClient>

async function readReply(response: Response): Promise<Reply> {
  const text = await response.text()
  const parsed: unknown = text.startsWith('{') ? JSON.parse(text) : {}
  const body = parsed as Record<string, unknown>
  const retryAfter = Number(response.headers.get('retry-after') ?? 1)
  return {
    status: response.status,
    code: typeof body.code === 'string' ? body.code : '',
    body,
    retryAfterMs: Math.min(30, Math.max(0.2, Number.isFinite(retryAfter) ? retryAfter : 1)) * 1_000,
  }
}

/** Resolves at most `perSecond` times a second, in the order of the calls. */
export function createPace(perSecond: number, elapsedMs: () => number): (stop: AbortSignal) => Promise<void> {
  let nextAtMs = 0
  return async (stop) => {
    const nowMs = elapsedMs()
    const atMs = Math.max(nowMs, nextAtMs)
    nextAtMs = atMs + 1_000 / perSecond
    if (atMs > nowMs) await pause(atMs - nowMs, stop)
  }
}

/** Waits, but not beyond the end of the rehearsal. */
export const pause = (ms: number, stop: AbortSignal): Promise<void> => sleep(ms, undefined, { signal: stop }).catch(() => {})
