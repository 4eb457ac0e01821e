/** Methods that change nothing (RFC 9110 §9.2.1). */
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Whether a page of another site sent a request that may change something. Browsers say so in Sec-Fetch-Site (Fetch Metadata), which also
 * holds behind a proxy that changes the host; older ones only name the page's origin in Origin, which is compared with the host that the
 * visitor requested. A program sends neither.
 */
export function isCrossSite({ method, headers }: Pick<Request, 'method' | 'headers'>, readHost: () => string): boolean {
  if (SAFE_METHODS.has(method)) return false
  const site = headers.get('sec-fetch-site')
  if (site !== null) return site !== 'same-origin' && site !== 'none'
  const origin = headers.get('origin')
  if (origin === null) return false
  // An opaque origin is `null`. The scheme decides which port may be left out.
  if (!URL.canParse(origin)) return true
  const page = new URL(origin)
  const host = readHost()
  return !URL.canParse(`${page.protocol}//${host}/`) || new URL(`${page.protocol}//${host}/`).host !== page.host
}

/**
 * Whether a browser asks if a page of another site may send a request (CORS preflight). It carries no credentials and no body, and it changes
 * nothing.
 */
export const isPreflight = ({ method, headers }: Pick<Request, 'method' | 'headers'>): boolean =>
  method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method') &&
  !NOT_OF_PREFLIGHTS.some((name) => headers.has(name))

const NOT_OF_PREFLIGHTS = ['cookie', 'authorization', 'content-type', 'content-length', 'transfer-encoding']
