import { randomUUID } from 'node:crypto'
import { queueTicketCookie } from '../../edge/contract/cookies.ts'
import { type Draw, prepareDraw } from '../../edge/contract/draw.ts'
import { IDEMPOTENCY_HEADER, PASS_HEADER } from '../../edge/contract/headers.ts'
import { paths } from '../../edge/contract/paths.ts'
import { nextPollMs } from '../../edge/contract/polling.ts'
import { eventRoom, type Snapshot } from '../../edge/contract/rooms.ts'
import { estimateWaitMs } from '../../edge/contract/wait-estimate.ts'
import { createPace, pause, type Send } from './load-client.ts'
import type { LoadFigures } from './load-figures.ts'
import type { RehearsalEvent } from './rehearsal-event.ts'
import type { SyntheticBuyer } from './synthetic-buyers.ts'

/** Below the edge's limit for joins of accounts from one address (`join` in edge/limits.ts). */
const JOINS_PER_SECOND = 180
/** A buyer chooses seats for this long in the mean. */
const CHOICE_MS = 2_000
/** The share of buyers who cancel, and how long after their booking at most. */
const CANCELLING = 0.05
const CANCEL_AFTER_MS = 3_000
const MIN_POLL_MS = 250
/** A seat that is taken between reading and booking is tried again as often as this. */
const BOOKING_ATTEMPTS = 8

type Parts = {
  event: RehearsalEvent
  send: Send
  figures: LoadFigures
  signAccess(buyer: SyntheticBuyer): Promise<string>
  /** Aborted when the time is over, or an operator stops the rehearsal. */
  stop: AbortSignal
  elapsedMs(): number
  random(): number
}

/**
 * Sends the buyers through the edge: each joins the queue, polls as the waiting page does, claims a pass, chooses, books, and some cancel.
 * Resolves when all have ended, or when `stop` is aborted.
 */
export async function runLoad(parts: Parts, buyers: readonly SyntheticBuyer[]): Promise<void> {
  const join = createPace(JOINS_PER_SECOND, parts.elapsedMs)
  const shared = { draws: new Map<string, Promise<Draw>>(), soldOut: new Set<number>() }
  await Promise.all(buyers.map(async (buyer) => {
    await join(parts.stop)
    if (!parts.stop.aborted) await buy(parts, shared, buyer)
  }))
}

type Shared = {
  /** By seed and number of tickets. */
  draws: Map<string, Promise<Draw>>
  /** Ticket types without a seat at the last attempt of some buyer. */
  soldOut: Set<number>
}

async function buy(parts: Parts, shared: Shared, buyer: SyntheticBuyer): Promise<void> {
  const room = eventRoom(parts.event.eventId)
  const account = { authorization: `Bearer ${await parts.signAccess(buyer)}` }
  const ticket = await joinQueue(parts, room, account)
  if (!ticket) return
  parts.figures.joined()
  const queued = Object.assign({ cookie: `${queueTicketCookie(room)}=${ticket.token}` }, account)
  const pass = await awaitPass(parts, shared, { room, index: ticket.index, headers: queued })
  if (pass === null) return
  parts.figures.admitted()
  const admittedAtMs = parts.elapsedMs()
  await pause(-Math.log(1 - parts.random()) * CHOICE_MS, parts.stop)
  const booked = await book(parts, shared, Object.assign({ [PASS_HEADER]: pass }, account))
  if (!booked) return
  parts.figures.booked(booked.quantity, parts.elapsedMs() - admittedAtMs)
  if (parts.random() < CANCELLING) await cancel(parts, booked, account)
}

/** Joins, and retries what the waiting page retries. Null when the sale is over. */
async function joinQueue(
  { send, stop }: Parts,
  room: string,
  headers: Record<string, string>,
): Promise<{ token: string; index: number } | null> {
  while (!stop.aborted) {
    const { status, body, retryAfterMs } = await send({ step: 'join', method: 'POST', path: paths.tickets(room), headers })
    if (status === 201 || status === 200) return { token: String(body.ticket), index: Number(body.index) }
    if (status !== 0 && status !== 429 && status < 500) return null
    await pause(retryAfterMs, stop)
  }
  return null
}

