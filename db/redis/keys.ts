/**
 * Every key in Redis. The braces make one hash slot of all keys of an event, and one of all keys of a room (Redis Cluster).
 *
 * An event's keys are made by `load` and expire a week after the event; each hash carries the epoch of its load in the field `#`,
 * so that the loss of any one of them is noticed by the scripts.
 */
export const saleKeys = (eventId: number) => ({
  /** HASH: epoch, seq, run (of the server), opens, closes, cancel_until (epoch ms), limit, repairs, paused; for each ticket type t: left:t, total:t, price:t. */
  sale: `{e:${eventId}}:sale`,
  /** HASH person → seats held over all bookings and cancellations. */
  held: `{e:${eventId}}:held`,
  /** HASH person:key → the first answer given for an idempotency key. */
  answers: `{e:${eventId}}:answers`,
  /** HASH reservation id → "seats kept:when (epoch ms)", for those that have given seats back since the load. */
  cancelled: `{e:${eventId}}:cancelled`,
  /** STREAM, the log: ids are epoch-seq without gaps; trimmed behind the ledger's watermark. */
  log: `{e:${eventId}}:log`,
  /** HASH person → seats held, while a load is being prepared; renamed to `held`. */
  heldDraft: `{e:${eventId}}:held:draft`,
  /** HASH, likewise for `answers`. */
  answersDraft: `{e:${eventId}}:answers:draft`,
})

/** STRING: the person who booked with this pass; lives as long as the pass could. */
export const passKey = (eventId: number, passId: string) => `{e:${eventId}}:pass:${passId}`

/** STRING: the origin that watches the books of all sales; expires with its watch. */
export const WATCH_KEY = 'books:watch'

export const roomKeys = (room: string) => ({
  /** HASH: epoch, issued, serving, reached, lapsed, tokens, stepped_at (epoch ms), paused, and the admin's settings. No expiry. */
  room: `{r:${room}}:room`,
  /** ZSET live pass id → its end, epoch ms. Expires with its last pass. */
  passes: `{r:${room}}:passes`,
  /** STRING, a bitmap: bit p is 1 when the turn of place p was claimed. Expires a day after the last claim. */
  claimed: `{r:${room}}:claimed`,
  /** ZSET number reached → when, epoch ms: the turns that may still be claimed. Expires with the room. */
  turns: `{r:${room}}:turns`,
})
