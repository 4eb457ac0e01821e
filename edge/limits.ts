/** A token bucket's size: so many at once, then so many a second. */
export type Limit = { burst: number; perSecond: number }

/**
 * Who may do what how often. An address may be a whole school or a phone company's gateway, so its limits only stop floods; whoever
 * has a ticket or a pass is counted by that. Exceeding one is answered with 429 and the time to wait.
 */
export const LIMITS = {
  /** Everything from one address: a page with its parts is about ten requests. */
  address: { burst: 6_000, perSecond: 1_000 },
  /** Rooms that nobody has asked for in the last minute: each has to be made out, and looked at while it is live. */
  room: { burst: 200, perSecond: 5 },
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
  /** What a site's pages behind a room are made of, with one pass: three heavy pages at once, and never the load of a crowd that shares it. */
  part: { burst: 300, perSecond: 60 },
} as const satisfies Record<string, Limit>

export type LimitName = keyof typeof LIMITS
export type LimitReply = { allowed: boolean; remaining: number; retryAfterSeconds: number }

/** A bucket lies in one of the ways of the set that its hash gives: 131,072 of them in all. */
const SETS = 16_384
const WAYS = 8

/**
 * Counts in the memory of this edge, 1.5 MB whatever the number of visitors: every edge allows the limit for itself. A bucket is one number, when
 * it will be full again (as in the generic cell rate algorithm, ITU-T I.371). One that is full says nothing, so the fullest makes room.
 */
export function openLimits(now: () => number) {
  const [seed = 0] = crypto.getRandomValues(new Uint32Array(1))
  const marks = new Uint32Array(SETS * WAYS)
  const fullAtMs = new Float64Array(SETS * WAYS)

  /** Where a bucket is kept. A new one is full, and takes the place of the fullest of its set. */
  function placeOf(key: string): number {
    const mark = hash(seed, key)
    const first = mark % SETS * WAYS
    let place = first
    for (let way = first; way < first + WAYS; way++) {
      if (marks[way] === mark) return way
      if (fullAtMs[way]! < fullAtMs[place]!) place = way
    }
    marks[place] = mark
    fullAtMs[place] = 0
    return place
  }
  return {
    /** Takes one token of `who`'s bucket. */
    take(name: LimitName, who: string): LimitReply {
      const { burst, perSecond } = LIMITS[name]
      const tokenMs = 1000 / perSecond
      const atMs = now()
      const place = placeOf(`${name} ${who}`)
      const missingMs = Math.min(Math.max(0, fullAtMs[place]! - atMs), burst * tokenMs)
      const tokens = burst - missingMs / tokenMs
      const allowed = tokens >= 1
      fullAtMs[place] = atMs + missingMs + (allowed ? tokenMs : 0)
      return {
        allowed,
        remaining: Math.floor(allowed ? tokens - 1 : tokens),
        retryAfterSeconds: allowed ? 0 : Math.max(1, Math.ceil((1 - tokens) / perSecond)),
      }
    },
  }
}

/** FNV-1a, mixed at the end as MurmurHash3 does. Nobody who does not know the seed can choose what falls together. */
function hash(seed: number, text: string): number {
  let bits = seed
  for (let i = 0; i < text.length; i++) bits = Math.imul(bits ^ text.charCodeAt(i), 0x01000193)
  bits = Math.imul(bits ^ bits >>> 16, 0x85ebca6b)
  bits = Math.imul(bits ^ bits >>> 13, 0xc2b2ae35)
  return (bits ^ bits >>> 16) >>> 0
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
