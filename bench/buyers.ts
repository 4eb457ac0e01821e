import { type Position, type Snapshot } from '../edge/contract/rooms.ts'
import { nextPollMs } from '../edge/contract/polling.ts'
import { estimateWaitMs } from '../edge/contract/wait-estimate.ts'
import type { LoadRequest, PendingRequest, Source } from './load.ts'

export type Sale = { room: string; eventId: number }
/** A buyer: one address, one account, one booking. */
export type Buyer = { address: string; access: string; key: string; ticketTypeId: number; quantity: number }

/** A buyer's steps in order; the index is the `kind` of the request's sample. */
export const STEPS = ['join', 'poll', 'claim', 'book'] as const
type Step = (typeof STEPS)[number]

/** Retries of one buyer beyond which a response counts as wrong. */
const TRIES = 50

type State = Buyer & { step: Step; dueMs: number; position: number; ticket: string; pass: string; tries: number }

/**
 * Simulates buyers by the rules of the waiting page: join; poll the snapshot at the page's intervals (`nextPollMs`); claim when the serving
 * number has passed the position; book. All buyers arrive at 0. A heap yields the request that has been due longest.
 */
export function openBuyers(
  sale: Sale,
  buyers: Buyer[],
  random = Math.random,
): { source: Source; facts(): Record<string, number> } {
  const heap = openHeap<State>((buyer) => buyer.dueMs)
  for (const buyer of buyers) heap.push({ ...buyer, step: 'join', dueMs: 0, position: 0, ticket: '', pass: '', tries: 0 })
  const counts: Counts = { booked: 0, seats: 0, failed: 0, again: 0, deferred: 0 }

  /** Advances a buyer by a response; returns a complaint about the response, or null. */
  function advance(buyer: State, status: number, body: string, nowMs: number): string | null {
    const next = nextStep(buyer, status, body, counts, random)
    if (typeof next === 'string') {
      counts.failed++
      return next
    }
    if (next) heap.push(Object.assign(buyer, { step: next.step, dueMs: nowMs + next.afterMs }))
    return null
  }

  return {
    facts: () => ({ ...counts }),
    source(nowMs): PendingRequest | number | null {
      const first = heap.peek()
      if (!first) return null
      if (first.dueMs > nowMs) return first.dueMs
      const buyer = heap.pop()!
      return {
        request: requestOf(sale, buyer),
        dueMs: buyer.dueMs,
        kind: STEPS.indexOf(buyer.step),
        onResponse: (status, body, receivedMs) => advance(buyer, status, body, receivedMs),
      }
    },
  }
}

/** Counts of what happened to the buyers; those that wait are counted by the reason. */
type Counts = Record<string, number> & { booked: number; seats: number; failed: number; again: number; deferred: number }

/** A buyer's next step after a response: null when they are done, a string when the response is wrong. */
function nextStep(
  buyer: State,
  status: number,
  body: string,
  counts: Counts,
  random: () => number,
): { step: Step; afterMs: number } | null | string {
  const unexpected = `${buyer.step} got ${status} ${body.slice(0, 200)}`
  switch (buyer.step) {
    case 'join': {
      if (status !== 201) return unexpected
      const joined = JSON.parse(body) as Position & { ticket: string }
      buyer.ticket = joined.ticket
      buyer.position = joined.position
      return { step: joined.pollAfterMs === 0 ? 'claim' : 'poll', afterMs: joined.pollAfterMs }
    }
    case 'poll': {
      if (status !== 200) return unexpected
      const snapshot = JSON.parse(body) as Snapshot
      const isMoving = snapshot.phase === 'open' || snapshot.phase === 'idle'
      if (buyer.position < snapshot.serving && isMoving) return { step: 'claim', afterMs: 0 }
      // Counts why the buyer waits.
      const cause = isMoving ? `held by ${snapshot.heldBy}` : snapshot.phase
      counts[cause] = (counts[cause] ?? 0) + 1
      const waitMs = estimateWaitMs(snapshot, buyer.position)
      return { step: 'poll', afterMs: nextPollMs(snapshot, buyer.position, waitMs, random(), false) }
    }
    case 'claim': {
      if (status === 201) {
        buyer.pass = (JSON.parse(body) as { pass: string }).pass
        return { step: 'book', afterMs: 0 }
      }
      // The room is full at this second, or the edge that received the claim has an older snapshot.
      if (status !== 425 || ++buyer.tries > TRIES) return unexpected
      counts.deferred++
      return { step: 'claim', afterMs: (JSON.parse(body) as { pollAfterMs: number }).pollAfterMs }
    }
    case 'book': {
      if (status === 201) {
        const { reservation } = JSON.parse(body) as { reservation: { quantity: number } }
        if (reservation.quantity !== buyer.quantity) return unexpected
        counts.booked++
        counts.seats += buyer.quantity
        return null
      }
      // "Try again in n seconds" is a valid response; the report counts it.
      if ((status !== 503 && status !== 429) || ++buyer.tries > TRIES) return unexpected
      counts.again++
      return { step: 'book', afterMs: 1_000 }
    }
  }
}

function requestOf({ room, eventId }: Sale, buyer: State): LoadRequest {
  const from = { 'x-forwarded-for': buyer.address, accept: 'application/json' }
  switch (buyer.step) {
    case 'join':
      return { method: 'POST', path: `/queue/${room}/tickets`, headers: from }
    case 'poll':
      return { method: 'GET', path: `/queue/${room}/snapshot`, headers: from }
    case 'claim':
      return { method: 'POST', path: `/queue/${room}/pass`, headers: { ...from, authorization: `Bearer ${buyer.ticket}` } }
    case 'book':
      return {
        method: 'POST',
        path: `/api/events/${eventId}/reservations`,
        headers: {
          ...from,
          'content-type': 'application/json',
          authorization: `Bearer ${buyer.access}`,
          'x-queue-pass': buyer.pass,
          'idempotency-key': buyer.key,
        },
        body: JSON.stringify({ ticketTypeId: buyer.ticketTypeId, quantity: buyer.quantity }),
      }
  }
}

/** A binary heap: `pop` returns the item with the least rank. */
function openHeap<Item>(rank: (item: Item) => number) {
  const items: Item[] = []
  const isBefore = (a: number, b: number) => rank(items[a]!) < rank(items[b]!)
  const swap = (a: number, b: number) => ([items[a], items[b]] = [items[b]!, items[a]!])
  return {
    peek: () => items[0],
    push(item: Item) {
      items.push(item)
      for (let at = items.length - 1, up = (at - 1) >> 1; at > 0 && isBefore(at, up); at = up, up = (at - 1) >> 1) swap(at, up)
    },
    pop(): Item | undefined {
      const first = items[0]
      const last = items.pop()
      if (items.length === 0 || last === undefined) return first
      items[0] = last
      for (let at = 0;;) {
        const [left, right] = [2 * at + 1, 2 * at + 2]
        let least = left < items.length && isBefore(left, at) ? left : at
        if (right < items.length && isBefore(right, least)) least = right
        if (least === at) return first
        swap(at, least)
        at = least
      }
    },
  }
}
