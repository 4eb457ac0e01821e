import { setTimeout as sleep } from 'node:timers/promises'
import { paths } from '../../edge/contract/paths.ts'
import { eventRoom } from '../../edge/contract/rooms.ts'
import { signPass } from '../../edge/contract/tokens.ts'
import { signAccess } from '../../origin/sessions.ts'
import type { Stack } from './stack.ts'

/** A buyer retries for this long before the attempt counts as unanswered. */
const RETRY_MS = 60_000

/** One buyer's request and its outcome. */
export type Attempt = {
  person: number
  key: string
  ticketTypeId: number
  quantity: number
  /** The reservation of a 201; null without one. */
  reservation: string | null
  isCancelled: boolean
  /** The last response: `201`, or the code of its problem. */
  outcome: string
}

export type Reply = { status: number; code: string; body: { reservation: { id: string }; epoch?: number } }
type Call = { path: string; method: string; headers?: Record<string, string>; body?: unknown; at?: string }
type Booking = { eventId: number; person: number; key: string; ticketTypeId: number; quantity: number; at?: string }

const NO_REPLY: Reply = { status: 0, code: 'no_reply', body: { reservation: { id: '' } } }

/** Creates the buyers' client of the API. Each call goes to a random edge unless it names one. */
export function createBuyers({ edgeUrls, tokenKeys }: Pick<Stack, 'edgeUrls' | 'tokenKeys'>, random: () => number) {
  const epochs = new Map<number, number>()
  const anyEdge = () => edgeUrls[Math.floor(random() * edgeUrls.length)]!

  /** Sends a request once; null when there is no response. */
  async function send({ path, method, headers = {}, body, at = anyEdge() }: Call): Promise<Reply | null> {
    const init = { method, headers, signal: AbortSignal.timeout(15_000), body: body === undefined ? null : JSON.stringify(body) }
    try {
      const response = await fetch(at + path, init)
      const json = await response.json() as Reply['body'] & { code?: string }
      return { status: response.status, code: json.code ?? String(response.status), body: json }
    } catch {
      return null
    }
  }

  /** Retries with the same idempotency key, as a client would, until the response is neither 5xx nor 429. */
  async function sendUntilAnswered(call: Call): Promise<Reply & { tries: number }> {
    const deadline = Date.now() + RETRY_MS
    for (let tries = 1;; tries++) {
      const reply = await send(call)
      if (reply && reply.status < 500 && reply.status !== 429) return { ...reply, tries }
      if (Date.now() > deadline) return { ...reply ?? NO_REPLY, tries }
      await sleep(50 + random() * 200)
    }
  }

  async function headersOf(person: number, eventId: number, key: string): Promise<Record<string, string>> {
    const room = eventRoom(eventId)
    const epoch = epochs.get(eventId) ??
      Number((await sendUntilAnswered({ path: paths.room(room), method: 'GET' })).body.epoch)
    epochs.set(eventId, epoch)
    const untilMs = Date.now() + 600_000
    const access = await signAccess({ tokenKeys, now: () => new Date() }, { id: person, nickname: 'chaos', role: 'user' })
    return {
      'content-type': 'application/json',
      'x-forwarded-for': `10.${person >> 16 & 255}.${person >> 8 & 255}.${person & 255}`,
      authorization: `Bearer ${access}`,
      'x-queue-pass': signPass({ id: crypto.randomUUID(), room, epoch, expiresAtMs: untilMs, untilMs }, tokenKeys),
      'idempotency-key': key,
    }
  }

  const bookingCall = async ({ eventId, person, key, ticketTypeId, quantity, at }: Booking): Promise<Call> => ({
    path: paths.api.reservations(eventId),
    method: 'POST',
    headers: await headersOf(person, eventId, key),
    body: { ticketTypeId, quantity },
    at: at ?? anyEdge(),
  })

  return {
    headersOf,
    bookOnce: async (booking: Booking) => send(await bookingCall(booking)),
    book: async (booking: Booking) => sendUntilAnswered(await bookingCall(booking)),
    cancel: async (reservation: string, { person, eventId, key }: Pick<Booking, 'person' | 'eventId' | 'key'>) =>
      sendUntilAnswered({
        path: paths.api.reservation(reservation),
        method: 'DELETE',
        headers: await headersOf(person, eventId, key),
      }),
  }
}

export type Buyers = ReturnType<typeof createBuyers>
