import {
  ACCESS_COOKIE,
  BOOKED_COOKIE,
  DEVICE_COOKIE,
  LANGUAGE_COOKIE,
  NICKNAME_COOKIE,
  REFRESH_COOKIE,
} from '../../edge/contract/cookies.ts'
import { REQUEST_ID_HEADER } from '../../edge/contract/headers.ts'
import { type ProblemCode, PROBLEMS, wantsPage } from '../../edge/contract/problems.ts'
import { findPublicRoute } from '../../edge/contract/public-routes.ts'
import { AT_THE_BORDER, DOCUMENTED, type Documented, WITHOUT_ROUTE } from './documented.ts'
import type { FuzzRequest, FuzzResponse } from './exchange.ts'
import type { Route } from './routes.ts'
import { INJECTED_HEADER } from './values.ts'

/** A response with its request. `route` is the one that answers the request; null for none. */
export type Exchange = { request: FuzzRequest; response: FuzzResponse; route: Route | null }

/** A broken rule, and what broke it. */
export type Finding = { rule: string; detail: string }

/** Checks one part of a response. Returns what is wrong with it; null when it is right. */
type Rule = (exchange: Exchange) => string | null

/** The path as a router reads it: with plain characters decoded. */
const pathnameOf = ({ target }: FuzzRequest) =>
  target.split(/[?#]/, 1)[0]!.replace(/%[4-7][0-9a-f]/gi, (encoded) => decodeURIComponent(encoded))
const typeOf = ({ headers }: FuzzResponse) => headers.get('content-type')?.split(';')[0] ?? ''
const isHtml = (response: FuzzResponse) => typeOf(response) === 'text/html'
const isProblem = (response: FuzzResponse) => typeOf(response) === 'application/problem+json'
const isHead = ({ method }: FuzzRequest) => method === 'HEAD'
const isPageWanted = ({ headers }: FuzzRequest) => wantsPage(new Headers(headers.filter(([name]) => name === 'accept')))

/** The statuses with which a runtime refuses a message that is no HTTP, before a handler sees it. */
const REFUSED_BY_RUNTIME = new Set([400, 408, 411, 413, 414, 417, 431, 501, 505])

/** The problem's code, from problem+json or from the last line of a problem's page; null when there is none. */
function codeOf(response: FuzzResponse): string | null {
  if (isProblem(response) && response.text) return codeIn(response.text)
  return isHtml(response) ? response.text.match(/(?<!\d)[45]\d\d · ([a-z_]+)</)?.[1] ?? null : null
}

function codeIn(text: string): string | null {
  try {
    const { type, title, status, code, detail } = JSON.parse(text)
    const isWhole = [title, detail].every((part) => typeof part === 'string' && part !== '') &&
      type === `urn:neticket:problem:${code}`
    return isWhole && PROBLEMS[code as ProblemCode]?.status === status ? code : null
  } catch {
    return null
  }
}

/** Spellings of the booking page that no route has. The gate keeps them, and answers an app with its position. */
const GATED_PAGE = /^\/events\/\d+\/booking(?:;[^/]*)?\/?$/i

function documentedFor({ request, route }: Exchange): Documented | null {
  if (route) return DOCUMENTED[route.name] ?? null
  return GATED_PAGE.test(pathnameOf(request)) ? DOCUMENTED['GET /events/:id/booking']! : WITHOUT_ROUTE
}

const RULES: Record<string, Rule> = {
  'no 5xx'(exchange) {
    const { request, response } = exchange
    const isBusy = isHead(request) ? documentedFor(exchange)?.problems.includes('busy') : codeOf(response) === 'busy'
    return response.status < 500 || (response.status === 503 && isBusy) ? null : `${response.status} ${codeOf(response)}`
  },

  'documented answer'(exchange) {
    const documented = documentedFor(exchange)
    if (!documented) return `no entry for ${exchange.route?.name} in test/fuzz/documented.ts`
    const { status } = exchange.response
    if (status < 400) return documented.ok.includes(status) ? null : String(status)
    const codes = AT_THE_BORDER.concat(documented.problems)
    const code = codeOf(exchange.response)
    const isDocumented = code === null
      ? codes.some((one) => PROBLEMS[one].status === status)
      : codes.includes(code as ProblemCode)
    return isDocumented ? null : `${status} ${code}`
  },

  'problem body'({ request, response, route }) {
    const { status } = response
    if (status < 400) return null
    if (isProblem(response) && (isHead(request) || codeOf(response))) {
      return isShownAsData(request, response) ? null : `${status} JSON for a page`
    }
    if (!isHtml(response)) return `${status} ${typeOf(response) || 'without a body'} ${response.text.slice(0, 80)}`
    const isUnread = isHead(request) ? status === 400 : codeOf(response) === 'malformed_request'
    if (pathnameOf(request).startsWith('/api/') && !isUnread) return `${status} a page for the API`
    const isPageRoute = route !== null && !/^\/(api|queue)\//.test(route.path)
    if (!isPageRoute && !isPageWanted(request)) return `${status} a page for a program`
    return isHead(request) || response.text.includes('</') ? null : `${status} an empty page`
  },

  'escaped input': ({ response }) => isHtml(response) && /<fz|fz"/.test(response.text) ? 'unescaped' : null,

  'intact head': ({ response }) => response.headers.has(INJECTED_HEADER) ? 'an injected header' : null,

  'request id': (exchange) =>
    exchange.response.headers.get(REQUEST_ID_HEADER) || isSnapshot(exchange) ? null : `${exchange.response.status} has none`,

  'private stays private'(exchange) {
    const { request, response, route } = exchange
    const control = response.headers.get('cache-control') ?? ''
    const isPublic = /(^|[ ,])(public|s-maxage)/.test(control)
    if (isPublic && response.headers.has('set-cookie')) return 'public with a cookie'
    if (isPublic && response.status >= 400) return 'a public problem'
    if (isPublic && !isSnapshot(exchange) && !findPublicRoute(pathnameOf(request))) return `public: ${route?.name}`
    const mayBeStored = response.status === 200 && (request.method === 'GET' || isHead(request)) &&
      !/no-store|no-cache|max-age/.test(control)
    return mayBeStored ? `no Cache-Control: ${route?.name}` : null
  },

  cookies({ request, response }) {
    const isSecure = isHttps(request)
    return response.headers.getSetCookie().map((cookie) => faultOfCookie(cookie, isSecure)).find((fault) => fault !== null) ??
      null
  },

  'links on this site': ({ response }) =>
    isHtml(response) ? response.text.match(/="(?:(?:https?:)?[\/\\]{2}evil|javascript:)[^"]*"/)?.[0] ?? null : null,

  'redirects on this site'({ response }) {
    const links = ['location', 'hx-redirect', 'hx-location', 'refresh'].map((name) => response.headers.get(name))
    const foreign = links.find((link) => link !== null && !/^\/(?![/\\])[\x21-\x7e]*$/.test(link))
    return foreign ?? (response.status >= 300 && response.status < 304 && !links[0] ? 'no Location' : null)
  },

  'safe pages'({ response }) {
    if (!isHtml(response)) return null
    const missing = ['content-security-policy', 'x-content-type-options'].filter((name) => !response.headers.has(name))
    return missing.length > 0 ? `without ${missing}` : null
  },
}

/** Problems are JSON, except for a browser that asks for a page. */
const isShownAsData = (request: FuzzRequest, response: FuzzResponse) =>
  pathnameOf(request).startsWith('/api/') || !isPageWanted(request) || codeOf(response) === 'malformed_request'

/** The snapshot is the same bytes for every visitor, so it has no request id, and caches may share it. */
const isSnapshot = ({ response, route }: Exchange) =>
  response.status === 200 && /^GET \/queue\/:room(\/snapshot)?$/.test(route?.name ?? '')

/** Cookies that scripts may read. */
const READABLE = new Set([LANGUAGE_COOKIE, NICKNAME_COOKIE])
const OURS = new RegExp(
  `^(${
    [ACCESS_COOKIE, REFRESH_COOKIE, DEVICE_COOKIE, BOOKED_COOKIE, LANGUAGE_COOKIE, NICKNAME_COOKIE, '(ticket|pass)-[\\w.-]+']
      .join('|')
  })$`,
)

/** Whether the visitor uses HTTPS, as the trusted proxy reports. */
const isHttps = ({ headers }: FuzzRequest) => headers.findLast(([name]) => name === 'x-forwarded-proto')?.[1] === 'https'

function faultOfCookie(cookie: string, isSecure: boolean): string | null {
  const name = cookie.slice(0, cookie.indexOf('='))
  const attributes = cookie.toLowerCase().split(';').slice(1).map((attribute) => attribute.trim())
  const bare = name.replace(/^__Host-/, '')
  const hasPrefix = bare !== name
  if (!OURS.test(bare)) return `an unknown cookie ${name}`
  if (!attributes.includes('path=/')) return `${name} without Path=/`
  if (attributes.some((attribute) => attribute.startsWith('domain='))) return `${name} with Domain`
  if ((hasPrefix || isSecure) && !attributes.includes('secure')) return `${name} without Secure`
  if (attributes.includes('max-age=0')) return null
  if (hasPrefix !== isSecure) return `${name} ${isSecure ? 'over' : 'without'} TLS`
  if (!attributes.includes('samesite=lax')) return `${name} without SameSite`
  return READABLE.has(bare) || attributes.includes('httponly') ? null : `${name} without HttpOnly`
}

/** The rules that a response breaks. A broken message that the runtime refuses is not answered by us. */
export function judge(exchange: Exchange): Finding[] {
  const { request, response } = exchange
  if (request.isBroken && REFUSED_BY_RUNTIME.has(response.status) && !response.headers.has(REQUEST_ID_HEADER)) return []
  return Object.entries(RULES).flatMap(([rule, check]) => {
    const detail = check(exchange)
    return detail === null ? [] : [{ rule, detail }]
  })
}
