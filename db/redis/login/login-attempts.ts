import type { Redis, Result } from 'ioredis'
import * as z from 'zod'
import { readScript } from '../client.ts'
import { loginKeys } from '../keys.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    attemptLogin(...args: (string | number)[]): Result<unknown, Context>
    forgiveLogin(...args: (string | number)[]): Result<unknown, Context>
  }
}

/** Registers the scripts of logins on a connection. */
export function defineLoginScripts(redis: Redis): void {
  redis.defineCommand('attemptLogin', { numberOfKeys: 3, lua: readScript('login/attempt') })
  redis.defineCommand('forgiveLogin', { numberOfKeys: 2, lua: readScript('login/forgive') })
}

/** Who tries to log in to which account. `isKnown`: a device that has logged in to the account before. */
export type LoginClient = { account: string; client: string; isKnown: boolean }

/** The parameters of attempt.lua. */
export type LoginRules = {
  freeFailures: number
  delayMs: number
  maxDelayMs: number
  memoryMs: number
  firstAttempts: number
  burst: number
  tokenMs: number
}

/** `bucket`: what the attempt took from. `until`: when the next one is allowed, epoch ms as text; 0 for no delay. */
export type AllowedAttempt = { kind: 'allowed'; bucket: 'repeats' | 'firsts' | ''; until: string }
export type LoginAttempt = AllowedAttempt | { kind: 'refused'; waitMs: number }

const reply = z.union([
  z.tuple([z.literal('allowed'), z.enum(['repeats', 'firsts', '']), z.string()])
    .transform(([kind, bucket, until]) => ({ kind, bucket, until })),
  z.tuple([z.literal('refused'), z.number()]).transform(([kind, waitMs]) => ({ kind, waitMs })),
])

/** Counts an attempt, and returns whether the password may be checked. Throws StoreUnavailable. */
export async function attemptLogin(redis: Redis, who: LoginClient, rules: LoginRules): Promise<LoginAttempt> {
  const { pair, repeats, firsts } = loginKeys(who.account, who.client)
  const { freeFailures, delayMs, maxDelayMs, memoryMs, firstAttempts, burst, tokenMs } = rules
  const limits = [freeFailures, delayMs, maxDelayMs, memoryMs, firstAttempts, burst, tokenMs]
  return reply.parse(await redis.attemptLogin(pair, repeats, firsts, who.isKnown ? 0 : 1, ...limits))
}

/** Undoes the count of an attempt after a success, or when the password was not checked. Throws StoreUnavailable. */
export async function forgiveLogin(
  redis: Redis,
  { account, client }: LoginClient,
  { bucket, until }: AllowedAttempt,
  { isSuccess, tokenMs }: { isSuccess: boolean; tokenMs: number },
): Promise<void> {
  const keys = loginKeys(account, client)
  await redis.forgiveLogin(keys.pair, keys[bucket || 'repeats'], isSuccess ? 1 : 0, bucket === '' ? 0 : tokenMs, until)
}
