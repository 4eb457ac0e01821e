import { createChallenge, extractParams, verifySolution } from 'altcha-lib/v1'
import * as z from 'zod'
import { LRUCache } from 'lru-cache'
import type { ProofOfWorkChallenge } from '../web/browser/proof-of-work.ts'

export type ProofOfWorkOutcome = 'done' | 'missing' | 'wrong' | 'expired' | 'spent'

/**
 * SHA-256 hashes a second that a phone's browser is taken to make with crypto.subtle on one thread. Chromium 156 on an EPYC core made
 * 188,000, slowed four times ("mid-tier mobile") 49,000, six times ("low-tier") 33,000; ALTCHA measured 40,000 on a Galaxy A14 and
 * 120,000 on an iPhone 12 mini (altcha.org/docs/complexity).
 */
const PHONE_HASHES_PER_SECOND = 30_000
/** Time that a phone spends on average; bad luck doubles it. The first join from an address, each one more, and at most. */
const FIRST_MS = 50
const EACH_JOIN_MS = 15
const AT_MOST_MS = 1_500
const LIFETIME_MS = 120_000
/** After this, a join from an address counts for half. */
const HALF_LIFE_MS = 60_000
/** Bounds of memory; what was touched longest ago goes first. A spent challenge that went so is accepted once more while it lives. */
const ADDRESSES_KEPT = 50_000
const SPENT_KEPT = 200_000
const SOLUTION_CHARACTERS = 1_024

const hex32 = z.string().regex(/^[0-9a-f]{64}$/)
const payload = z.object({
  algorithm: z.literal('SHA-256'),
  challenge: hex32,
  // A number in text, or a salt that ends elsewhere, would let the border between the two move: the expiry could be cut off.
  number: z.int().nonnegative(),
  salt: z.string().regex(/^[0-9a-f]{24}\?[^?]+&$/),
  signature: hex32,
})
const params = z.object({ room: z.string(), address: z.string(), expires: z.coerce.number() })

/**
 * The work that joining costs: the more joins there were lately from an address, the more. Nothing is kept about a challenge until it is
 * solved, so any edge with the same secret checks it; each edge accepts it once. `now` is in epoch ms.
 */
export function createProofOfWork({ secret, now }: { secret: Uint8Array; now(): number }) {
  const hmacKey = deriveKey(secret)
  const joins = createJoinCounts(now)
  /** Signatures of accepted challenges, with the time when these expire. */
  const spent = new LRUCache<string, number>({ max: SPENT_KEPT })

  return {
    /** A challenge for this room and address, good for two minutes. Asking counts as half a join, so that cheap ones cannot be hoarded. */
    async challenge(room: string, address: string): Promise<ProofOfWorkChallenge> {
      const expectedMs = Math.min(AT_MOST_MS, FIRST_MS + EACH_JOIN_MS * joins.of(address))
      joins.add(address, 0.5)
      // The number is drawn evenly from 1 … maxnumber, so that half of them are tried on average.
      const maxnumber = Math.round(2 * expectedMs * PHONE_HASHES_PER_SECOND / 1000)
      const expires = new Date(now() + LIFETIME_MS)
      const { challenge, salt, signature } = await createChallenge({
        algorithm: 'SHA-256',
        hmacKey: await hmacKey,
        maxnumber,
        expires,
        params: { room, address },
      })
      return { algorithm: 'SHA-256', challenge, salt, maxnumber, signature }
    },

    /** Judges what `solveWork` found. On 'done' the challenge is spent and the other half of the join is counted. */
    async check(room: string, address: string, solution: string | undefined): Promise<ProofOfWorkOutcome> {
      if (!solution) return 'missing'
      const solved = readSolution(solution)
      if (!solved || !await verifySolution(solved, await hmacKey, false)) return 'wrong'
      const task = params.safeParse(extractParams(solved))
      if (!task.success || task.data.room !== room || task.data.address !== address) return 'wrong'
      const expiresAtMs = task.data.expires * 1000
      if (expiresAtMs <= now()) return 'expired'
      if (spent.get(solved.signature) !== undefined) return 'spent'
      spent.set(solved.signature, expiresAtMs)
      joins.add(address, 0.5)
      return 'done'
    },
  }
}

export type ProofOfWork = ReturnType<typeof createProofOfWork>

/** Joins lately made from each address; a join fades by half in a minute. */
export function createJoinCounts(now: () => number) {
  const counts = new LRUCache<string, { joins: number; atMs: number }>({ max: ADDRESSES_KEPT })
  const of = (address: string) => {
    const count = counts.get(address)
    return count ? count.joins * 0.5 ** ((now() - count.atMs) / HALF_LIFE_MS) : 0
  }
  return {
    of,
    add: (address: string, joins: number) => counts.set(address, { joins: of(address) + joins, atMs: now() }),
    size: counts.size,
  }
}

function readSolution(solution: string): z.infer<typeof payload> | null {
  if (solution.length > SOLUTION_CHARACTERS) return null
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
