/**
 * Every key in Redis. The part in braces is the hash tag (Redis Cluster): all keys of one event share a slot, and so do all keys of one room.
 * Those of a person have a slot of their own. Only INVENTORY_WATCH_KEY, ORIGIN_REACHED_KEY, REHEARSAL_LEASE_KEY, REVOKED_SESSIONS_KEY and the keys of
 * LIVE_KEYS have no hash tag.
 */

/**
 * The keys of an event's sale, slot `{e:<id>}`. A load writes them with one expiry time, a week after the event
 * begins. Each hash except `sale` holds the epoch of its load in the field `#`, by which the scripts detect a lost key.
 */
export const saleKeys = (eventId: number) => ({
  /**
   * HASH: `epoch` and `seq` (position of the last log entry), `run` (the server's master_replid when the sale was approved; absent while the
   * sale is suspended), `suspended` (run:change, the `run` before and the id of the change that suspended it; absent otherwise), `opens`,
   * `closes`, `cancel_until` (epoch ms), `limit` (seats per person), `stopped` (0 or 1), `message` (to buyers while stopped), `repairs`
   * (count), `paused` (1 or absent); for each ticket type t: `left:t` and `total:t` (seats), `price:t` (won).
   */
  sale: `{e:${eventId}}:sale`,
  /** HASH person → seats held, over all bookings and cancellations. */
  held: `{e:${eventId}}:held`,
  /** HASH person:key → first reply (JSON) for an idempotency key; a load adds when it was cancelled. */
  idempotency: `{e:${eventId}}:idempotency`,
  /** HASH reservation id → "seats kept:when (epoch ms)", for reservations that returned seats since the load. */
  cancelled: `{e:${eventId}}:cancelled`,
  /** STREAM, the booking log. Ids are epoch-seq without gaps. Trimmed up to the ledger's watermark. */
  log: `{e:${eventId}}:log`,
  /** HASH like `held`, while a load prepares it; renamed to `held`. TTL 10 minutes. */
  heldDraft: `{e:${eventId}}:held:draft`,
  /** HASH like `idempotency`, while a load prepares it; renamed to `idempotency`. TTL 10 minutes. */
  idempotencyDraft: `{e:${eventId}}:idempotency:draft`,
})

/** A SCAN pattern that matches the key `sale` of every event. */
export const ANY_SALE = '{e:[0-9]*}:sale'

/**
 * Longer than any pass can be used, whatever an extension or a change of the room's settings adds. The end that one token of a pass states would
 * be too short: another token of the same pass may state a later one.
 */
export const SPENT_PASS_MS = 90_000_000

/** STRING: the person who booked with this pass, or 0 if it was revoked. Slot of the event. TTL SPENT_PASS_MS. */
export const passKey = (eventId: number, passId: string) => `{e:${eventId}}:pass:${passId}`

/**
 * LIST: a person's last bookings, newest first, as JSON [reservation, event, epoch of the sale, idempotency key]. Slot `{p:<person>}`. TTL an
 * hour after the last booking. It only points to the event's sale, which holds the facts.
 */
export const recentBookingsKey = (person: number) => `{p:${person}}:recent-bookings`

/** STRING: the id of the origin that audits all sales. Slot of its own name. TTL: a lease that this origin renews. */
export const INVENTORY_WATCH_KEY = 'inventory:watcher'

/** STRING: exists while an edge reaches the origin. Slot of its own name. TTL: a few seconds; each edge renews it. */
export const ORIGIN_REACHED_KEY = 'edge:origin-reached'

/**
 * ZSET session id → the end of its last access token and some clock skew, epoch ms. Slot of its own name. Writers remove ended members, and
 * keep at most 100,000. TTL: renewed by each writer, until the last member has ended.
 */
export const REVOKED_SESSIONS_KEY = 'sessions:revoked'

