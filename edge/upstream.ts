import * as z from 'zod'
import { createRequestBatcher } from './request-batcher.ts'
import { MAX_BATCHED_BODY_BYTES } from './contract/request-batch.ts'
import { IDEMPOTENCY_HEADER, PASS_HEADER, REQUEST_ID_HEADER } from './contract/headers.ts'
import type { Language } from './contract/language.ts'
import { paths } from './contract/paths.ts'
import type { HeaderPairs } from './http.tsx'
import { openMicroCache } from './micro-cache.ts'

/** No answer of the origin is waited for longer than this. */
const DEADLINE_MS = 10_000
const ATTEMPTS = 4
const RETRY_MS = 50
/** Nor a place among the requests in flight. */
const PATIENCE_MS = 5_000
/** Requests that wait for a place, for each that may be in flight. */
const WAITING_FACTOR = 4
/**
 * Headers that end at each hop (RFC 9110 §7.6.1), those that only the edge may set, and those by which a site may be made to read another
 * request than the one that was let through: another address, path or method.
 */
const NOT_FORWARDED = new Set([
  ...[
    'connection',
    'keep-alive',
    'proxy-connection',
    'proxy-authenticate',
    'proxy-authorization',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
  ],
  ...['host', 'content-length', 'accept-encoding', 'expect', 'forwarded', 'x-queue-command', REQUEST_ID_HEADER],
  ...['x-real-ip', 'client-ip', 'true-client-ip', 'x-client-ip', 'cf-connecting-ip', 'x-cluster-client-ip'],
  ...['x-original-url', 'x-rewrite-url', 'x-http-method-override', 'x-http-method', 'x-method-override'],
])

/** To a site that names headers as CGI does (RFC 3875 §4.1.18), `x_queue_pass` is `x-queue-pass`. */
const PLAIN_NAME = /^[a-z0-9-]+$/

/** The origin is away, too slow, or has enough to do. */
export class UpstreamUnavailable extends Error {
  override name = 'OriginUnavailable'
}

/** The facts of an event that its room needs. */
const eventFacts = z.object({
  title: z.string(),
  opensAt: z.iso.datetime(),
  closesAt: z.iso.datetime(),
  ticketTypes: z.array(z.object({ left: z.int() })),
})
export type EventFacts = { title: string; opensAtMs: number; closesAtMs: number; seatsLeft: number }

export type ForwardOptions = {
  requestId: string
  address: string
  protocol: string
  host: string
  /** What a shop answers in; null: the visitor's own wishes go on. */
  language: Language | null
  /** A pass that was given or renewed with this very request; null when the request carries its own, or needs none. */
  pass: string | null
  /**
   * Whether the answer tells of the origin's health, which the people inside are to follow: those of visits do. Whoever is outside could hold
   * the lines back by one slow page, and hashing a password is slow on the best of days.
   */
  isMeasured: boolean
  /** Whether others may be given the answer: then it is asked for whole, whatever this visitor has of it. */
  isShared: boolean
  /** Whether the origin is a NETicket shop, to which short requests may go together. */
  isBatchable: boolean
}

/** The body of a request, read; a text where it is known to be one. */
export type Body = Uint8Array<ArrayBuffer> | string | null
export type UpstreamResponse = { status: number; headers: HeaderPairs; body: ReadableStream<Uint8Array> | string | null }
type UpstreamRequest = { method: string; headers: HeaderPairs; body?: Uint8Array<ArrayBuffer> | string }

type Settings = {
  originUrl: string
  inFlight: number
  /** An answer that takes longer than this is a sign that the origin has too much to do. */
  slowMs: number
  now(): number
  /** Is told of each request that was forwarded, and how long it took until the answer began or failed. */
  onForwarded(ms: number): void
}

