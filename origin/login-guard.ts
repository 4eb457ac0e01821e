import type { Redis } from 'ioredis'
import { attemptLogin, forgiveLogin, type LoginClient, type LoginRules } from '../db/redis/login/login-attempts.ts'
import { isStoreUnavailable } from '../db/store-unavailable.ts'
import { shareOwnerOf } from '../edge/contract/share-owner.ts'
import { withTimeout } from '../runtime/timeout.ts'

/**
 * How guesses of one account's password are slowed down. One client (address, IPv6 /48 or known device) gets five wrong passwords, then one more after
 * 2 s, 4 s, 8 s and so on, up to one in 15 minutes: about 110 a day. All clients together take from two token buckets of the account, each
 * with 100 tokens and 144 more a day: one for the first three attempts of a client, one for its further attempts. So many clients cannot
 * guess more than a few hundred times a day, and clients that have failed cannot use up the tokens of a client that has not.
 */
export const LOGIN_RULES: LoginRules = {
  freeFailures: 5,
  delayMs: 2_000,
  maxDelayMs: 900_000,
  memoryMs: 4 * 3_600_000,
  firstAttempts: 3,
  burst: 100,
  tokenMs: 600_000,
}

/** Passwords are checked uncounted if Redis does not reply within this time. */
const TIMEOUT_MS = 300

type Allowed = { kind: 'allowed'; onSuccess(): Promise<void>; onUnchecked(): Promise<void> }
export type Permission =
  | Allowed
  | { kind: 'delayed'; retryAfterSeconds: number }

export type LoginGuard = { attempt(who: LoginClient): Promise<Permission> }

/** Runs the check of an attempt. If it fails, as while MySQL is away, no guess was checked, so the attempt is undone. */
export async function checkAttempt<Result>(permission: Allowed, check: () => Promise<Result>): Promise<Result> {
  try {
    return await check()
  } catch (error) {
    await permission.onUnchecked()
    throw error
  }
}

/**
 * Slows down guesses. Each attempt counts as a failure from its start; `onSuccess` and `onUnchecked` undo that. While Redis is away all
 * attempts are allowed, because an outage must not lock everyone out; the edge's limits per address and the hash queue remain.
 */
export function createLoginGuard(redis: Redis, rules: LoginRules = LOGIN_RULES): LoginGuard {
  const ignoreOutage = (error: unknown) => {
    if (!isStoreUnavailable(error)) throw error
    return null
  }
  const inTime = <Value>(work: Promise<Value>) => withTimeout(work.catch(ignoreOutage), TIMEOUT_MS, () => null)
  return {
    async attempt(sent) {
      const who = Object.assign({}, sent, { client: shareOwnerOf(sent.client) })
      const attempt = await inTime(attemptLogin(redis, who, rules))
      if (attempt?.kind === 'refused') return { kind: 'delayed', retryAfterSeconds: Math.ceil(attempt.waitMs / 1000) }
      const undo = async (isSuccess: boolean) => {
        if (attempt) await inTime(forgiveLogin(redis, who, attempt, { isSuccess, tokenMs: rules.tokenMs }))
      }
      return { kind: 'allowed', onSuccess: () => undo(true), onUnchecked: () => undo(false) }
    },
  }
}
