import { siteNetworkOf } from './contract/share-owner.ts'
import type { Identity } from './waiting-room/room-plan.ts'
import type { HeaderPairs } from './upstream/header-pairs.ts'

/** A token bucket: its size, and the tokens that it regains per second. */
export type Limit = { burst: number; perSecond: number }

/**
 * The edge's rate limits. An address may be that of a whole school or a mobile carrier, so limits per address only stop floods; visitors
 * with a queue ticket or a pass are counted by that token. A request over a limit gets 429 and the time to wait.
 */
export const LIMITS = {
  /** All requests from one address. A page with its parts is about ten requests. */
  address: { burst: 6_000, perSecond: 1_000 },
  /** Requests that make a room live, from one address: the edge looks up the room's plan and ticks the room. */
  room: { burst: 200, perSecond: 5 },
  /** Joins of accounts from one address. A crowd behind one gateway joins within seconds; each account gets one position. */
  join: { burst: 3_000, perSecond: 200 },
  /** Joins from one address in rooms that anyone may join, where nothing else limits a script. These are defaults: see `config.ts`. */
  anonymousJoin: { burst: 300, perSecond: 1 },
  /** Sessions that are renewed because an account joins with an expired access token, from one address. */
  renewal: { burst: 600, perSecond: 30 },
  /**
   * Public pages that are not in the edge's cache, for one address: each costs the origin a rendered page. Pages in the cache, and those that
   * another client is waiting for already, are not counted.
   */
  fetch: { burst: 200, perSecond: 50 },
  /**
   * Requests that the edge forwards to a shop neither from its cache nor for a visit nor for an operator, such as the login page, unknown
   * paths and a person's own pages. Those that count as `account` are not counted again.
   */
  forward: { burst: 2_000, perSecond: 100 },
  /** Pages that the edge renders for one address alone, since they depend on the request. See A118 in docs/attacks.md. */
  page: { burst: 300, perSecond: 20 },
  /** Waiting pages with the position of one queue ticket. Without scripts the page reloads every few seconds. */
  ticketPage: { burst: 20, perSecond: 0.5 },
  /** Searches that are not in the edge's cache, for one address. They count as `fetch` too. */
  search: { burst: 100, perSecond: 10 },
  /** Acts of one person on their own account, and their tickets: each takes a connection to MySQL, or draws codes. */
  ownAccount: { burst: 60, perSecond: 0.5 },
  /** Sign-ups, log-ins and session renewals from one address. The first two cost the origin tens of milliseconds of CPU time each. */
  account: { burst: 60, perSecond: 5 },
  /** Sign-ups from one address: a classroom at once, then three a minute. See A59 in docs/attacks.md. */
  signup: { burst: 100, perSecond: 0.05 },
  /** Requests to reset a password, from one address, for any accounts: each may send a mail. The origin limits them for each mailbox. */
  forgot: { burst: 20, perSecond: 0.05 },
  /** Claims with one queue ticket. The waiting page claims once, when the turn has come. */
  claim: { burst: 5, perSecond: 1 },
  /**
   * Positions of one room that an account, or the owner of one anonymous ticket, gives up. Each leaves a gap in the queue that costs time when
   * it is called, so an account must not leave and join again without end.
   */
  leave: { burst: 5, perSecond: 1 / 60 },
  /** Cancellations of one account: each keeps an entry of a sale in Redis until its event is over, and frees the account to book again. */
  cancel: { burst: 100, perSecond: 1 / 20 },
  /** Streams with one queue ticket: one per tab, and one more after a lost connection. */
  stream: { burst: 6, perSecond: 0.2 },
  /** Requests of one account behind a room, with any number of passes. A booking takes a handful of requests. */
  person: { burst: 30, perSecond: 4 },
  /** Requests of one operator to the admin pages, instead of those of their address: a crowd may share it. */
  operator: { burst: 300, perSecond: 30 },
  /** Requests behind a room with one pass: enough to book, correct and retry. */
  pass: { burst: 20, perSecond: 4 },
  /** Subresources behind a room of another site, with one pass: enough for three heavy pages at once, too few to share a pass in a crowd. */
  part: { burst: 300, perSecond: 60 },
} as const satisfies Record<string, Limit>

export type LimitName = keyof typeof LIMITS

/** Networks of /64 in one /48 that get their full limits at the same time. */
export const FULL_NETWORKS_PER_SITE = 16
/** The limits on what costs a client nothing to repeat, and the shop a lot: fewer networks of a /48 get them in full. */
const FULL_NETWORKS_OF: Partial<Record<LimitName, number>> = {
  anonymousJoin: 1,
  signup: 1,
  forgot: 1,
  search: 1,
  page: 1,
  forward: 1,
  fetch: 4,
}

