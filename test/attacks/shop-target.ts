import { freePort } from '../../dev/processes.ts'
import type { Position, Snapshot } from '../../edge/contract/rooms.ts'
import type { Person } from '../../origin/accounts.ts'
import { type Answer, send } from '../http.ts'
import { startRecordingServer } from '../recording-server.ts'
import { openSite, type Site } from '../site.ts'
import { until } from '../until.ts'

/** The path to which the recording server responds with 500, instead of forwarding it to the origin. */
export const BROKEN_PATH = '/broken'

/** The whole shop behind one trusted proxy. A recording server between edge and origin records each request that the edge forwards. */
export async function openShopTarget(options: { redisUrl?: string; settings?: Record<string, string> } = {}) {
  const originPort = await freePort()
  const originUrl = `http://127.0.0.1:${originPort}`
  const forwarded = startRecordingServer(({ method, path, headers, body }) =>
    path.startsWith(BROKEN_PATH)
      ? new Response(null, { status: 500 })
      : fetch(originUrl + path, { method, headers, redirect: 'manual', ...(body.length > 0 && { body }) })
        // The edge checks its readiness before the origin has started.
        .catch(() => new Response(null, { status: 502 }))
  )
  const site = await openSite(
    {
      TRUSTED_PROXIES: '1',
      ROOM_MODE: 'fifo',
      ORIGIN_PORT: String(originPort),
      ORIGIN_URL: forwarded.url,
      ...options.settings,
    },
    options.redisUrl,
  )
  return {
    ...site,
    ...createVisitors(site),
    originUrl,
    forwarded: forwarded.requests,
    async close() {
      await site.close()
      await forwarded.close()
    },
  }
}

export type ShopTarget = Awaited<ReturnType<typeof openShopTarget>>

type RequestOptions = { headers?: Record<string, string>; body?: string; at?: string }

/** Requests of visitors with different addresses, and the resulting state in Redis. */
function createVisitors(site: Site) {
  let visitors = 0
  const request = (method: string, path: string, { at = site.edgeUrl, ...options }: RequestOptions = {}) =>
    send(at + path, { method, ...options })
  /** The headers of a new visitor, as the trusted proxy forwards them. */
  const newVisitor = () => ({ 'x-forwarded-for': `10.9.${(visitors >> 8) & 255}.${visitors++ & 255}` })
  const withTicket = (ticket: string) => ({ ...newVisitor(), authorization: `Bearer ${ticket}` })

  const snapshotOf = async (eventId: number): Promise<Snapshot> =>
    (await request('GET', `/queue/event-${eventId}`, { headers: newVisitor() })).body

  async function join(eventId: number): Promise<Position & { ticket: string; index: number }> {
    const { status, body } = await request('POST', `/queue/event-${eventId}/tickets`, { headers: newVisitor() })
    if (status !== 201) throw new Error(`joining event-${eventId} failed with ${status}`)
    return body
  }

  const claim = (eventId: number, ticket: string, headers: Record<string, string> = {}) =>
    request('POST', `/queue/event-${eventId}/pass`, { headers: { ...withTicket(ticket), ...headers } })

  const book = (eventId: number, [ticketTypeId]: number[], headers: Record<string, string>, at = site.edgeUrl) =>
    request('POST', `/api/events/${eventId}/reservations`, {
      at,
      headers: { ...newVisitor(), ...headers },
      body: JSON.stringify({ ticketTypeId, quantity: 1 }),
    })

  return {
    request,
    newVisitor,
    withTicket,
    snapshotOf,
    join,
    claim,
    book,

    /** Joins the room, and claims a pass when the position is called. */
    async obtainPass(eventId: number): Promise<string> {
      const { ticket } = await join(eventId)
      let response = await claim(eventId, ticket)
      await until(async () => response.status === 201 || (response = await claim(eventId, ticket)).status === 201)
      return response.body.pass
    },

    bookAs: async (person: Person, eventId: number, ticketTypeIds: number[], pass: string) =>
      book(eventId, ticketTypeIds, { ...await site.insider(person, eventId), 'x-queue-pass': pass }),

    issuedTickets: async (eventId: number) => Number(await site.shop.redis.hget(`{r:event-${eventId}}:room`, 'issued')),
    activeVisits: (eventId: number) => site.shop.redis.zcard(`{r:event-${eventId}}:passes`),

    /** The seats left of an event with one ticket type of 100 seats. An event that has not been loaded has all of them. */
    async seatsLeft(eventId: number): Promise<number> {
      const sale = await site.shop.redis.hgetall(`{e:${eventId}}:sale`)
      return Number(Object.entries(sale).find(([field]) => field.startsWith('left:'))?.[1] ?? 100)
    },

    /** Starts a new epoch of the room, as a reset does, and returns when the edge has read it. */
    async startEpoch(eventId: number): Promise<void> {
      const epoch = (await snapshotOf(eventId)).epoch + 1
      await site.shop.redis.hset(`{r:event-${eventId}}:room`, 'epoch', epoch)
      await until(async () => (await snapshotOf(eventId)).epoch === epoch)
    },
  }
}

/** The visitor id in a pass. */
export const passIdOf = (pass: string): string => JSON.parse(Buffer.from(pass.split('.')[1]!, 'base64url').toString()).jti

/** Sends a request for each item, `size` at a time. */
export async function inBatches<Item>(items: Item[], send: (item: Item) => Promise<Answer>, size = 100): Promise<Answer[]> {
  const responses: Answer[] = []
  for (let start = 0; start < items.length; start += size) {
    responses.push(...await Promise.all(items.slice(start, start + size).map(send)))
  }
  return responses
}
