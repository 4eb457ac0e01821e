/** Simulated buyers of one event: accounts that join its waiting room, wait for their turn and book, through the edge by HTTP. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Person } from '../origin/accounts.ts'
import { type Answer, send } from './http.ts'
import { buyerHeaders } from './shop.ts'
import type { Site } from './site.ts'

export type Booking = { beganAtMs: number; answer: Answer }
type Sale = { site: Site; eventId: number; ticketTypeIds: number[] }

/** Answers after which the same request may succeed a moment later. */
const TEMPORARY = [429, 503]
const RETRY_MS = 500
const MAX_RETRIES = 100
const MAX_POLL_MS = 2_000

export class Buyers {
  readonly bookings: Booking[] = []
  #isStopped = false
  #running: Promise<void>[] = []

  constructor(readonly sale: Sale, readonly people: readonly Person[]) {}

  get booked(): number {
    return this.bookings.filter(({ answer }) => answer.status === 201).length
  }

  /** Each buyer joins the room. Resolves when all have a queue ticket. */
  async joinAll(): Promise<void> {
    await Promise.all(this.people.map((_, i) => this.#join(i)))
  }

  /** Each buyer waits for their turn, claims a pass and books one seat. */
  startBooking(): void {
    this.#running.push(...this.people.map((_, i) => this.#waitAndBook(i)))
  }

  /** One booking after another by buyers who have been let in, until `stop`. */
  startStream(others: readonly Person[]): void {
    this.#running.push(this.#stream(others))
  }

  /** Ends all buyers. Rejects if one of them has got an answer that it did not expect. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.all(this.#running)
  }

  /** Each buyer has an address of their own. */
  async #send(i: number, path: string, headers: Record<string, string>, body?: string): Promise<Answer> {
    const address = { 'x-forwarded-for': `10.9.${i >> 8}.${i & 255}` }
    return await send(this.sale.site.edgeUrl + path, { method: 'POST', headers: Object.assign(address, headers), body })
  }

  async #join(i: number): Promise<Answer> {
    const { authorization } = await buyerHeaders(this.people[i]!, this.sale.eventId)
    const headers = { authorization, 'content-type': 'application/json' }
    while (true) {
      const answer = await this.#send(i, `/queue/event-${this.sale.eventId}/tickets`, headers)
      if ([200, 201].includes(answer.status)) return answer
      if (!TEMPORARY.includes(answer.status)) throw new Error(`join: ${answer.status} ${answer.text}`)
      await sleep(RETRY_MS)
    }
  }

  async #waitAndBook(i: number): Promise<void> {
    while (!this.#isStopped) {
      const { body } = await this.#join(i)
      if (body.pollAfterMs > 0) {
        await sleep(Math.min(body.pollAfterMs, MAX_POLL_MS))
        continue
      }
      const claim = await this.#send(i, `/queue/event-${this.sale.eventId}/pass`, { authorization: `Bearer ${body.ticket}` })
      if (claim.status === 201) return await this.#bookWith(i, claim.body.pass)
      await sleep(RETRY_MS)
    }
  }

  /** Books until the answer is final. Sold-out seats may return. */
  async #bookWith(i: number, pass: string): Promise<void> {
    for (let attempt = i; !this.#isStopped; attempt++) {
      const headers = Object.assign(await buyerHeaders(this.people[i]!, this.sale.eventId), { 'x-queue-pass': pass })
      const { status } = await this.#book(i, attempt, headers)
      if (status === 201) return
      await sleep(RETRY_MS)
    }
  }

  async #stream(others: readonly Person[]): Promise<void> {
    for (let i = 0; !this.#isStopped; i++) {
      const person = others[i % others.length]!
      await this.#book(i, i, await this.sale.site.insider(person, this.sale.eventId))
    }
  }

  async #book(i: number, type: number, headers: Record<string, string>): Promise<Answer> {
    const { eventId, ticketTypeIds } = this.sale
    const beganAtMs = performance.now()
    const body = JSON.stringify({ ticketTypeId: ticketTypeIds[type % ticketTypeIds.length], quantity: 1 })
    const path = `/api/events/${eventId}/reservations`
    let answer = await this.#send(i, path, headers, body)
    // The same key: the first attempt may have booked.
    for (let retries = 0; TEMPORARY.includes(answer.status) && retries < MAX_RETRIES; retries++) {
      await sleep(RETRY_MS)
      answer = await this.#send(i, path, headers, body)
    }
    this.bookings.push({ beganAtMs, answer })
    return answer
  }
}
