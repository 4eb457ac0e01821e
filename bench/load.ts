import autocannon from 'autocannon'
import { noSamples, type Samples } from './latency.ts'

/** A request as autocannon sends it. */
export type LoadRequest = { method: 'GET' | 'POST' | 'DELETE'; path: string; headers?: Record<string, string>; body?: string }

/** A distinct client address for the i-th visitor. */
export const addressOf = (i: number) => `10.${i >> 16 & 255}.${i >> 8 & 255}.${i & 255}`

/** A request that is due, and the check of its response. */
export type PendingRequest = {
  request: LoadRequest
  /** The intended sending time, ms since the start. The delay beyond it is recorded with the response. */
  dueMs: number
  kind: number
  /** Handles the response; returns a complaint about it, or null. */
  onResponse(status: number, body: string, nowMs: number): string | null
}

/** A source of requests. A number: no request is due before that time, ms; null: no more requests, unless a response adds one. */
export type Source = (nowMs: number) => PendingRequest | number | null

export type Driven = {
  samples: Samples
  /** `errors`: connections that broke or timed out. `wrong`: responses that failed their check. `complaints`: the first of both. */
  errors: number
  wrong: number
  complaints: string[]
  /** Epoch ms of the start. */
  startedAt: number
  /** From the start to the last response. */
  ms: number
}

const COMPLAINTS = 5
const TIMEOUT_SECONDS = 20

/**
 * Sends a source's requests over `connections` connections with autocannon and records the latency of every response.
 *
 * autocannon's clients send again as soon as a response arrives, and its own rate limit sends one burst a second. Here each client's
 * `_doRequest` idles until a request is due. `encode` builds the bytes: autocannon's builder and its `setupRequest` took a third more of
 * the generator's CPU. Connections, parsing, errors and timeouts are autocannon's.
 *
 * Coordinated omission: `took` is the time from sending to response, `late` from the due time to sending. In a closed loop (everything due
 * at 0) the latency is `took`. For open arrivals it is the sum of both, counted from the intended time, so that a stall of the server
 * affects every request that was due during it.
 */
export function drive(url: string, connections: number, deadlineMs: number, source: Source): Promise<Driven> {
  const idle = new Set<Client>()
  const underway = new Map<Client, PendingRequest & { sentMs: number }>()
  const driven: Driven = { samples: noSamples(), errors: 0, wrong: 0, complaints: [], startedAt: Date.now(), ms: 0 }
  const startedAt = performance.now()
  const { host } = new URL(url)
  const now = () => performance.now() - startedAt
  let alarm: ReturnType<typeof setTimeout> | undefined
  let over = false

  return new Promise((resolve) => {
    const tracker = autocannon({
      url,
      connections,
      requests: [{}],
      timeout: TIMEOUT_SECONDS,
      duration: Math.ceil(deadlineMs / 1000) + 1,
      setupClient: (client) => adopt(client as Client),
    }, () => end('The load did not finish before its deadline'))
    tracker.on('reqError', (error: unknown) => {
      driven.errors++
      complain(String(error))
    })

    function adopt(client: Client) {
      const send = client._doRequest
      let request: Buffer = EMPTY
      let body = ''
      client.getRequestBuffer = () => request
      client._doRequest = () => {
        // autocannon has reconnected: the request in flight is lost.
        if (underway.delete(client)) driven.errors++
        idle.add(client)
        pump()
      }
      client.submit = (pending) => {
        request = encode(pending.request, host)
        body = ''
        underway.set(client, { ...pending, sentMs: now() })
        send.call(client)
      }
      client.on('body', (part) => (body += part))
      client.on('response', (status) => handle(client, status, body))
    }

    function pump() {
      while (!over && idle.size > 0) {
        const next = source(now())
        if (next === null || typeof next === 'number') {
          if (next === null && underway.size === 0) end(null)
          if (next !== null) wakeAt(next)
          return
        }
        const client = idle.values().next().value!
        idle.delete(client)
        client.submit(next)
      }
    }

    function handle(client: Client, status: number, body: string) {
      const pending = underway.get(client)
      if (!pending) return
      const nowMs = now()
      underway.delete(client)
      record(driven, pending, nowMs)
      const complaint = pending.onResponse(status, body, nowMs)
      if (complaint === null) return
      driven.wrong++
      complain(`${pending.request.method} ${pending.request.path}: ${complaint}`)
    }

    function wakeAt(ms: number) {
      clearTimeout(alarm)
      alarm = setTimeout(pump, Math.max(0, ms - now()))
    }
    function complain(complaint: string) {
      if (driven.complaints.length < COMPLAINTS) driven.complaints.push(complaint)
    }
    function end(complaint: string | null) {
      if (over) return
      over = true
      clearTimeout(alarm)
      if (complaint !== null) {
        driven.errors++
        complain(complaint)
      }
      tracker.stop()
      resolve(driven)
    }
  })
}

function record(driven: Driven, { sentMs, dueMs, kind }: PendingRequest & { sentMs: number }, nowMs: number): void {
  const { samples } = driven
  samples.at.push(nowMs)
  samples.took.push(nowMs - sentMs)
  samples.late.push(Math.max(0, sentMs - dueMs))
  samples.kind.push(kind)
  driven.ms = nowMs
}

type Client = autocannon.Client & { _doRequest(): void; getRequestBuffer(): Buffer; submit(pending: PendingRequest): void }

const EMPTY = Buffer.alloc(0)

/** The bytes of a request. autocannon's own builder costs as much CPU as the rest of its work for a request. */
function encode({ method, path, headers = {}, body }: LoadRequest, host: string): Buffer {
  let text = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`
  for (const name in headers) text += `${name}: ${headers[name]}\r\n`
  return Buffer.from(body === undefined ? `${text}\r\n` : `${text}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}
