import type { Language } from './contract/language.ts'
import type { Position } from './contract/rooms.ts'
import type { Room } from './rooms/live-room.ts'

/**
 * Whether an app requests its status in Cloudflare's way (Waiting Room documentation, "JSON-friendly response"): with exactly this Accept
 * header, at the protected URL. Apps written for Cloudflare's waiting room work here unchanged.
 */
export const wantsAppStatus = (headers: Headers) => headers.get('accept') === 'application/json'

const QUEUEING_METHODS = { fifo: 'fifo', draw: 'fifo', passthrough: 'passthrough', closed: 'reject' } as const

/**
 * The `cfWaitingRoom` object with its 25 fields. `position` is null for a visitor who could not join; `wasFull` is true if the queue was
 * full.
 */
export function describeForApps(room: Room, position: Position | null, wasFull: boolean, language: Language) {
  const { snapshot, plan } = room
  const { phase } = snapshot
  const waitMinutes = position?.etaSeconds ? Math.ceil(position.etaSeconds / 60) : 0
  const waitTimeKnown = typeof position?.etaSeconds === 'number'
  const toStart = minutesUntil(plan.opening.opensAtMs, snapshot.serverTime)
  const toEnd = minutesUntil(plan.opening.closesAtMs, snapshot.serverTime)
  const method = QUEUEING_METHODS[room.mode]
  const pollSeconds = Math.max(1, Math.ceil((position?.pollAfterMs ?? snapshot.pollAfterMs) / 1000))
  return {
    inWaitingRoom: true,
    waitTimeKnown,
    waitTime: waitMinutes,
    waitTime25Percentile: 0,
    waitTime50Percentile: 0,
    waitTime75Percentile: 0,
    waitTimeFormatted: waitTimeKnown ? formatMinutes(waitMinutes, language) : '',
    queueIsFull: wasFull || snapshot.issued - snapshot.serving >= plan.rules.maxWaiting,
    queueAll: phase === 'paused' || phase === 'sold_out',
    lastUpdated: snapshot.serverTime,
    // Cloudflare always sends 20. The room's poll interval detects a turn sooner and costs less in a long queue.
    refreshIntervalSeconds: method === 'reject' ? 0 : pollSeconds,
    queueingMethod: method,
    isFIFOQueue: method === 'fifo',
    isRandomQueue: false,
    isPassthroughQueue: method === 'passthrough',
    isRejectQueue: method === 'reject',
    isEventActive: plan.opening.opensAtMs !== null && phase !== 'lobby' && phase !== 'closed',
    isEventPrequeueing: phase === 'lobby',
    timeUntilEventStart: toStart,
    timeUntilEventStartFormatted: toStart > 0 ? formatMinutes(toStart, language) : '',
    timeUntilEventEnd: toEnd,
    timeUntilEventEndFormatted: toEnd > 0 ? formatMinutes(toEnd, language) : '',
    shuffleAtEventStart: room.mode === 'draw',
    turnstile: '',
    infiniteQueue: false,
  }
}

const formatMinutes = (count: number, language: Language) =>
  new Intl.NumberFormat(language, { style: 'unit', unit: 'minute', unitDisplay: 'long' }).format(count)

const minutesUntil = (atMs: number | null, serverTime: string) =>
  atMs === null ? 0 : Math.max(0, Math.ceil((atMs - Date.parse(serverTime)) / 60_000))