/** The origin behind this edge: at most `inFlight` requests at once, a short queue before it, a deadline on each. */
export function createUpstream({ originUrl, inFlight: atOnce, slowMs, now, onForwarded: tellForwarded }: Settings) {
  const places = openPlaces(atOnce)
  const answers = { answered: 0, slow: 0 }
  const events = openMicroCache(now)

  const carry = createRequestBatcher((path, body) =>
    fetch(new URL(path, originUrl), {
      ...{ method: 'POST', body, redirect: 'manual', signal: AbortSignal.timeout(DEADLINE_MS) },
      headers: { 'content-type': 'application/json' },
    })
  )

  /** Waits for a place among those in flight, sends, and notes how the origin fared. */
  async function inFlight<Reply extends { status: number }>(isMeasured: boolean, send: () => Promise<Reply>): Promise<Reply> {
    const startedAt = now()
    const reply = await places.take().then((givePlaceBack) => send().finally(givePlaceBack)).catch((error: unknown) =>
      error as Error
    )
    if (isMeasured) {
      answers.answered++
      if (reply instanceof Error || reply.status >= 500 || now() - startedAt > slowMs) answers.slow++
    }
    if (reply instanceof Error) throw reply
    return reply
  }

  const ask = (path: string, headers: HeaderPairs = []) => inFlight(false, () => send(path, { method: 'GET', headers }))

  const askEvent = (eventId: number, language: Language) => ask(paths.api.event(eventId), [['accept-language', language]])

  async function send(path: string, init: UpstreamRequest): Promise<Response> {
    const options = { ...init, redirect: 'manual' as const, signal: AbortSignal.timeout(DEADLINE_MS) }
    try {
      for (let attempt = 1;; attempt++) {
        try {
          const response = await fetch(new URL(path, originUrl), options)
          // An origin never says 502: a balancer does, when an origin died with the request.
          if (response.status !== 502 || !isRepeatable(init) || attempt >= ATTEMPTS) return response
          await response.body?.cancel()
        } catch (cause) {
          // Connections that were kept may have died with their origin; what can be repeated without harm is tried on others.
          if (!isRepeatable(init) || options.signal.aborted || attempt >= ATTEMPTS) throw cause
        }
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS * attempt))
      }
    } catch (cause) {
      throw new UpstreamUnavailable('The origin does not answer', { cause })
    }
  }

  async function sendAlone(path: string, init: UpstreamRequest): Promise<UpstreamResponse> {
    const { status, headers, body } = await send(path, init)
    return { status, headers: [...headers], body }
  }

  async function sendWithOthers(path: string, init: UpstreamRequest & { body?: string }): Promise<UpstreamResponse> {
    try {
      const { method, headers, body = null } = init
      const answer = await carry({ method, path, headers: headers.flat(), body })
      return { status: answer.status, headers: inPairs(answer.headers), body: NO_BODY.has(answer.status) ? null : answer.body }
    } catch (cause) {
      // Others may be the reason: what can be repeated without harm is tried alone.
      if (isRepeatable(init)) return await sendAlone(path, init)
      throw new UpstreamUnavailable('The origin does not answer', { cause })
    }
  }

  return {
    /** Forwards a request whose body has been read. Headers that only the edge may set are its own. */
    forward(request: Request, body: Body, by: ForwardOptions): Promise<UpstreamResponse> {
      const own: HeaderPairs = [
        [REQUEST_ID_HEADER, by.requestId],
        ['x-forwarded-for', by.address],
        ['x-forwarded-proto', by.protocol],
        ['x-forwarded-host', by.host],
        ...(by.language === null ? [] : [['accept-language', by.language] as [string, string]]),
        ...(by.pass === null ? [] : [[PASS_HEADER, by.pass] as [string, string]]),
      ]
      const hop = request.headers.get('connection')
      const ofThisHop = new Set([...(hop ? hop.toLowerCase().split(/[ ,]+/) : []), ...own.map(([name]) => name)])
      const isPassedOn = (name: string) =>
        !NOT_FORWARDED.has(name) && !ofThisHop.has(name) && !name.startsWith('x-forwarded-') && PLAIN_NAME.test(name) &&
        !(by.isShared && name.startsWith('if-'))
      const headers: HeaderPairs = []
      request.headers.forEach((value, name) => isPassedOn(name) && headers.push([name, value]))
      headers.push(...own)
      const [path, { method }] = [pathOf(request.url), request]
      const startedAt = now()
      return inFlight(
        by.isMeasured,
        () =>
          by.isBatchable && (body === null || typeof body === 'string') && (body?.length ?? 0) <= MAX_BATCHED_BODY_BYTES
            ? sendWithOthers(path, { method, headers, ...(body !== null && { body }) })
            : sendAlone(path, { method, headers, ...(body !== null && { body }) }),
      ).finally(() => tellForwarded(now() - startedAt))
    },

    /** How the origin has answered visits since the start: all that was asked, and what was slow, failed or got no answer. */
    answers: () => ({ ...answers }),

    /** Requests that are at the origin or wait for a place there. */
    inFlight: places.wanted,

    /** An event as the origin tells it now; null when there is none. */
    findEvent: async (eventId: number): Promise<EventFacts | null> => readEvent(eventId, await askEvent(eventId, 'ko')),

    /** An event's title, which may be from a copy that is being fetched anew; null when there is no such event. */
    async findTitle(eventId: number, language: Language): Promise<string | null> {
      const response = await events.answer(`${language} ${eventId}`, () => askEvent(eventId, language))
      return (await readEvent(eventId, response))?.title ?? null
    },

    /** Whether the origin says that it can serve. */
    async isReady(): Promise<boolean> {
      const response = await ask('/readyz').catch(() => null)
      await response?.body?.cancel()
      return response?.ok ?? false
    },
  }
}

