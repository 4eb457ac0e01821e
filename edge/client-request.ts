import { addressKey, clientAddress } from './client-address.ts'
import { cookieValues, type Protocol } from './contract/cookies.ts'
import { type AccessChecks, readAccess, readPass } from './contract/credentials.ts'
import { chooseLanguage, type Language } from './contract/language.ts'
import { wantsPage } from './contract/problems.ts'
import type { Access, Pass, TokenFailure } from './contract/tokens.ts'
import { createHostCheck } from './host-check.ts'
import { isPlainPath } from './plain-path.ts'
import { hasUnexpectedBody } from './request-body.ts'

/** The part of a request that makes it malformed. `forwarded`: a header by which a trusted proxy describes the visitor. */
export type MalformedPart = 'method' | 'host' | 'target' | 'connection' | 'body' | 'forwarded'

/** What the reading of requests depends on. */
export type BorderSettings = AccessChecks & {
  /** The number of trusted proxies in front of the edge. Without one, no header decides about the address and the protocol of a visitor. */
  trustedProxies: number
  trustForwardedHost: boolean
  /** The time, in milliseconds since the epoch. */
  now(): number
}

/** The values of a request line that is well-formed. `scheme`: of the connection to the edge. */
type Values = Pick<ClientRequest, 'method' | 'host' | 'address' | 'path' | 'search'> & { scheme: string }

/** The values of a malformed request: those of a request for the home page. The first handler refuses it. */
const valuesOfMalformed = (address: string): Values => ({
  method: 'GET',
  host: 'localhost',
  scheme: 'http',
  address,
  path: '/',
  search: '',
})

/**
 * One request as the edge reads it, once, at its border. Gate, cache, limits, metrics, logs and forwarding use these values, and read nothing
 * else of the request but its body. What polls of a room do not need is read when it is first used.
 */
export class ClientRequest {
  readonly method: string
  /** The host that the visitor requested, with its port if it was sent. */
  readonly host: string
  /** The visitor's address, in the form in which visitors are counted. If a proxy has sent none that is valid, that of the connection. */
  readonly address: string
  /** The path as it was sent. All programs read the same path in it (`plain-path.ts`). */
  readonly path: string
  /** The query as it was sent, with its question mark; empty if there is none. */
  readonly search: string
  readonly headers: Headers
  /** Whether the client wants a page rather than data. */
  readonly isPage: boolean
  readonly #malformed: MalformedPart | null
  readonly #scheme: string
  readonly #settings: BorderSettings
  #id: string | undefined
  #protocol: Protocol | undefined
  #language: Language | undefined
  #query: URLSearchParams | undefined
  #person: Access | null | undefined

  constructor(values: Values, malformed: MalformedPart | null, headers: Headers, settings: BorderSettings) {
    const { method, host, scheme, address, path, search } = values
    this.method = method
    this.host = host
    this.address = address
    this.path = path
    this.search = search
    this.headers = headers
    this.isPage = wantsPage(headers)
    this.#malformed = malformed
    this.#scheme = scheme
    this.#settings = settings
  }

