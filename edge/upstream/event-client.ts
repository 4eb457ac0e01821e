import * as z from 'zod'
import type { Language } from '../contract/language.ts'
import { paths } from '../contract/paths.ts'
import type { HeaderPairs } from './header-pairs.ts'
import { createMicroCache } from '../micro-cache.ts'
import { UpstreamUnavailable } from './upstream-unavailable.ts'

const eventDetail = z.object({
  title: z.string(),
  opensAt: z.iso.datetime(),
  closesAt: z.iso.datetime(),
  status: z.string(),
  ticketTypes: z.array(z.object({ left: z.int() })),
  isRehearsal: z.boolean().default(false),
})

/** The facts of an event that its room needs. */
export type EventFacts = {
  title: string
  opensAtMs: number
  closesAtMs: number
  seatsLeft: number
  isStopped: boolean
  /** Whether the event is the copy that a rehearsal sells. */
  isRehearsal: boolean
}

type Parts = {
  upstream: { get(path: string, headers: HeaderPairs): Promise<Response> }
  /** Identifies this edge, so that the shop also returns the events of rehearsals (`contract/internal-access.ts`). */
  internalToken: string
  now(): number
}

/** Reads events from a NETicket shop's API. Throws UpstreamUnavailable when the shop does not respond. */
export function createEventClient({ upstream, internalToken, now }: Parts) {
  const cache = createMicroCache(now)
  const fetchEvent = (eventId: number, headers: HeaderPairs) => upstream.get(paths.api.event(eventId), headers)
  const ownHeaders: HeaderPairs = [['accept-language', 'ko'], ['authorization', `Bearer ${internalToken}`]]

  return {
    /** The facts of an event now, bypassing every cache; null when there is no such event. */
    findEvent: async (eventId: number): Promise<EventFacts | null> => readEvent(eventId, await fetchEvent(eventId, ownHeaders)),

    /** The title of an event, possibly stale; null when there is no such event, and for a rehearsal. */
    async findTitle(eventId: number, language: Language): Promise<string | null> {
      const response = await cache.respond(`${language} ${eventId}`, () => fetchEvent(eventId, [['accept-language', language]]))
      return (await readEvent(eventId, response))?.title ?? null
    },
  }
}

export type EventClient = ReturnType<typeof createEventClient>

async function readEvent(eventId: number, response: Response): Promise<EventFacts | null> {
  if (!response.ok) {
    await response.body?.cancel()
    if (response.status === 404) return null
    throw new UpstreamUnavailable(`The origin returned ${response.status} for event ${eventId}`)
  }
  const { title, opensAt, closesAt, status, ticketTypes, isRehearsal } = eventDetail.parse(await response.json())
  const isCancelled = status === 'cancelled'
  return {
    title,
    // The room of a cancelled event is closed.
    opensAtMs: isCancelled ? 0 : Date.parse(opensAt),
    closesAtMs: isCancelled ? 0 : Date.parse(closesAt),
    seatsLeft: ticketTypes.reduce((sum, { left }) => sum + left, 0),
    isStopped: status === 'stopped',
    isRehearsal,
  }
}
