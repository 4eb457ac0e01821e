import { createHash } from 'node:crypto'
import { type Busy, createFairQueue, type Priority } from '../runtime/fair-queue.ts'
import { hashPassword, verifyPassword } from '../runtime/password-hash.ts'

/** Hashes at once; each takes tens of milliseconds of one core. */
const CONCURRENCY = 2
/** Calls of one client that may wait, and of all: a second or two of work. A classroom behind one address logs in at the same time. */
const PER_CLIENT = 20
const TOTAL = 100

export type Passwords = ReturnType<typeof createPasswords>

/** Who causes a hash: an address, or a device that the account knows. */
export type HashClient = { client: string; priority: Priority }

/** Hashes and checks passwords on Bun's thread pool, two at a time, in fair shares. `busy`: too many calls of the client, or of all, wait. */
export function createPasswords() {
  const queue = createFairQueue({ concurrency: CONCURRENCY, perClient: PER_CLIENT, total: TOTAL })
  let dummyHash: Promise<string> | undefined
  return {
    hash: (password: string, { client, priority }: HashClient): Promise<string | Busy> =>
      queue.run(client, priority, () => hashPassword(password)),

    /** Whether a password matches an account's hash. For an unknown account (undefined) the check takes as long and fails. */
    check: (password: string, hash: string | undefined, { client, priority }: HashClient): Promise<boolean | Busy> =>
      queue.run(client, priority, async () => {
        if (hash !== undefined) return await verifyPassword(password, hash)
        await verifyPassword(password, await (dummyHash ??= hashPassword(crypto.randomUUID())))
        return false
      }),
  }
}

/** The name of an account in Redis and in device tokens: a hash, since neither needs the address. */
export const accountKey = (email: string): string => createHash('sha256').update(email).digest('base64url').slice(0, 22)
