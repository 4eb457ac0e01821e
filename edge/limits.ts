import { openRecent } from './recent.ts'

/** A token bucket's size: so many at once, then so many a second. */
export type Limit = { burst: number; perSecond: number }

/**
 * Who may do what how often. An address may be a whole school or a phone company's gateway, so its limits only stop floods; whoever
 * has a ticket or a pass is counted by that. Exceeding one is answered with 429 and the time to wait.
 */
export const LIMITS = {
  /** Everything from one address: a page with its parts is about ten requests. */
  address: { burst: 6_000, perSecond: 1_000 },
  /** Joining a line from one address: a crowd behind one gateway comes in within seconds, a script must not take thousands. */
  join: { burst: 3_000, perSecond: 200 },
  /** Signing up and logging in from one address: each costs the origin tens of milliseconds of a core. */
  account: { burst: 60, perSecond: 5 },
  /** Claims with one ticket: the page asks once, when its turn has come. */
  claim: { burst: 5, perSecond: 1 },
  /** Streams near the front opened with one ticket: one a tab, and again after a loss. */
  stream: { burst: 6, perSecond: 0.2 },
  /** What one logged-in person does behind a room, whatever the number of passes: a booking is a handful of requests. */
  person: { burst: 30, perSecond: 4 },
  /** Requests into a room with one pass: a person who books, corrects and retries. */
  pass: { burst: 20, perSecond: 4 },
} as const satisfies Record<string, Limit>

export type LimitName = keyof typeof LIMITS
export type LimitReply = { allowed: boolean; remaining: number; retryAfterSeconds: number }

/** Visitors whose buckets are kept at most; one that was forgotten comes back with full ones. */
const KEPT = 100_000

type Bucket = { tokens: number; atMs: number }

/** Counts in the memory of this edge: every edge allows the limit for itself. */
export function openLimits(now: () => number) {
  const visitors = openRecent<Partial<Record<LimitName, Bucket>>>(KEPT)
  return {
    /** Visitors kept now. */
    size: visitors.size,
    /** Takes one token of `who`'s bucket. */
    take(name: LimitName, who: string): LimitReply {
      const { burst, perSecond } = LIMITS[name]
      const atMs = now()
      let buckets = visitors.get(who)
      if (!buckets) visitors.set(who, buckets = {})
      const bucket = buckets[name] ??= { tokens: burst, atMs }
      const tokens = Math.min(burst, bucket.tokens + (atMs - bucket.atMs) * perSecond / 1000)
      const allowed = tokens >= 1
      bucket.tokens = allowed ? tokens - 1 : tokens
      bucket.atMs = atMs
      return {
        allowed,
        remaining: Math.floor(bucket.tokens),
        retryAfterSeconds: allowed ? 0 : Math.max(1, Math.ceil((1 - tokens) / perSecond)),
      }
    },
  }
}

export type Limits = ReturnType<typeof openLimits>

/** The headers that tell a client how it stands (draft-ietf-httpapi-ratelimit-headers-09). */
export function limitHeaders(name: LimitName, reply: LimitReply): Record<string, string> {
  const { burst, perSecond } = LIMITS[name]
  return {
    'ratelimit-policy': `"${name}";q=${burst};w=${Math.ceil(burst / perSecond)}`,
    ratelimit: `"${name}";r=${Math.max(0, reply.remaining)};t=${reply.retryAfterSeconds}`,
  }
}
