import { QUEUE_COMMAND_HEADER } from './contract/headers.ts'
import { wantsPage } from './contract/problem.ts'
import type { Deps } from './deps.ts'
import { ACCOUNT_PATHS, BODY_LIMIT_BYTES, type Ctx, hostOf, problem, protocolOf } from './http.tsx'

/** An answer of the origin, without what it says to the edge alone. */
export type Forwarded = { response: Response; command: string | null }

const SLOW_BODY_MS = 10_000
/** Headers of an answer that belong to its one hop, or are the edge's business. */
const NOT_PASSED_ON = [
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-encoding',
  'content-length',
  QUEUE_COMMAND_HEADER,
]

/** Answers a GET from the micro-cache, else from the origin. */
export function fromCache(c: Ctx, deps: Deps): Promise<Response> {
  const url = new URL(c.req.url)
  const isPage = wantsPage(c.req.raw.headers)
  const isPart = c.req.header('hx-request') === 'true'
  const host = hostOf(c, deps.trustedProxies)
  const key = `${host} ${c.get('language')} ${isPart} ${isPage} ${url.pathname}${url.search}`
  return deps.cache.answer(key, async () => (await forward(c, deps)).response)
}

/** Sends a request on to the origin. `pass`: one that was given with this request, which the request cannot carry itself. */
export async function forward(c: Ctx, deps: Deps, pass: string | null = null): Promise<Forwarded> {
  const body = await readBody(c)
  if (body === 'too_large') return { response: problem(c, 'body_too_large'), command: null }
  if (body === 'too_slow') return { response: problem(c, 'malformed_request'), command: null }
  const response = await deps.origin.forward(c.req.raw, body, {
    requestId: c.get('requestId'),
    address: c.get('address'),
    protocol: protocolOf(c, deps.trustedProxies),
    host: hostOf(c, deps.trustedProxies),
    language: c.get('language'),
    pass,
    isMeasured: !ACCOUNT_PATHS.has(c.req.path),
  })
  // A copy: the headers of a fetched response cannot be changed.
  const headers = new Headers(response.headers)
  for (const name of NOT_PASSED_ON) headers.delete(name)
  return {
    response: new Response(response.body, { status: response.status, headers }),
    command: response.headers.get(QUEUE_COMMAND_HEADER),
  }
}

/** The body, at most 64 kB and within ten seconds, so that a slow sender holds nothing at the origin. */
async function readBody(c: Ctx): Promise<Uint8Array<ArrayBuffer> | null | 'too_large' | 'too_slow'> {
  const source = c.req.raw.body
  if (!source) return null
  if (Number(c.req.header('content-length') ?? 0) > BODY_LIMIT_BYTES) return 'too_large'
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = source.getReader()
  let isSlow = false
  const timer = setTimeout(() => {
    isSlow = true
    void reader.cancel()
  }, SLOW_BODY_MS)
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      size += read.value.byteLength
      if (size > BODY_LIMIT_BYTES) {
        await reader.cancel()
        return 'too_large'
      }
      chunks.push(read.value)
    }
  } finally {
    clearTimeout(timer)
  }
  // What came is a piece, and might read as a whole.
  if (isSlow) return 'too_slow'
  const body = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    body.set(chunk, offset)
    offset += chunk.byteLength
  }
  return body
}
