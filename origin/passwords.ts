import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { shareOwnerOf } from '../edge/contract/share-owner.ts'
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

/** Who causes a hash: the client's address, and whether the account knows the device behind it. */
export type HashClient = { address: string; isKnown: boolean }

/** The hash function of passwords. */
export type PasswordHashing = {
  hash(password: string): Promise<string>
  verify(password: string, hash: string): Promise<boolean>
}
const ARGON2ID: PasswordHashing = { hash: hashPassword, verify: verifyPassword }

/**
 * Hashes and checks passwords on Bun's thread pool, two at a time, in fair shares of addresses: known devices first, then others, then
 * addresses that guess. The networks of an IPv6 /48 have one share. `busy`: too many calls of the address or of all wait, or the call has
 * waited too long.
 */
export function createPasswords(hashing: PasswordHashing = ARGON2ID) {
  const queue = createFairQueue({ concurrency: CONCURRENCY, perClient: PER_CLIENT, total: TOTAL, maxWaitMs: MAX_WAIT_MS })
  const wrongInARow = new LRUCache<string, number>({ max: MAX_CLIENTS, ttl: WRONG_MEMORY_MS })
  let dummyHash: Promise<string> | undefined
  let commonPasswords: Promise<ReadonlySet<string>> | undefined

  const isGuessing = (client: string) => (wrongInARow.get(client) ?? 0) >= WRONG_IN_A_ROW

  function run<Result>({ address, isKnown }: HashClient, work: (client: string) => Promise<Result>): Promise<Result | Busy> {
    const client = shareOwnerOf(address)
    const priority: Priority = isKnown ? 'preferred' : isGuessing(client) ? 'deferred' : 'ordinary'
    return queue.run(client, priority, () => work(client))
  }

  /** Whether a password matches. Without a hash it takes as long and fails. */
  async function matches(password: string, expected: string | undefined): Promise<boolean> {
    const hasHash = expected !== undefined && expected !== NO_PASSWORD
    const isRight = await hashing.verify(password, hasHash ? expected : await (dummyHash ??= hashing.hash(crypto.randomUUID())))
    return isRight && hasHash
  }

  return {
    /**
     * Whether a password of at least eight characters is easy to guess: it is on a list of 49,000 common and breached passwords, is one character
     * repeated, or is one of `own`, such as the address and the nickname of the account. The list is loaded when it is first needed.
     */
    async isCommon(password: string, own: readonly string[]): Promise<boolean> {
      const folded = password.normalize('NFC').toLowerCase()
      if (new Set(folded).size === 1) return true
      if (own.flatMap((word) => [word, word.split('@', 1)[0]!]).some((word) => word.toLowerCase() === folded)) return true
      return (await (commonPasswords ??= readCommonPasswords())).has(folded)
    },

    hash: (password: string, who: HashClient): Promise<string | Busy> => run(who, () => hashing.hash(password)),

    /** Whether a password matches an account's hash. For an unknown account (undefined) the check takes as long and fails. */
    check: (password: string, expected: string | undefined, who: HashClient): Promise<boolean | Busy> =>
      run(who, async (client) => {
        const isRight = await matches(password, expected)
        if (isRight) wrongInARow.delete(client)
        else wrongInARow.set(client, (wrongInARow.get(client) ?? 0) + 1)
        if (isGuessing(client)) queue.defer(client)
        return isRight
      }),
  }
}

/** Instead of a hash: the account has no password, and nobody can log in to it. */
export const NO_PASSWORD = '-'

const SHORTEST_PASSWORD = 8

async function readCommonPasswords(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common')
  return new Set(dictionary['passwords-common'].filter((word) => word.length >= SHORTEST_PASSWORD))
}

/** The name of an account in Redis and in the log: a hash, since neither needs the address. */
export const accountKey = (email: string): string => nameOf(email)

/** The name of an account with its present password, in device tokens: its hash has a salt. With another password no device is known. */
export const passwordKey = (passwordHash: string): string => nameOf(passwordHash)

const nameOf = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 22)
