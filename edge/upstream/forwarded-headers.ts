import { PASS_HEADER, REQUEST_ID_HEADER } from '../contract/headers.ts'
import type { ClientRequest } from '../client-request.ts'
import type { Language } from '../contract/language.ts'
import { withoutRoomCookies } from '../room-cookies.ts'
import type { HeaderPairs } from './header-pairs.ts'

/** Hop-by-hop headers (RFC 9110 §7.6.1). */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]
/** Headers that only the edge or its HTTP client may set. */
const SET_BY_EDGE = ['host', 'content-length', 'accept-encoding', 'expect', 'forwarded', 'x-queue-command', REQUEST_ID_HEADER]
/** Headers by which a site may take a client address from the client. */
const CLIENT_ADDRESS = ['x-real-ip', 'client-ip', 'true-client-ip', 'x-client-ip', 'cf-connecting-ip', 'x-cluster-client-ip']
/** Headers by which a site may read another path or method than the gate has checked. */
const REQUEST_OVERRIDE = ['x-original-url', 'x-rewrite-url', 'x-http-method-override', 'x-http-method', 'x-method-override']
const NOT_FORWARDED = new Set([...HOP_BY_HOP, ...SET_BY_EDGE, ...CLIENT_ADDRESS, ...REQUEST_OVERRIDE])

/** Excludes `_`: a site that maps header names as CGI does (RFC 3875 §4.1.18) reads `x_queue_pass` as `x-queue-pass`. */
const PLAIN_NAME = /^[a-z0-9-]+$/

/** What the upstream gets besides the client's request. */
export type ForwardFacts = {
  /** The language of a shop's response; null to forward the client's own Accept-Language. */
  language: Language | null
  /** The room that the request has passed, whose pass is forwarded; null for none. */
  room: string | null
  /** A pass that was issued with this request; null when the request carries a pass or needs none. */
  pass: string | null
  /** Whether the response may be shared. If so, conditional headers are dropped, so that the upstream sends the whole response. */
  isShared: boolean
}

/** The headers of a forwarded request: those of the client that may pass, then the edge's own. */
export function forwardedHeaders(client: ClientRequest, facts: ForwardFacts): HeaderPairs {
  const own = ownHeaders(client, facts)
  const dropped = new Set(own.map(([name]) => name))
  for (const name of (client.headers.get('connection') ?? '').toLowerCase().split(/[ ,]+/)) dropped.add(name)
  const headers: HeaderPairs = []
  client.headers.forEach((value, name) => {
    const isConditional = facts.isShared && name.startsWith('if-')
    if (!isForwardable(name) || dropped.has(name) || isConditional) return
    const sent = name === 'cookie' ? withoutRoomCookies(value, facts.room, client.protocol) : value
    if (sent !== '') headers.push([name, sent])
  })
  return headers.concat(own)
}

const isForwardable = (name: string) => !NOT_FORWARDED.has(name) && !name.startsWith('x-forwarded-') && PLAIN_NAME.test(name)

function ownHeaders({ id, address, protocol, host }: ClientRequest, { language, pass }: ForwardFacts): HeaderPairs {
  const headers: HeaderPairs = [
    [REQUEST_ID_HEADER, id],
    ['x-forwarded-for', address],
    ['x-forwarded-proto', protocol],
    ['x-forwarded-host', host],
  ]
  if (language !== null) headers.push(['accept-language', language])
  if (pass !== null) headers.push([PASS_HEADER, pass])
  return headers
}

/** Bun, on which the origin runs, refuses a head above 16 kB with a bare 431. The edge's own headers need some of it. */
const MAX_HEAD_BYTES = 14_000

/** Whether the head of a request would be too large for the site behind the edge, without the cookies that are not forwarded. */
export function isHeadTooLarge({ path, search, headers, protocol }: ClientRequest, room: string | null): boolean {
  let bytes = path.length + search.length
  headers.forEach((value, name) => {
    bytes += name.length + 4 + (name === 'cookie' ? withoutRoomCookies(value, room, protocol) : value).length
  })
  return bytes > MAX_HEAD_BYTES
}
