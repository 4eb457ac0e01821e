import { LRUCache } from 'lru-cache'
import type { Pass } from './contract/tokens.ts'
import type { Claimed, QueueTickets } from './queue-tickets.ts'
import type { Room } from './rooms/live-room.ts'

/** A pass is renewed once this fraction of its idle time has passed. */
const RENEW_AFTER = 1 / 6
/** A renewal takes about 600 bytes. */
const MAX_RENEWALS = 50_000

/** A renewal, or the answer that the visit has ended. `atMs`: when it was requested, by the store's clock. */
type Renewal = { atMs: number; result: Promise<Claimed | null> }

/**
 * Renews passes in use. Each pass is renewed at most once per sixth of its idle time at this edge: a client that ignores renewed passes and
 * sends its first one with every request gets the last renewal again, without Redis.
 */
export function createPassRenewals(queueTickets: Pick<QueueTickets, 'renew' | 'extendOffline'>) {
  const renewals = new LRUCache<string, Renewal>({ max: MAX_RENEWALS })

  function renew(room: Room, pass: Pass): Promise<Claimed | null> {
    const [key, nowMs] = [keyOf(pass), storeTimeMs(room)]
    const sinceMs = nowMs - (renewals.get(key)?.atMs ?? -Infinity)
    // The store's clock may have been set back.
    if (sinceMs >= 0 && sinceMs < room.plan.admission.idleMs * RENEW_AFTER) return renewals.get(key)!.result
    const renewal: Renewal = { atMs: nowMs, result: queueTickets.renew(room, pass).catch(() => forget(key, renewal)) }
    renewals.set(key, renewal)
    return renewal.result
  }

  /** Forgets a renewal that failed, unless a later one has replaced it. */
  function forget(key: string, renewal: Renewal): null {
    if (renewals.peek(key) === renewal) renewals.delete(key)
    return null
  }

  return {
    /** Returns the renewed pass; null when renewal is not due or not possible, or when the store fails. */
    async renewIfDue(room: Room, pass: Pass): Promise<Claimed | null> {
      const { idleMs } = room.plan.admission
      const sinceRenewalMs = idleMs - (pass.expiresAtMs - storeTimeMs(room))
      if (sinceRenewalMs < idleMs * RENEW_AFTER || pass.expiresAtMs >= pass.untilMs) return null
      return room.isStoreDown ? queueTickets.extendOffline(room, pass) : await renew(room, pass)
    },

    /** Forgets the renewal of a pass whose visit ends, so that it is not returned again. */
    end: (pass: Pass): void => void renewals.delete(keyOf(pass)),
  }
}

export type PassRenewals = ReturnType<typeof createPassRenewals>

const keyOf = ({ room, epoch, id }: Pass) => `${room} ${epoch} ${id}`

const storeTimeMs = (room: Room) => Date.parse(room.snapshot.serverTime)
