import { LRUCache } from 'lru-cache'

/** A full bucket of an account, and the time in which it regains one token. A browser needs one every fifteen minutes. */
const BURST = 30
const TOKEN_MS = 20_000
/** A bound of memory, with LRU eviction. */
const MAX_ACCOUNTS = 20_000

/** Counts a request of an account whose session was renewed with it. Returns whether it is within the account's limit. */
export type CountRenewed = (account: number) => boolean

/**
 * Limits the requests of one account that come without an access token. The edge counts requests by the account that their access token
 * names, and learns nothing of these; otherwise a client could avoid the limits of its account by dropping the token. A client that is over
 * this limit gets the session's new cookies, with which the edge counts its next request.
 */
export function createRenewedRequests(now: () => Date): CountRenewed {
  /** When the bucket of each account is full again, in epoch milliseconds. */
  const fullAtMs = new LRUCache<number, number>({ max: MAX_ACCOUNTS })
  return (account) => {
    const nowMs = now().getTime()
    // The clock may have been set back.
    const missingMs = Math.min(Math.max(0, (fullAtMs.get(account) ?? 0) - nowMs), BURST * TOKEN_MS)
    const isAllowed = missingMs + TOKEN_MS <= BURST * TOKEN_MS
    fullAtMs.set(account, nowMs + missingMs + (isAllowed ? TOKEN_MS : 0))
    return isAllowed
  }
}