/** How many networks of /64 in one /48 get a limit in full at the same time. */
export const fullNetworksOf = (name: LimitName): number => FULL_NETWORKS_OF[name] ?? FULL_NETWORKS_PER_SITE

/** The limit of joins from one address in a room. */
export const joinLimitOf = (identity: Identity): 'anonymousJoin' | 'join' => identity === 'anyone' ? 'anonymousJoin' : 'join'

export type LimitReply = { allowed: boolean; limit: Limit; remaining: number; retryAfterSeconds: number }

/** The table has 131,072 buckets. A key's hash selects a set, and the bucket occupies any of the ways of that set. */
const SETS = 16_384
const WAYS = 8

/**
 * Token buckets in a fixed 1.5 MB of memory; each edge counts separately. A bucket is one number: the time at which it will be full again
 * (as in the generic cell rate algorithm, ITU-T I.371). A full bucket carries no information, so the fullest bucket of a set is replaced.
 * `settings` replaces limits of LIMITS.
 */
export function createLimits(now: () => number, settings: Partial<Record<LimitName, Limit>> = {}) {
  const limits: Record<LimitName, Limit> = Object.assign({}, LIMITS, settings)
  const [seed = 0] = crypto.getRandomValues(new Uint32Array(1))
  const marks = new Uint32Array(SETS * WAYS)
  const fullAtMs = new Float64Array(SETS * WAYS)

  /** The slot of a key's bucket. A new bucket is full, and replaces the fullest one of its set. */
  function slotOf(key: string): number {
    const mark = hash(seed, key)
    const first = mark % SETS * WAYS
    let fullest = first
    for (let slot = first; slot < first + WAYS; slot++) {
      if (marks[slot] === mark) return slot
      if (fullAtMs[slot]! < fullAtMs[fullest]!) fullest = slot
    }
    marks[fullest] = mark
    fullAtMs[fullest] = 0
    return fullest
  }

  /** Takes as many tokens from a bucket if there is at least one. */
  function takeFrom(key: string, limit: Limit, count: 0 | 1): LimitReply {
    const { burst, perSecond } = limit
    const tokenMs = 1000 / perSecond
    const nowMs = now()
    const slot = slotOf(key)
    const missingMs = Math.min(Math.max(0, fullAtMs[slot]! - nowMs), burst * tokenMs)
    const tokens = burst - missingMs / tokenMs
    const allowed = tokens >= 1
    fullAtMs[slot] = nowMs + missingMs + (allowed ? count * tokenMs : 0)
    return {
      allowed,
      limit,
      remaining: Math.floor(allowed ? tokens - count : tokens),
      retryAfterSeconds: allowed ? 0 : Math.max(1, Math.ceil((1 - tokens) / perSecond)),
    }
  }

  return {
    /**
     * Takes a token from a client's bucket. A client that is an IPv6 network also takes one from the bucket of its /48, which is as large as
     * those of `fullNetworksOf` networks. A request that is not allowed takes none.
     */
    take(name: LimitName, client: string): LimitReply {
      const key = `${name} ${client}`
      const limit = limits[name]
      const site = siteNetworkOf(client)
      if (site === null || !takeFrom(key, limit, 0).allowed) return takeFrom(key, limit, 1)
      const ofSite = takeFrom(`${name} ${site}`, timesNetworks(limit, fullNetworksOf(name)), 1)
      return ofSite.allowed ? takeFrom(key, limit, 1) : ofSite
    },
  }
}

const timesNetworks = ({ burst, perSecond }: Limit, networks: number): Limit => ({
  burst: burst * networks,
  perSecond: perSecond * networks,
})

/** FNV-1a with the finaliser of MurmurHash3. Without the seed a client cannot choose keys that collide. */
function hash(seed: number, text: string): number {
  let bits = seed
  for (let i = 0; i < text.length; i++) bits = Math.imul(bits ^ text.charCodeAt(i), 0x01000193)
  bits = Math.imul(bits ^ bits >>> 16, 0x85ebca6b)
  bits = Math.imul(bits ^ bits >>> 13, 0xc2b2ae35)
  return (bits ^ bits >>> 16) >>> 0
}

export type Limits = ReturnType<typeof createLimits>

/** The RateLimit headers (draft-ietf-httpapi-ratelimit-headers-09). */
export function limitHeaders(
  name: LimitName,
  { limit: { burst, perSecond }, remaining, retryAfterSeconds }: Omit<LimitReply, 'allowed'>,
): HeaderPairs {
  return [
    ['ratelimit-policy', `"${name}";q=${burst};w=${Math.ceil(burst / perSecond)}`],
    ['ratelimit', `"${name}";r=${Math.max(0, remaining)};t=${retryAfterSeconds}`],
  ]
}
