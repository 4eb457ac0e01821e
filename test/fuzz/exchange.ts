import { connect } from 'node:net'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import type { HeaderPairs } from '../../edge/upstream/header-pairs.ts'

/** A request as the fuzzer sends it. */
export type FuzzRequest = {
  method: string
  /** The request target: path and query, sent as they are. */
  target: string
  headers: HeaderPairs
  body: Uint8Array<ArrayBuffer> | null
  /** Whether `fetch` cannot send it, so that its bytes are written to a socket. */
  isRaw: boolean
  /** Whether the bytes are no valid HTTP/1.1 message, or only a part of one: the runtime may refuse it, or close the connection. */
  isBroken: boolean
}

/** A response, read to its end; of an event stream, its first part. */
export type FuzzResponse = { status: number; headers: Headers; text: string }

const TIMEOUT_MS = 30_000

/** Sends a request. Throws an Error if there is no response within half a minute. */
export const exchange = (at: string, request: FuzzRequest): Promise<FuzzResponse> =>
  request.isRaw ? sendBytes(at, request) : sendByFetch(at, request)

async function sendByFetch(at: string, { method, target, headers, body }: FuzzRequest): Promise<FuzzResponse> {
  const response = await fetch(at + target, {
    method,
    headers,
    body,
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream')
  const text = isStream && response.body ? await readFirst(response.body) : await response.text()
  return { status: response.status, headers: response.headers, text }
}

async function readFirst(body: ReadableStream<Uint8Array>): Promise<string> {
  const reader = body.getReader()
  const { value } = await reader.read()
  await reader.cancel()
  return new TextDecoder().decode(value)
}

/** The bytes of a request, on a connection of its own. Adds a Host and a Content-Length where they are missing. */
export function bytesOf(at: string, { method, target, headers, body }: FuzzRequest): Buffer {
  const names = new Set(headers.map(([name]) => name))
  const all: HeaderPairs = names.has('host') ? headers.slice() : [['host', new URL(at).host] as [string, string]].concat(headers)
  if (body && !names.has('content-length') && !names.has('transfer-encoding')) all.push(['content-length', String(body.length)])
  if (!names.has('connection')) all.push(['connection', 'close'])
  const head = `${method} ${target} HTTP/1.1\r\n${all.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
  return Buffer.concat([Buffer.from(head, 'latin1'), body ?? Buffer.alloc(0)])
}

function sendBytes(at: string, request: FuzzRequest): Promise<FuzzResponse> {
  const { hostname, port } = new URL(at)
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0)
    const socket = connect(Number(port), hostname, () => {
      socket.write(bytesOf(at, request))
      // An incomplete message: nothing more will follow.
      if (request.isBroken) socket.end()
    })
    const timer = setTimeout(() => finish(), TIMEOUT_MS)
    const finish = (error?: Error) => {
      clearTimeout(timer)
      socket.destroy()
      const response = parse(received, request.method)
      if (response) resolve(response)
      else reject(error ?? new Error(`no response, but ${received.length} bytes`))
    }
    socket.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes])
      if (isComplete(received, request.method)) finish()
    })
    socket.on('error', finish)
    socket.on('close', () => finish())
  })
}

const HEAD_END = '\r\n\r\n'
const isInformational = (head: string) => /^HTTP\/1\.1 1\d\d/.test(head)

/** Splits a response into its head and body; null while the head is incomplete. */
function split(bytes: Buffer): { head: string; body: Buffer } | null {
  const end = bytes.indexOf(HEAD_END)
  if (end < 0) return null
  const [head, body] = [bytes.toString('latin1', 0, end), bytes.subarray(end + HEAD_END.length)]
  return isInformational(head) ? split(body) : { head, body }
}

const headerOf = (head: string, name: string) => head.match(new RegExp(`^${name}: *(.*?)\r?$`, 'im'))?.[1]
const hasNoBody = (head: string, method: string) => method === 'HEAD' || /^HTTP\/1\.1 (204|304)/.test(head)

function isComplete(bytes: Buffer, method: string): boolean {
  const parts = split(bytes)
  if (!parts) return false
  const { head, body } = parts
  if (hasNoBody(head, method) || headerOf(head, 'content-type')?.startsWith('text/event-stream')) return true
  if (headerOf(head, 'transfer-encoding')) return body.subarray(-7).toString('latin1').endsWith('0\r\n\r\n')
  return body.length >= Number(headerOf(head, 'content-length') ?? Infinity)
}

function parse(bytes: Buffer, method: string): FuzzResponse | null {
  const parts = split(bytes)
  const status = Number(parts?.head.match(/^HTTP\/1\.1 (\d{3})/)?.[1])
  if (!parts || !status) return null
  const { head, body } = parts
  const headers = new Headers()
  for (const line of head.split('\r\n').slice(1)) {
    headers.append(line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim())
  }
  const whole = headers.has('transfer-encoding')
    ? joinChunks(body)
    : body.subarray(0, Number(headers.get('content-length') ?? body.length))
  return { status, headers, text: hasNoBody(head, method) || whole.length === 0 ? '' : decode(whole, headers).toString() }
}

function decode(body: Buffer, headers: Headers): Buffer {
  const encoding = headers.get('content-encoding')
  if (encoding === 'gzip') return gunzipSync(body)
  return encoding === 'br' ? brotliDecompressSync(body) : body
}

function joinChunks(body: Buffer): Buffer {
  const chunks: Buffer[] = []
  for (let at = 0; at < body.length;) {
    const lineEnd = body.indexOf('\r\n', at)
    const size = parseInt(body.toString('latin1', at, lineEnd), 16)
    if (lineEnd < 0 || !size) break
    chunks.push(body.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = lineEnd + 2 + size + 2
  }
  return Buffer.concat(chunks)
}

/** A request as one line of JSON, from which `FUZZ_REPEAT` sends it again. */
export const toText = ({ body, ...request }: FuzzRequest): string =>
  JSON.stringify({ ...request, body: body && Buffer.from(body).toString('base64') })

/** Reads a line of `toText()`. */
export function fromText(line: string): FuzzRequest {
  const { body, ...request } = JSON.parse(line)
  return { ...request, body: body === null ? null : new Uint8Array(Buffer.from(body, 'base64')) }
}
