import type { CheckInFigures, CheckInList, Mark, MarkResult } from '../../../edge/contract/check-in.ts'
import { paths } from '../../../edge/contract/paths.ts'
import { timeoutSignal } from '../timeout-signal.ts'

/** `offline`: no answer, or one that a later attempt may improve. `login`: the session has ended. `refused`: the shop does not accept it. */
export type Reply<Body> = { kind: 'ok'; body: Body } | { kind: 'offline' } | { kind: 'login' } | { kind: 'refused' }

export type DoorApi = ReturnType<typeof createDoorApi>

/** A scan waits this long for the shop before the list decides. */
const SCAN_TIMEOUT_MS = 3_000
const TIMEOUT_MS = 30_000

export function createDoorApi(eventId: number) {
  async function call<Body>(path: string, timeoutMs: number, body?: unknown): Promise<Reply<Body>> {
    const first = await send<Body>(path, timeoutMs, body)
    if (first.kind !== 'login') return first
    // The access token has expired.
    await fetch(paths.api.refresh, { method: 'POST', signal: timeoutSignal(timeoutMs) }).catch(() => {})
    return await send<Body>(path, timeoutMs, body)
  }
  return {
    list: () => call<CheckInList>(paths.api.checkIn(eventId), TIMEOUT_MS),
    figures: () => call<CheckInFigures>(paths.api.checkIn(eventId, '/figures'), SCAN_TIMEOUT_MS),
    mark: (marks: readonly Mark[], isScan: boolean) =>
      call<{ results: MarkResult[] }>(paths.api.checkIn(eventId, '/marks'), isScan ? SCAN_TIMEOUT_MS : TIMEOUT_MS, { marks }),
    undo: (seat: { id: string; reservation: string; ordinal: number }) =>
      call<null>(paths.api.checkIn(eventId, '/undo'), SCAN_TIMEOUT_MS, seat),
  }
}

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
    return { kind: response.status >= 500 || response.status === 429 ? 'offline' : 'refused' }
  } catch {
    return { kind: 'offline' }
  }
}
