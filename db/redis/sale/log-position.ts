/**
 * A position in a booking log. Each load of a sale starts a new epoch. Within an epoch, `seq` counts from 0 without gaps; so the entry after
 * (e, s) is (e, s + 1), or (e', 0) for a later epoch e'.
 */
export type LogPosition = { epoch: number; seq: number }

export const isAfter = (a: LogPosition, b: LogPosition): boolean => a.epoch > b.epoch || (a.epoch === b.epoch && a.seq > b.seq)

export const isSamePosition = (a: LogPosition, b: LogPosition): boolean => a.epoch === b.epoch && a.seq === b.seq

/** Whether no entry is missing between two neighbouring entries of a log. */
export const isNextAfter = (next: LogPosition, previous: LogPosition): boolean =>
  next.seq === (next.epoch === previous.epoch ? previous.seq + 1 : 0)

/** The number of entries after `from`, up to and including `to`. If the epoch of `to` is later, all its entries count. */
export const entriesBetween = (from: LogPosition, to: LogPosition): number =>
  to.epoch > from.epoch ? to.seq + 1 : to.epoch < from.epoch ? 0 : Math.max(0, to.seq - from.seq)
