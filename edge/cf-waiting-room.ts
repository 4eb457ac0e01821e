import type { Language } from './contract/language.ts'
import type { Position } from './contract/rooms.ts'
import type { Room } from './rooms.ts'

/**
 * The `cfWaitingRoom` object of Cloudflare's Waiting Room (its documentation, "JSON-friendly response"): apps that wait by asking for the
 * protected address itself, with exactly this Accept header, wait here as they do there.
 */
export const wantsAppStatus = (headers: Headers) => headers.get('accept') === 'application/json'

/** All 25 fields, for a visitor at a position; null for one who could not join, `wasFull` if for that reason. */
export function describeForApps(room: Room, position: Position | null, wasFull: boolean, language: Language) {
  const { snapshot, plan } = room
  const waitMinutes = position?.etaSeconds ? Math.ceil(position.etaSeconds / 60) : 0
  const waitTimeKnown = typeof position?.etaSeconds === 'number'
  const minutes = (count: number) =>
    new Intl.NumberFormat(language, { style: 'unit', unit: 'minute', unitDisplay: 'long' }).format(count)
  const untilMinutes = (atMs: number | null) =>
    atMs === null ? 0 : Math.max(0, Math.ceil((atMs - Date.parse(snapshot.serverTime)) / 60_000))
  const [toStart, toEnd] = [untilMinutes(plan.opening.opensAtMs), untilMinutes(plan.opening.closesAtMs)]
  const method = { fifo: 'fifo', draw: 'fifo', passthrough: 'passthrough', closed: 'reject' }[room.mode]
  return {
    inWaitingRoom: true,
    waitTimeKnown,
    waitTime: waitMinutes,
    waitTime25Percentile: 0,
    waitTime50Percentile: 0,
    waitTime75Percentile: 0,
    waitTimeFormatted: waitTimeKnown ? minutes(waitMinutes) : '',
    queueIsFull: wasFull || snapshot.issued - snapshot.serving >= plan.rules.maxWaiting,
    queueAll: snapshot.phase === 'paused' || snapshot.phase === 'sold_out',
    lastUpdated: snapshot.serverTime,
    // Theirs is always 20; the line's own pace is gentler and sooner.
    refreshIntervalSeconds: method === 'reject'
      ? 0
      : Math.max(1, Math.ceil((position?.pollAfterMs ?? snapshot.pollAfterMs) / 1000)),
    queueingMethod: method,
    isFIFOQueue: method === 'fifo',
    isRandomQueue: false,
    isPassthroughQueue: method === 'passthrough',
    isRejectQueue: method === 'reject',
    isEventActive: plan.opening.opensAtMs !== null && snapshot.phase !== 'lobby' && snapshot.phase !== 'closed',
    isEventPrequeueing: snapshot.phase === 'lobby',
    timeUntilEventStart: toStart,
    timeUntilEventStartFormatted: toStart > 0 ? minutes(toStart) : '',
    timeUntilEventEnd: toEnd,
    timeUntilEventEndFormatted: toEnd > 0 ? minutes(toEnd) : '',
    shuffleAtEventStart: room.mode === 'draw',
    turnstile: '',
    infiniteQueue: false,
  }
}
