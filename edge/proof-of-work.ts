import { createChallenge, extractParams, verifySolution } from 'altcha-lib/v1'
import * as z from 'zod'
import { LRUCache } from 'lru-cache'
import { createWorkDemand } from './work-demand.ts'
import type { ProofOfWorkChallenge } from '../web/browser/proof-of-work.ts'

export type ProofOfWorkOutcome = 'done' | 'missing' | 'wrong' | 'expired' | 'spent'

/**
 * The assumed rate of SHA-256 hashes in a phone's browser, with crypto.subtle on one thread. Measured: Chromium 156 on an EPYC core 188,000,
 * throttled four times ("mid-tier mobile") 49,000, throttled six times ("low-tier") 33,000. Published by ALTCHA: Galaxy A14 40,000,
 * iPhone 12 mini 120,000 (altcha.org/docs/complexity).
 */
const PHONE_HASHES_PER_SECOND = 30_000
const LIFETIME_MS = 120_000
/** A bound of memory, with LRU eviction. A spent challenge that was evicted could be spent again until it expires. */
const MAX_SPENT = 200_000
const MAX_SOLUTION_LENGTH = 1_024

const hex32 = z.string().regex(/^[0-9a-f]{64}$/)
const payload = z.object({
  algorithm: z.literal('SHA-256'),
  challenge: hex32,
  // The hash covers salt and number concatenated. A fixed form of both keeps the boundary between them, so that no digit of the expiry can
  // move from one to the other.
  number: z.int().nonnegative(),
  salt: z.string().regex(/^[0-9a-f]{24}\?[^?]+&$/),
  signature: hex32,
})
const params = z.object({ room: z.string(), expires: z.string().regex(/^\d+$/).transform(Number) })

type Parts = {
  secret: Uint8Array
  /** Recent joins from an address above which `isDue` is true. */
  joinsWithoutWork: number
  /** Milliseconds since the epoch. */
  now(): number
}

/**
 * The challenge before joining; its cost grows with the number of recent joins from an address. A challenge is bound to its room and to a
 * nonce, not to an address: a visitor may solve it at another address of a NAT pool, or change from IPv6 to IPv4. It is stateless until it is
 * solved, so that any edge with the same secret can check the solution. Each edge accepts a solution once.
 */
export function createProofOfWork({ secret, joinsWithoutWork, now }: Parts) {
  const hmacKey = deriveKey(secret)
  const demand = createWorkDemand(joinsWithoutWork, now)
  /** Signatures of solved challenges. */
  const spent = new LRUCache<string, true>({ max: MAX_SPENT })

  return {
    /** Whether so many joins came from an address recently that the next one requires a proof of work in an `adaptive` room. */
    isDue: demand.isDue,

    /** Counts a join without a proof of work. */
    countJoin: demand.countJoin,

    /**
     * A challenge for a room, valid for two minutes, as difficult as the joins from the address demand. It counts as half a join from there,
     * so that cheap challenges cannot be hoarded.
     */
    async challenge(room: string, address: string): Promise<ProofOfWorkChallenge> {
      const expectedMs = demand.countChallenge(address)
      // The solution is uniform in 1 … maxnumber, so a client tries half of them on average.
      const maxnumber = Math.round(2 * expectedMs * PHONE_HASHES_PER_SECOND / 1000)
      const expires = new Date(now() + LIFETIME_MS)
      const { challenge, salt, signature } = await createChallenge({
        algorithm: 'SHA-256',
        hmacKey: await hmacKey,
        maxnumber,
        expires,
        params: { room },
      })
      return { algorithm: 'SHA-256', challenge, salt, maxnumber, signature }
    },

    /** Checks a solution. 'done' spends the challenge, and counts the other half of the join, from the address that sent the solution. */
    async check(room: string, address: string, solution: string | undefined): Promise<ProofOfWorkOutcome> {
      if (!solution) return 'missing'
      const solved = readSolution(solution)
      if (!solved || !await verifySolution(solved, await hmacKey, false)) return 'wrong'
      const task = params.safeParse(extractParams(solved))
      if (!task.success || task.data.room !== room) return 'wrong'
      if (task.data.expires * 1000 <= now()) return 'expired'
      if (spent.get(solved.signature) !== undefined) return 'spent'
      spent.set(solved.signature, true)
      demand.countSolution(address)
      return 'done'
    },
  }
}

export type ProofOfWork = ReturnType<typeof createProofOfWork>

function readSolution(solution: string): z.infer<typeof payload> | null {
  if (solution.length > MAX_SOLUTION_LENGTH) return null
  try {
    return payload.safeParse(JSON.parse(atob(solution))).data ?? null
  } catch {
    return null
  }
}

async function deriveKey(secret: Uint8Array): Promise<string> {
  const key = await crypto.subtle.importKey('raw', new Uint8Array(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  const derived = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode('neticket-work'))
  return Array.from(new Uint8Array(derived), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
