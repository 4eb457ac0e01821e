/**
 * When mails remind people of an opening, in minutes before it. They are sent as soon as the first time has come, and none after the last one,
 * so that no mail is sent while the sale begins.
 */
export const REMINDER = { firstMinutes: 40, lastMinutes: 10 } as const

/** Openings ahead of which one person can have a reminder. */
export const MAX_REMINDERS = 20

/** Whether a reminder can still be set: later it would be sent at once. */
export const canRemind = (opensAtMs: number, nowMs: number): boolean => opensAtMs - nowMs > REMINDER.firstMinutes * 60_000
