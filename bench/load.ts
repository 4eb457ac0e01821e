import autocannon from 'autocannon'
import { noSamples, type Samples } from './latency.ts'

/** A request as autocannon sends it. */
export type LoadRequest = { method: 'GET' | 'POST' | 'DELETE'; path: string; headers?: Record<string, string>; body?: string }

/** An address of its own for each visitor. */
export const addressOf = (i: number) => `10.${i >> 16 & 255}.${i >> 8 & 255}.${i & 255}`

/** A request that is due, and what hears its answer: the answer's complaint, or null when it is right. */
export type PendingRequest = {
  request: LoadRequest
  /** When it should be sent, ms since the start. What is sent later than that is late, and the lateness is kept with its answer. */
  dueMs: number
  kind: number
  hear(status: number, body: string, nowMs: number): string | null
}

/** Where requests come from. A number: nothing is due before that time; null: nothing more, unless an answer brings it. */
export type Source = (nowMs: number) => PendingRequest | number | null

export type Driven = {
  samples: Samples
  /** Connections that broke or timed out, and responses that were not what they should be; the first of each are counts. */
  errors: number
  wrong: number
  complaints: string[]
  /** Epoch ms of the start. */
  startedAt: number
  /** From the start to the last answer. */
  ms: number
}

const COMPLAINTS = 5
const TIMEOUT_SECONDS = 20

/**
 * Sends what a source gives over so many connections, with autocannon, and keeps every answer's latency. A connection for which nothing
 * is due rests, which autocannon cannot do by itself: its clients send again as soon as they are answered, and its own rates come in
 * one burst a second. So each client's `_doRequest` waits here for its turn, and the bytes that it sends are made by `encode`: autocannon's
 * builder and its `setupRequest` took a third more of the generator's CPU. Connections, parsing, errors and timeouts are autocannon's.
 *
 * Coordinated omission: `took` is from the pending to the answer, `late` from the due time to the pending. In a closed loop (all due at 0)
 * `took` alone is the latency. For open arrivals the latency is their sum: it counts from the intended time, so that a server that
 * stalls is charged for everyone who would have come meanwhile.
 */
export function drive(url: string, connections: number, deadlineMs: number, source: Source): Promise<Driven> {
  const samples = noSamples()
  const resting = new Set<Client>()
  const underway = new Map<Client, PendingRequest & { sentMs: number }>()
  const driven: Driven = { samples, errors: 0, wrong: 0, complaints: [], startedAt: Date.now(), ms: 0 }
  const startedAt = performance.now()
  const { host } = new URL(url)
  const now = () => performance.now() - startedAt
  let alarm: ReturnType<typeof setTimeout> | undefined
  let over = false

  return new Promise((resolve) => {
    const tracker = autocannon({
      ...{ url, connections, requests: [{}], timeout: TIMEOUT_SECONDS, duration: Math.ceil(deadlineMs / 1000) + 1 },
      setupClient: (client) => adopt(client as Client),
    }, () => end('The load was not over in time'))
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
        // A connection that was made anew has lost what it was asked.
        if (underway.delete(client)) driven.errors++
        resting.add(client)
        pump()
      }
      client.submit = (pending) => {
        request = encode(pending.request, host)
        body = ''
        underway.set(client, { ...pending, sentMs: now() })
        send.call(client)
      }
      client.on('body', (part) => (body += part))
      client.on('response', (status) => hear(client, status, body))
    }

    function pump() {
      while (!over && resting.size > 0) {
        const next = source(now())
        if (next === null || typeof next === 'number') {
          if (next === null && underway.size === 0) end(null)
          if (next !== null) wakeAt(next)
          return
        }
        const client = resting.values().next().value!
        resting.delete(client)
        client.submit(next)
      }
    }

    function hear(client: Client, status: number, body: string) {
      const pending = underway.get(client)
      if (!pending) return
      const nowMs = now()
      underway.delete(client)
      samples.at.push(nowMs)
      samples.took.push(nowMs - pending.sentMs)
      samples.late.push(Math.max(0, pending.sentMs - pending.dueMs))
      samples.kind.push(pending.kind)
      driven.ms = nowMs
      const complaint = pending.hear(status, body, nowMs)
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
      ;(tracker as unknown as { stop(): void }).stop()
      resolve(driven)
    }
  })
}

type Client = autocannon.Client & { _doRequest(): void; getRequestBuffer(): Buffer; submit(pending: PendingRequest): void }

const EMPTY = Buffer.alloc(0)

/** A request as it goes over the wire. Autocannon's own builder does the same, and costs as much as all the rest of a request. */
function encode({ method, path, headers = {}, body }: LoadRequest, host: string): Buffer {
  let text = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`
  for (const name in headers) text += `${name}: ${headers[name]}\r\n`
  return Buffer.from(body === undefined ? `${text}\r\n` : `${text}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}
