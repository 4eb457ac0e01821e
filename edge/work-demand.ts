import { LRUCache } from 'lru-cache'
import { shareOwnerOf } from './contract/share-owner.ts'
import type { JoinRules } from './waiting-room/room-plan.ts'

/** The average time that a phone takes for the first join from an address, the increase with each recent join, and the maximum. */
const FIRST_MS = 50
const EACH_JOIN_MS = 15
const MAX_MS = 1_500
/** The time after which a join counts half. */
const HALF_LIFE_MS = 60_000
/** A bound of memory, with LRU eviction. */
const MAX_ADDRESSES = 50_000

/** Whether joins of a room may require a proof of work: adaptive ones do only where nothing else limits the tickets of one visitor. */
export const mayDemandWork = ({ identity, proofOfWork }: Pick<JoinRules, 'identity' | 'proofOfWork'>): boolean =>
  proofOfWork === 'always' || (proofOfWork === 'adaptive' && identity === 'anyone')

/** How much work joins demand, from the recent joins of each address. */
export function createWorkDemand(joinsWithoutWork: number, now: () => number) {
  const joins = createJoinCounts(now)
  return {
    /** Whether so many joins came from an address recently that the next one requires a proof of work in an `adaptive` room. */
    isDue: (address: string): boolean => joins.of(address) >= joinsWithoutWork,

    /** Counts a join without a proof of work. */
    countJoin: (address: string): void => void joins.add(address, 1),

    /** Counts a challenge as half a join. Returns the time that a phone should take for it on average, in milliseconds. */
    countChallenge(address: string): number {
      const expectedMs = Math.min(MAX_MS, FIRST_MS + EACH_JOIN_MS * joins.of(address))
      joins.add(address, 0.5)
      return expectedMs
    },

    /** Counts a solution as the other half of the join. */
    countSolution: (address: string): void => void joins.add(address, 0.5),
  }
}

/** The number of recent joins per address; those of an IPv6 /48 count together. A join's weight halves every minute. */
export function createJoinCounts(now: () => number) {
  const counts = new LRUCache<string, { joins: number; atMs: number }>({ max: MAX_ADDRESSES })
  const of = (address: string) => {
    const count = counts.get(shareOwnerOf(address))
    return count ? count.joins * 0.5 ** ((now() - count.atMs) / HALF_LIFE_MS) : 0
  }
  return {
    of,
    add: (address: string, joins: number) => counts.set(shareOwnerOf(address), { joins: of(address) + joins, atMs: now() }),
    size: () => counts.size,
  }
}