type Waiting = { room: string; index: number; headers: Record<string, string> }

/** Polls until the turn has come and claims it. Null when it never comes. */
async function awaitPass(parts: Parts, shared: Shared, { room, index, headers }: Waiting): Promise<string | null> {
  const { send, stop, random } = parts
  for (let isFirst = true; !stop.aborted; isFirst = false) {
    const poll = await send({ step: 'poll', method: 'GET', path: paths.room(room), headers: {} })
    if (poll.status !== 200) {
      await pause(poll.retryAfterMs, stop)
      continue
    }
    const snapshot = poll.body as unknown as Snapshot
    if (snapshot.phase === 'sold_out' || snapshot.phase === 'closed') return null
    const position = await positionOf(shared, snapshot, index)
    if (position >= snapshot.serving || snapshot.phase === 'lobby') {
      await pause(nextPollMs(snapshot, position, estimateWaitMs(snapshot, position), random(), isFirst), stop)
      continue
    }
    const claim = await send({ step: 'claim', method: 'POST', path: paths.pass(room), headers })
    if (claim.status === 201) return String(claim.body.pass)
    const isRetried = claim.status === 0 || claim.status === 425 || claim.status === 429 || claim.status >= 500
    if (!isRetried) return null
    const pollAfterMs = Number(claim.body.pollAfterMs)
    await pause(Math.max(MIN_POLL_MS, pollAfterMs > 0 ? pollAfterMs : claim.retryAfterMs), stop)
  }
  return null
}

async function positionOf({ draws }: Shared, { drawn, seed }: Snapshot, index: number): Promise<number> {
  if (drawn === null || seed === null || index >= drawn) return index
  const key = `${seed} ${drawn}`
  if (!draws.has(key)) draws.set(key, prepareDraw(seed, drawn))
  return (await draws.get(key)!).positionOf(index)
}

type Booked = { reservation: string; quantity: number }

/** Books one or more seats of a random ticket type, and those that are left when there are fewer. Null: no seats, or no answer. */
async function book(
  { send, stop, event, random }: Parts,
  { soldOut }: Shared,
  headers: Record<string, string>,
): Promise<Booked | null> {
  let quantity = 1 + Math.floor(random() * Math.min(2, event.limit))
  let key = randomUUID() as string
  let ticketTypeId = pickType(event, soldOut, random)
  for (let attempt = 0; attempt < BOOKING_ATTEMPTS && ticketTypeId !== null && !stop.aborted; attempt++) {
    const { status, code, body, retryAfterMs } = await send({
      step: 'book',
      method: 'POST',
      path: paths.api.reservations(event.eventId),
      headers: Object.assign({ 'content-type': 'application/json', [IDEMPOTENCY_HEADER]: key }, headers),
      body: { ticketTypeId, quantity },
    })
    if (status === 201) return { reservation: String((body.reservation as { id?: unknown }).id), quantity }
    if (code === 'sold_out') {
      const left = Number(body.left ?? 0)
      if (left > 0 && left < quantity) quantity = left
      else soldOut.add(ticketTypeId)
      ticketTypeId = pickType(event, soldOut, random)
      key = randomUUID()
    } else if (status === 0 || status === 429 || status >= 500) await pause(retryAfterMs, stop)
    else return null
  }
  return null
}

function pickType({ ticketTypes }: RehearsalEvent, soldOut: Set<number>, random: () => number): number | null {
  const open = ticketTypes.filter(({ id, seats }) => seats > 0 && !soldOut.has(id))
  return open[Math.floor(random() * open.length)]?.id ?? null
}

async function cancel(
  { send, stop, figures, random }: Parts,
  { reservation, quantity }: Booked,
  headers: Record<string, string>,
) {
  await pause(random() * CANCEL_AFTER_MS, stop)
  if (stop.aborted) return
  const { status } = await send({ step: 'cancel', method: 'DELETE', path: paths.api.reservation(reservation), headers })
  if (status === 200) figures.cancelled(quantity)
}