export type Upstream = ReturnType<typeof createUpstream>

async function readEvent(eventId: number, response: Response): Promise<EventFacts | null> {
  if (!response.ok) {
    await response.body?.cancel()
    if (response.status === 404) return null
    throw new UpstreamUnavailable(`The origin answers ${response.status} for event ${eventId}`)
  }
  const facts = eventFacts.parse(await response.json())
  return {
    title: facts.title,
    opensAtMs: Date.parse(facts.opensAt),
    closesAtMs: Date.parse(facts.closesAt),
    seatsLeft: facts.ticketTypes.reduce((sum, type) => sum + type.left, 0),
  }
}

const isRepeatable = ({ method, headers }: UpstreamRequest) =>
  IDEMPOTENT.has(method) || headers.some(([name]) => name === IDEMPOTENCY_HEADER)

/** Twice is once (RFC 9110 §9.2.2): whoever cancels again hears that it is cancelled. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])

/** Path and query of a request, as they came. */
const pathOf = (url: string) => url.slice(url.indexOf('/', url.indexOf('://') + 3))

const inPairs = (flat: string[]): HeaderPairs =>
  Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!])

const NO_BODY = new Set([204, 205, 304])

function openPlaces(inFlight: number): { take(): Promise<() => void>; wanted(): number } {
  let taken = 0
  const waiting = new Set<() => void>()
  const giveBack = () => {
    const [next] = waiting
    if (!next) taken--
    else {
      waiting.delete(next)
      next()
    }
  }
  async function take() {
    if (taken < inFlight) {
      taken++
      return giveBack
    }
    if (waiting.size >= inFlight * WAITING_FACTOR) throw new UpstreamUnavailable('Too many requests wait for the origin')
    await new Promise<void>((resolve, reject) => {
      const enter = () => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(() => {
        waiting.delete(enter)
        reject(new UpstreamUnavailable('No place at the origin became free in time'))
      }, PATIENCE_MS)
      waiting.add(enter)
    })
    return giveBack
  }
  return { take, wanted: () => taken + waiting.size }
}
