import { PROOF_OF_WORK_HEADER } from '../../../edge/contract/headers.ts'
import type { Snapshot } from '../../../edge/contract/rooms.ts'
import type { HeldPosition, WaitingPageUrls } from '../../waiting-page/state.ts'
import type { ProofOfWorkChallenge } from '../proof-of-work.ts'
import { timeoutSignal } from '../timeout-signal.ts'
import type { StoredTicket } from './stored-ticket.ts'

const TIMEOUT_MS = 10_000

/** A response of the room's API. `body` is empty when it was not a JSON object. */
export type Reply = {
  isOk: boolean
  /** The problem's code, for example `not_your_turn`. */
  code: string | null
  /** From Retry-After; 0 without it. */
  retryAfterMs: number
  body: Record<string, unknown>
}

/** A response for which the page has no view. */
export class UnexpectedReply extends Error {
  readonly retryAfterMs: number
  constructor({ code, retryAfterMs }: Reply) {
    super(code ?? 'unexpected response')
    this.retryAfterMs = retryAfterMs
  }
}

export type RoomApi = ReturnType<typeof createRoomApi>

export function createRoomApi(room: string, urls: WaitingPageUrls, ticket: StoredTicket) {
  return {
    /** Throws UnexpectedReply when the room does not return a snapshot of itself. */
    async snapshot(): Promise<Snapshot> {
      const reply = await request('GET', `${urls.room}/snapshot`, {})
      if (!reply.isOk || !isSnapshot(reply.body) || reply.body.room !== room) throw new UnexpectedReply(reply)
      return reply.body
    },
    join: (solution: string | null): Promise<Reply> =>
      request('POST', `${urls.room}/tickets`, {
        ...ticket.headers(),
        ...(solution === null ? {} : { [PROOF_OF_WORK_HEADER]: solution }),
      }),
    claimPass: (): Promise<Reply> => request('POST', `${urls.room}/pass`, ticket.headers()),
  }
}

async function request(method: string, path: string, headers: Record<string, string>): Promise<Reply> {
  const response = await fetch(path, {
    method,
    headers: { accept: 'application/json', ...headers },
    signal: timeoutSignal(TIMEOUT_MS),
  })
  const json: unknown = await response.json().catch(() => null)
  const body = isRecord(json) ? json : {}
  const retryAfterSeconds = Number(body.retryAfterSeconds ?? response.headers.get('retry-after')) || 0
  return {
    isOk: response.ok,
    code: typeof body.code === 'string' ? body.code : null,
    retryAfterMs: 1000 * retryAfterSeconds,
    body,
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** Checks the fields that the page calculates with; the server writes all fields or none. */
export const isSnapshot = (value: unknown): value is Snapshot =>
  isRecord(value) && typeof value.room === 'string' && typeof value.serving === 'number' && typeof value.issued === 'number'

export const isJoined = (value: unknown): value is HeldPosition & { ticket: string } =>
  isRecord(value) && typeof value.ticket === 'string' && typeof value.position === 'number' && typeof value.index === 'number'

export const isChallenge = (value: unknown): value is ProofOfWorkChallenge =>
  isRecord(value) && typeof value.challenge === 'string' && typeof value.salt === 'string' && typeof value.maxnumber === 'number'
