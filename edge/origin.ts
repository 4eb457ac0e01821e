import * as z from 'zod'
import { IDEMPOTENCY_HEADER, PASS_HEADER, REQUEST_ID_HEADER } from './contract/headers.ts'
import type { Language } from './contract/language.ts'
import { paths } from './contract/paths.ts'
import { openMicroCache } from './micro-cache.ts'

/** No answer of the origin is waited for longer than this. */
const DEADLINE_MS = 10_000
const ATTEMPTS = 4
const RETRY_MS = 50
/** Nor a place among the requests in flight. */
const PATIENCE_MS = 5_000
/** Requests that wait for a place, for each that may be in flight. */
const WAITING_FACTOR = 4
/** Headers that end at each hop (RFC 9110 §7.6.1), and those that only the edge may set. */
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
  ...['host', 'content-length', 'accept-encoding', 'expect', 'forwarded', 'x-real-ip', 'x-queue-command', REQUEST_ID_HEADER],
])

/** The origin is away, too slow, or has enough to do. */
export class OriginUnavailable extends Error {
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

export type Forwarding = {
  requestId: string
  address: string
  protocol: string
  host: string
  language: Language
  /** A pass that was given or renewed with this very request; null when the request carries its own, or needs none. */
  pass: string | null
  /** Whether the answer tells of the origin's health: hashing a password is slow on the best of days. */
  isMeasured: boolean
}

type Settings = {
  originUrl: string
  inFlight: number
  /** An answer that takes longer than this is a sign that the origin has too much to do. */
  slowMs: number
  now(): number
}

/** The origin behind this edge: at most `inFlight` requests at once, a short queue before it, a deadline on each. */
export function openOrigin({ originUrl, inFlight, slowMs, now }: Settings) {
  const takePlace = places(inFlight)
  const answers = { answered: 0, slow: 0 }
  const events = openMicroCache(now)

  async function ask(path: string, init: RequestInit & { headers?: Headers }, isMeasured = true): Promise<Response> {
    const startedAt = now()
    const response = await tryToAsk(path, init).catch((error: unknown) => error as Error)
    if (isMeasured) {
      answers.answered++
      if (response instanceof Error || response.status >= 500 || now() - startedAt > slowMs) answers.slow++
    }
    if (response instanceof Error) throw response
    return response
  }

  async function tryToAsk(path: string, init: RequestInit & { headers?: Headers }): Promise<Response> {
    const givePlaceBack = await takePlace()
    const options = { ...init, redirect: 'manual' as const, signal: AbortSignal.timeout(DEADLINE_MS) }
    try {
      for (let attempt = 1;; attempt++) {
        try {
          return await fetch(new URL(path, originUrl), options)
        } catch (cause) {
          // Connections that were kept may have died with their origin; what can be repeated without harm is tried on others.
          if (!isRepeatable(init) || options.signal.aborted || attempt >= ATTEMPTS) throw cause
          await new Promise((resolve) => setTimeout(resolve, RETRY_MS * attempt))
        }
      }
    } catch (cause) {
      throw new OriginUnavailable('The origin does not answer', { cause })
    } finally {
      givePlaceBack()
    }
  }

  return {
    /** Forwards a request whose body has been read. Headers that only the edge may set are its own. */
    forward(request: Request, body: Uint8Array<ArrayBuffer> | null, by: Forwarding): Promise<Response> {
      const url = new URL(request.url)
      const headers = new Headers()
      const ofThisHop = new Set((request.headers.get('connection') ?? '').toLowerCase().split(',').map((name) => name.trim()))
      request.headers.forEach((value, name) => {
        if (!NOT_FORWARDED.has(name) && !ofThisHop.has(name) && !name.startsWith('x-forwarded-')) headers.append(name, value)
      })
      headers.set(REQUEST_ID_HEADER, by.requestId)
      headers.set('x-forwarded-for', by.address)
      headers.set('x-forwarded-proto', by.protocol)
      headers.set('x-forwarded-host', by.host)
      headers.set('accept-language', by.language)
      if (by.pass !== null) headers.set(PASS_HEADER, by.pass)
      return ask(url.pathname + url.search, { method: request.method, headers, ...(body && { body }) }, by.isMeasured)
    },

    /** How the origin has answered since the start: all that was asked, and what was slow, failed or got no answer. */
    answers: () => ({ ...answers }),

    /** An event as the origin tells it, at most a second old; null when there is none. */
    async findEvent(eventId: number, language: Language): Promise<EventFacts | null> {
      const path = paths.api.event(eventId)
      const response = await events.answer(
        `${language} ${path}`,
        () => ask(path, { headers: new Headers({ 'accept-language': language }) }),
      )
      if (response.status === 404) {
        await response.body?.cancel()
        return null
      }
      if (!response.ok) {
        await response.body?.cancel()
        throw new OriginUnavailable(`The origin answers ${response.status} for event ${eventId}`)
      }
      const facts = eventFacts.parse(await response.json())
      return {
        title: facts.title,
        opensAtMs: Date.parse(facts.opensAt),
        closesAtMs: Date.parse(facts.closesAt),
        seatsLeft: facts.ticketTypes.reduce((sum, type) => sum + type.left, 0),
      }
    },

    /** Whether the origin says that it can serve. */
    async isReady(): Promise<boolean> {
      const response = await ask('/readyz', {}).catch(() => null)
      await response?.body?.cancel()
      return response?.ok ?? false
    },
  }
}

export type Origin = ReturnType<typeof openOrigin>

const isRepeatable = ({ method = 'GET', headers }: { method?: string; headers?: Headers }) =>
  method === 'GET' || method === 'HEAD' || (headers?.has(IDEMPOTENCY_HEADER) ?? false)

function places(inFlight: number): () => Promise<() => void> {
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
  return async function takePlace() {
    if (taken < inFlight) {
      taken++
      return giveBack
    }
    if (waiting.size >= inFlight * WAITING_FACTOR) throw new OriginUnavailable('Too many requests wait for the origin')
    await new Promise<void>((resolve, reject) => {
      const enter = () => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(() => {
        waiting.delete(enter)
        reject(new OriginUnavailable('No place at the origin became free in time'))
      }, PATIENCE_MS)
      waiting.add(enter)
    })
    return giveBack
  }
}
