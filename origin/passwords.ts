import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { type Busy, createFairQueue, type Priority } from '../runtime/fair-queue.ts'
import { hashPassword, verifyPassword } from '../runtime/password-hash.ts'

/** Hashes at once; each takes tens of milliseconds of one core. */
const CONCURRENCY = 2
/** Calls of one client that may wait, and of all: a second or two of work. A classroom behind one address logs in at the same time. */
const PER_CLIENT = 20
const TOTAL = 100
/** A slow machine refuses calls, instead of hashing for clients that the edge has given up after ten seconds. */
const MAX_WAIT_MS = 8_000

/**
 * A client whose last three passwords were wrong goes after all others, with its waiting calls, until a right password or ten minutes without a
 * check. One success is enough, because many people may share an address.
 */
const WRONG_IN_A_ROW = 3
const WRONG_MEMORY_MS = 600_000
const MAX_CLIENTS = 10_000

export type Passwords = ReturnType<typeof createPasswords>

/** Who causes a hash: an address, and whether the account knows the device behind it. */
export type HashClient = { client: string; isKnown: boolean }

/**
 * Hashes and checks passwords on Bun's thread pool, two at a time, in fair shares: known devices first, then addresses, then addresses that
 * guess. `busy`: too many calls of the client or of all wait, or the call has waited too long.
 */
export function createPasswords() {
  const queue = createFairQueue({ concurrency: CONCURRENCY, perClient: PER_CLIENT, total: TOTAL, maxWaitMs: MAX_WAIT_MS })
  const wrongInARow = new LRUCache<string, number>({ max: MAX_CLIENTS, ttl: WRONG_MEMORY_MS })
  let dummyHash: Promise<string> | undefined

  const isGuessing = (client: string) => (wrongInARow.get(client) ?? 0) >= WRONG_IN_A_ROW
  const priorityOf = ({ client, isKnown }: HashClient): Priority =>
    isKnown ? 'preferred' : isGuessing(client) ? 'deferred' : 'ordinary'

  /** Whether a password matches. Without a hash it takes as long and fails. */
  async function matches(password: string, expected: string | undefined): Promise<boolean> {
    const isRight = await verifyPassword(password, expected ?? await (dummyHash ??= hashPassword(crypto.randomUUID())))
    return isRight && expected !== undefined
  }

  return {
    hash: (password: string, who: HashClient): Promise<string | Busy> =>
      queue.run(who.client, priorityOf(who), () => hashPassword(password)),

    /** Whether a password matches an account's hash. For an unknown account (undefined) the check takes as long and fails. */
    check: (password: string, expected: string | undefined, who: HashClient): Promise<boolean | Busy> =>
      queue.run(who.client, priorityOf(who), async () => {
        const isRight = await matches(password, expected)
        if (isRight) wrongInARow.delete(who.client)
        else wrongInARow.set(who.client, (wrongInARow.get(who.client) ?? 0) + 1)
        if (isGuessing(who.client)) queue.defer(who.client)
        return isRight
      }),
  }
}

/** The name of an account in Redis and in device tokens: a hash, since neither needs the address. */
export const accountKey = (email: string): string => createHash('sha256').update(email).digest('base64url').slice(0, 22)
