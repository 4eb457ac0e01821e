import type { CheckInFigures, CheckInList, Mark, MarkResult } from '../../../edge/contract/check-in.ts'
import { paths } from '../../../edge/contract/paths.ts'
import { timeoutSignal } from '../timeout-signal.ts'

/** `offline`: no answer, or one that a later attempt may improve. `login`: the session has ended. `refused`: the shop does not accept it. */
export type Reply<Body> = { kind: 'ok'; body: Body } | { kind: 'offline' } | { kind: 'login' } | { kind: 'refused' }

export type DoorApi = ReturnType<typeof createDoorApi>

/** A scan waits this long for the shop before the list decides; less when the shop has not answered the last one. */
const SCAN_TIMEOUT_MS = 3_000
const RETRY_TIMEOUT_MS = 1_000
const TIMEOUT_MS = 30_000
const MARK_TIMEOUTS_MS = { scan: SCAN_TIMEOUT_MS, retry: RETRY_TIMEOUT_MS, pending: TIMEOUT_MS }

export function createDoorApi(eventId: number) {
  async function call<Body>(path: string, timeoutMs: number, body?: unknown): Promise<Reply<Body>> {
    const first = await send<Body>(path, timeoutMs, body)
    if (first.kind !== 'login') return first
    // The access token has expired.
    const refreshed = await fetch(paths.api.refresh, { method: 'POST', signal: timeoutSignal(timeoutMs) }).catch(() => null)
    return !refreshed || mayImprove(refreshed) ? { kind: 'offline' } : await send<Body>(path, timeoutMs, body)
  }
  return {
    list: () => call<CheckInList>(paths.api.checkIn(eventId), TIMEOUT_MS),
    figures: () => call<CheckInFigures>(paths.api.checkIn(eventId, '/figures'), SCAN_TIMEOUT_MS),
    mark: (marks: readonly Mark[], kind: keyof typeof MARK_TIMEOUTS_MS) =>
      call<{ results: MarkResult[] }>(paths.api.checkIn(eventId, '/marks'), MARK_TIMEOUTS_MS[kind], { marks }),
    undo: (seat: { id: string; reservation: string; ordinal: number }) =>
      call<null>(paths.api.checkIn(eventId, '/undo'), SCAN_TIMEOUT_MS, seat),
  }
}

const mayImprove = ({ status }: Response): boolean => status >= 500 || status === 429

async function send<Body>(path: string, timeoutMs: number, body?: unknown): Promise<Reply<Body>> {
  try {
    const response = await fetch(path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { accept: 'application/json', ...(body !== undefined && { 'content-type': 'application/json' }) },
      signal: timeoutSignal(timeoutMs),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (response.ok) return { kind: 'ok', body: response.status === 204 ? null as Body : await response.json() as Body }
    if (response.status === 401) return { kind: 'login' }
    return { kind: mayImprove(response) ? 'offline' : 'refused' }
  } catch {
    return { kind: 'offline' }
  }
}
