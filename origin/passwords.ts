import pLimit from 'p-limit'
import { hashPassword, verifyPassword } from '../runtime/password-hash.ts'

/** Hashes at once; each takes tens of milliseconds of one core. */
const CONCURRENCY = 2
/** Calls that may wait; more are rejected. */
const QUEUE_LIMIT = 60

export type Busy = { kind: 'busy' }
export type Passwords = ReturnType<typeof createPasswords>

/** Hashes and checks passwords, at most two at a time, off the event loop. `busy`: too many calls are waiting. */
export function createPasswords() {
  const limit = pLimit(CONCURRENCY)
  let dummyHash: Promise<string> | undefined
  const run = async <Result>(work: () => Promise<Result>): Promise<Result | Busy> =>
    limit.pendingCount >= QUEUE_LIMIT ? { kind: 'busy' } : await limit(work)
  return {
    hash: (password: string): Promise<string | Busy> => run(() => hashPassword(password)),

    /** Whether a password matches an account's hash. For an unknown account (undefined) the check takes as long and fails. */
    check: (password: string, hash: string | undefined): Promise<boolean | Busy> =>
      run(async () => {
        if (hash !== undefined) return await verifyPassword(password, hash)
        await verifyPassword(password, await (dummyHash ??= hashPassword(crypto.randomUUID())))
        return false
      }),
  }
}