  /** Why the request must be refused; null if it is well-formed. */
  get malformed(): MalformedPart | null {
    if (this.#malformed) return this.#malformed
    if (END_TO_END.test(this.headers.get('connection') ?? '')) return 'connection'
    if (hasUnexpectedBody(this)) return 'body'
    return /^https?$/.test(this.#sentProtocol()) ? null : 'forwarded'
  }

  /** The protocol of the visitor's connection to the edge, or to the innermost trusted proxy. */
  get protocol(): Protocol {
    return this.#protocol ??= this.#sentProtocol() === 'https' ? 'https' : 'http'
  }

  #sentProtocol(): string {
    const forwarded = this.#settings.trustedProxies > 0 ? this.headers.get('x-forwarded-proto') : null
    return forwarded === null ? this.#scheme : forwarded.slice(forwarded.lastIndexOf(',') + 1).trim().toLowerCase()
  }

  /** Identifies the request in the logs of edge and origin. The client cannot choose it. */
  get id(): string {
    return this.#id ??= crypto.randomUUID()
  }

  get language(): Language {
    return this.#language ??= chooseLanguage(this, this.query('lang'))
  }

  /** The person who is logged in at the shop. Set to the person of a session that was renewed with this request. */
  get person(): Access | null {
    if (this.#person === undefined) this.#person = readAccess(this, this.#settings, this.#settings.now())
    return this.#person
  }

  set person(renewed: Access | null) {
    this.#person = renewed
  }

  /** The pass that the request presents for a room, or why there is none. The caller compares the epoch. */
  passFor(room: string): ({ kind: 'pass' } & Pass) | TokenFailure {
    return readPass(this, room, this.#settings.tokenKeys, this.#settings.now())
  }

  /** The values of one of our cookies, in the order of the Cookie header. */
  cookies(cookie: string): string[] {
    return cookieValues(this, cookie)
  }

  /** The first value of a parameter of the query, of which the first 8,192 characters count; null if there is none. */
  query(name: string): string | null {
    this.#query ??= new URLSearchParams(this.search.slice(0, MAX_QUERY_LENGTH))
    return this.#query.get(name)
  }
}

const MAX_QUERY_LENGTH = 8_192

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/**
 * Headers that Connection must not name (RFC 9110 §7.6.1). The edge does not forward what Connection names, so it would read a header that the
 * upstream does not get.
 */
const END_TO_END =
  /(?:^|[\s,])(?:accept|authorization|content-|cookie|host|hx-|idempotency-key|if-|origin|range|sec-|x-forwarded-|x-queue-)/i

/** Creates the function that reads a request. `remoteAddress` is the IP address of its connection. */
export function createRequestReader(settings: BorderSettings) {
  const { trustedProxies, trustForwardedHost } = settings
  const isHost = createHostCheck()
  const addressOf = (headers: Headers, remoteAddress: string) =>
    clientAddress(remoteAddress, trustedProxies > 0 ? headers.get('x-forwarded-for') : null, trustedProxies)

  /**
   * The runtime builds the URL of a request from the Host header and the target, unchecked. The URL of a well-formed request is scheme, host
   * and an absolute path, so a target in absolute form for another host is malformed too. HTTP/2 requests may have no Host header.
   */
  function read(
    { method, url, headers }: Pick<Request, 'method' | 'url' | 'headers'>,
    remoteAddress: string,
  ): Values | MalformedPart {
    const hostStart = url.indexOf('://') + 3
    const requestedHost = headers.get('host') ?? url.slice(hostStart, url.indexOf('/', hostStart))
    const targetStart = hostStart + requestedHost.length
    const queryStart = url.indexOf('?', targetStart)
    const path = url.slice(targetStart, queryStart < 0 ? undefined : queryStart)
    if (!METHODS.has(method)) return 'method'
    if (!isHost(requestedHost) || !url.startsWith(requestedHost, hostStart)) return 'host'
    if (path[0] !== '/' || !isPlainPath(path) || url.includes('#')) return 'target'
    const address = addressOf(headers, remoteAddress)
    const host = (trustForwardedHost ? headers.get('x-forwarded-host') : null) ?? requestedHost
    if (address === null || (host !== requestedHost && !isHost(host))) return 'forwarded'
    return {
      method,
      host,
      scheme: url.slice(0, hostStart - 3),
      address,
      path,
      search: queryStart < 0 ? '' : url.slice(queryStart),
    }
  }

  return (request: Pick<Request, 'method' | 'url' | 'headers'>, remoteAddress: string): ClientRequest => {
    const { headers } = request
    const values = read(request, remoteAddress)
    if (typeof values !== 'string') return new ClientRequest(values, null, headers, settings)
    const address = addressOf(headers, remoteAddress) ?? addressKey(remoteAddress)
    return new ClientRequest(valuesOfMalformed(address), values, headers, settings)
  }
}
