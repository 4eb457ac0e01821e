/**
 * Every key in Redis. The braces make one hash slot of all keys of an event, and one of all keys of a room (Redis Cluster).
 *
 * An event's keys are made by `load` and expire a week after the event; each hash carries the epoch of its load in the field `#`,
 * so that the loss of any one of them is noticed by the scripts.
 */
export const saleKeys = (eventId: number) => ({
  /** HASH: epoch, seq, run (of the server as a master), opens, closes, cancel_until (epoch ms), limit, repairs, paused; for each ticket type t: left:t, total:t, price:t. */
  sale: `{e:${eventId}}:sale`,
  /** HASH person → seats held over all bookings and cancellations. */
  held: `{e:${eventId}}:held`,
  /** HASH person:key → the first answer given for an idempotency key. */
  idempotency: `{e:${eventId}}:idempotency`,
  /** HASH reservation id → "seats kept:when (epoch ms)", for those that have given seats back since the load. */
  cancelled: `{e:${eventId}}:cancelled`,
  /** STREAM, the log: ids are epoch-seq without gaps; trimmed behind the ledger's watermark. */
  log: `{e:${eventId}}:log`,
  /** HASH person → seats held, while a load is being prepared; renamed to `held`. */
  heldDraft: `{e:${eventId}}:held:draft`,
  /** HASH, likewise for `answers`. */
  idempotencyDraft: `{e:${eventId}}:idempotency:draft`,
})

/** A pattern of SCAN: the key `sale` of any event. */
export const ANY_SALE = '{e:[0-9]*}:sale'

/** STRING: the person who booked with this pass; lives as long as the pass could. */
export const passKey = (eventId: number, passId: string) => `{e:${eventId}}:pass:${passId}`

/** STRING: the origin that watches the books of all sales; expires with its watch. */
export const INVENTORY_WATCH_KEY = 'inventory:watcher'

/** A room's keys expire together, thirty days after the room was last stepped. */
export const roomKeys = (room: string) => ({
  /**
   * HASH: what RoomState and Step of edge/waiting-room/admission.ts name: the line (epoch, in seconds; issued, serving, …), what was counted
   * since its last step (answered, slow, ended), and the admin's settings (paused, mode, perMinute, capacity).
   */
  room: `{r:${room}}:room`,
  /** ZSET visitor inside → end of the pass unless it is used, epoch ms. */
  passes: `{r:${room}}:passes`,
  /** HASH visitor inside → "when the pass was given (epoch ms) the key that it was given for". */
  visits: `{r:${room}}:visits`,
  /** STRING, a bitmap: bit p is 1 when the turn of place p was taken or given up. */
  claimed: `{r:${room}}:claimed`,
  /** ZSET number reached → when, epoch ms: the turns that may still be claimed. */
  turns: `{r:${room}}:turns`,
  /** ZSET place whose turn came while the room was full → until when it is kept, epoch ms. */
  deferred: `{r:${room}}:deferred`,
  /** STRING, a bitmap: bit i is 1 when the ticket with index i was given up. */
  gone: `{r:${room}}:gone`,
  /** HASH epoch:account → index, in rooms that ask for a login. */
  accounts: `{r:${room}}:accounts`,
})
