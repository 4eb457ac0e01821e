import { takesGzip } from './compression.ts'
import { QUEUE_COMMAND_HEADER } from './contract/headers.ts'
import type { Deps } from './deps.ts'
import type { Body, UpstreamResponse } from './upstream.ts'
import { ACCOUNT_PATHS, BODY_LIMIT_BYTES, type Ctx, hostOf, languageOf, problem, protocolOf } from './http.tsx'

/** An answer of the origin, without what it says to the edge alone. */
export type Forwarded = UpstreamResponse & { command: string | null }

const SLOW_BODY_MS = 10_000
/** Headers of an answer that belong to its one hop, or are the edge's business. */
const NOT_PASSED_ON = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-encoding',
  'content-length',
  QUEUE_COMMAND_HEADER,
])

/** Answers a GET from the micro-cache, else from the origin. */
export async function fromCache(c: Ctx, deps: Deps): Promise<Response> {
  const fetchAnswer = async (isShared: boolean) => {
    const { body, status, headers } = await forward(c, deps, null, isShared)
    return new Response(body, { status, headers })
  }
  return isForOne(c)
    ? await fetchAnswer(false)
    : await deps.cache.answer(keyOf(c, deps), fetchAnswer, takesGzip(c.req.raw.headers))
}

/** A piece is of no use to anybody else; nor is what was asked for without the wishes in its key, which end here if Connection names them. */
const isForOne = (c: Ctx) => c.req.header('range') !== undefined || /accept|hx-request/i.test(c.req.header('connection') ?? '')

/** All that a shared answer may vary by. Of a shop it is known how little that is, so that more readers share one. */
function keyOf(c: Ctx, deps: Deps): string {
  const url = new URL(c.req.url)
  const { headers } = c.req.raw
  const wishes = deps.directory.isShop
    ? [languageOf(c), c.get('isPage'), headers.get('hx-request') === 'true']
    : ['accept-language', 'accept', 'hx-request'].map((name) => headers.get(name))
  // No header has a line break in it: two of them cannot be read as others.
  return [hostOf(c, deps), ...wishes, url.pathname + url.search].join('\n')
}

/**
 * Sends a request on to the origin. `pass`: one that was given with this request, which the request cannot carry itself. `isShared`: the
 * answer may be given to others.
 */
export async function forward(
  c: Ctx,
  deps: Deps,
  visit: { pass: string | null } | null = null,
  isShared = false,
): Promise<Forwarded> {
  const body = await readBody(c, deps)
  if (isRefusal(body)) {
    const { status, headers, body: words } = problem(c, body.refused)
    return { status, headers: [...headers], body: words, command: null }
  }
  const answer = await deps.upstream.forward(c.req.raw, body, {
    requestId: c.get('requestId'),
    address: c.get('address'),
    protocol: protocolOf(c, deps.trustedProxies),
    host: hostOf(c, deps),
    language: deps.directory.isShop ? languageOf(c) : null,
    pass: visit?.pass ?? null,
    isMeasured: visit !== null && !ACCOUNT_PATHS.has(c.req.path),
    isShared,
    isBatchable: visit !== null && deps.directory.isShop,
  })
  const command = answer.headers.find(([name]) => name === QUEUE_COMMAND_HEADER)?.[1] ?? null
  return { ...answer, headers: answer.headers.filter(([name]) => !NOT_PASSED_ON.has(name)), command }
}

const isRefusal = (body: Body | Refusal): body is Refusal => body !== null && typeof body === 'object' && 'refused' in body

type Refusal = { refused: 'body_too_large' | 'malformed_request' }

/** The body, at most 64 kB and within ten seconds, so that a slow sender holds nothing at the origin. */
async function readBody(c: Ctx, deps: Deps): Promise<Body | Refusal> {
  const bytes = Number(c.req.header('content-length') ?? NaN)
  if (bytes > BODY_LIMIT_BYTES) return { refused: 'body_too_large' }
  if (deps.directory.isShop && bytes > 0 && TEXT.test(c.req.header('content-type') ?? '')) return await readText(c)
  const source = c.req.raw.body
  if (!source) return null
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
        return { refused: 'body_too_large' }
      }
      chunks.push(read.value)
    }
  } finally {
    clearTimeout(timer)
  }
  // What came is a piece, and might read as a whole.
  if (isSlow) return { refused: 'malformed_request' }
  const body = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    body.set(chunk, offset)
    offset += chunk.byteLength
  }
  return body
}

/** Bodies that a shop takes for UTF-8; another site may not, and gets the bytes. */
const TEXT = /^application\/(json|x-www-form-urlencoded)\b/i

/** A text of known length: its bytes are counted by the server, which reads it at once much faster than a stream. */
async function readText(c: Ctx): Promise<string | Refusal> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<Refusal>((resolve) => {
    timer = setTimeout(() => resolve({ refused: 'malformed_request' }), SLOW_BODY_MS)
  })
  const text = c.req.raw.text()
  // Whoever hangs up is answered no more.
  text.catch(() => {})
  return await Promise.race([text, late]).finally(() => clearTimeout(timer))
}