/** The figures of an event for its live board, slot `{live:<id>}`: apart from the sale, so that a board never delays a booking. */
export const liveKeys = (eventId: number) => ({
  /**
   * HASH of one second, to which every edge and origin adds: counters such as `bookings`, `refused:<code>` and `origin:<bucket>` (durations);
   * `room` (JSON of QueueFigures). TTL one minute.
   */
  counts: (second: number) => `{live:${eventId}}:${second}`,
  /** LIST of JSON, a RecordedSecond each, oldest first; half an hour at most. TTL two hours after the last. */
  seconds: `{live:${eventId}}:seconds`,
  /** STRING: exists while the last audit of the sale's inventory is recent. TTL: several intervals of the audits. */
  audited: `{live:${eventId}}:audited`,
})

export const LIVE_KEYS = {
  /** ZSET event → the last second in which something was counted, or its board was open. Writers remove those of an hour ago. */
  events: 'live:events',
  /** HASH process → JSON of its last report. Readers remove silent processes. TTL one minute after the last report. */
  processes: 'live:processes',
  /** STRING: the id of the origin that records the live figures. TTL: a lease that this origin renews. */
  recorder: 'live:recorder',
} as const

/** The keys that slow down guesses of one account's password, slot `{l:<account>}`; `account` is a hash of the e-mail address. */
export const loginKeys = (account: string, client: string) => ({
  /** HASH `failures` and `until` (epoch ms), of one client at the account. TTL 1 to 4 hours after the last attempt. */
  pair: `{l:${account}}:${client}`,
  /** STRING, a token bucket: when it is full again, epoch ms. TTL: until then. */
  repeats: `{l:${account}}#repeats`,
  /** STRING like `repeats`, for the first attempts of a client. */
  firsts: `{l:${account}}#firsts`,
})

/** The keys of a room, slot `{r:<room>}`. TTL 30 days after the last step; each step renews it for all of them. */
export const roomKeys = (room: string) => ({
  /**
   * HASH with the fields of RoomState and Step in edge/waiting-room/room-state.ts: the queue (`epoch` in seconds, `issued`, `serving`, …), the
   * counts since the last step (`answered`, `slow`, `ended`, `timedClaims`, `timedMs`), what operators have set (`paused`, `mode`, `perMinute`,
   * `capacity`, `settings`, `revision`), and `resetAtMs` and `undone` for the undo of a reset.
   */
  room: `{r:${room}}:room`,
  /** ZSET visitor with an active visit → when the pass ends unless it is used, epoch ms. */
  passes: `{r:${room}}:passes`,
  /** HASH visitor with an active visit → "when the pass was given (epoch ms)", `+` if it was extended, a space, the key that it was given for. */
  visits: `{r:${room}}:visits`,
  /** STRING, a bitmap: bit p is 1 when the turn of position p was claimed or given up. */
  claimed: `{r:${room}}:claimed`,
  /** STRING, a bitmap: bit p is 1 when position p was given up before its turn was claimed. Its turn then counts for nothing. */
  left: `{r:${room}}:left`,
  /** ZSET serving number → when it was reached, epoch ms; for turns that can still be claimed. */
  turns: `{r:${room}}:turns`,
  /** ZSET position that was called while the room was full → until when its turn is kept, epoch ms. */
  deferred: `{r:${room}}:deferred`,
  /** STRING, a bitmap: bit i is 1 when the queue ticket with index i was given up, or when the visit of its account has ended. */
  gone: `{r:${room}}:gone`,
  /** HASH epoch:account → the last index that the account got, in rooms that require a login. Its other indexes are refused. */
  accounts: `{r:${room}}:accounts`,
  /** LIST of samples of the last hour, newest first: "when (epoch ms), issued, serving, claims". */
  history: `{r:${room}}:history`,
})

/** The keys under which a reset keeps the former state of a room, in the order of `roomKeys`. TTL: as long as the reset can be undone. */
export const keptRoomKeys = (room: string): string[] => Object.values(roomKeys(room)).map((key) => `${key}:kept`)

/** STRING: the lease of the origin that runs a rehearsal. Slot of its own name. TTL 20 s; its holder renews it every second. */
export const REHEARSAL_LEASE_KEY = 'rehearsal:lease'
