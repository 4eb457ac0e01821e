import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  customType,
  datetime,
  index,
  int,
  mediumtext,
  mysqlEnum,
  mysqlTable,
  primaryKey,
  smallint,
  tinyint,
  uniqueIndex,
  varchar,
} from 'drizzle-orm/mysql-core'
import { LANGUAGES } from '../edge/contract/language.ts'
import { GENRES, REGIONS } from '../edge/contract/event-filters.ts'
import { OPERATOR_ROLES, ROLES } from '../edge/contract/roles.ts'

/** A UUID: text in TypeScript, 16 bytes in the table. Ids of version 7 sort by time (RFC 9562 §5.7). */
const uuid = customType<{ data: string; driverData: Buffer }>({
  dataType: () => 'binary(16)',
  toDriver: (id) => Buffer.from(id.replaceAll('-', ''), 'hex'),
  fromDriver: (bytes) => bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
})
/** 32 bytes, such as a SHA-256. */
const hash = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'binary(32)' })
/** The last 56 bits of a UUID, which are random in version 7. */
const uuidTail = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'binary(7)' })
/** Up to 64 ASCII characters, compared byte by byte, as Redis compares them. */
const asciiKey = customType<{ data: string }>({ dataType: () => 'varchar(64) character set ascii collate ascii_bin' })
/** When the row was last written, by the clock of the database. MySQL sets it, so it does not depend on the clocks of several writers. */
const lastWrite = customType<{ data: string }>({ dataType: () => 'datetime(3) on update current_timestamp(3)' })
/** When MySQL inserted the row. Rows of releases before the column have the time of its migration. */
const insertTime = () => instant('written_at').notNull().default(sql`current_timestamp(3)`)
/** A time in UTC, with milliseconds. */
const instant = (name: string) => datetime(name, { mode: 'date', fsp: 3 })
const id = () => bigint('id', { mode: 'number', unsigned: true }).autoincrement().primaryKey()
const reference = (name: string) => bigint(name, { mode: 'number', unsigned: true })

export const users = mysqlTable('users', {
  id: id(),
  email: varchar('email', { length: 254 }).notNull(),
  passwordHash: varchar('password_hash', { length: 255 }).notNull(),
  nickname: varchar('nickname', { length: 10 }).notNull(),
  role: mysqlEnum('role', ROLES).notNull().default('user'),
  /** When the person proved that the address is theirs; null before. */
  emailVerifiedAt: instant('email_verified_at'),
  /** The version of the terms (edge/contract/terms.ts) that the person accepted, and when; null for accounts that were made without a page. */
  termsVersion: varchar('terms_version', { length: 20 }),
  termsAcceptedAt: instant('terms_accepted_at'),
  createdAt: instant('created_at').notNull(),
  /** When the person deleted the account. The row then has no personal data, and only stays for its reservations. */
  deletedAt: instant('deleted_at'),
}, (table) => [
  // Login by e-mail; signup: is the e-mail taken?
  uniqueIndex('users_by_email').on(table.email),
  // Signup: is the nickname taken?
  uniqueIndex('users_by_nickname').on(table.nickname),
  // The operators, who are few among the users.
  index('users_by_role').on(table.role),
])

/**
 * Refresh tokens, stored as hashes. Each login starts a family, which is the session; each refresh issues a new token of the same family.
 * Expired tokens are deleted by a background job.
 */
export const refreshTokens = mysqlTable('refresh_tokens', {
  id: id(),
  userId: reference('user_id').notNull().references(() => users.id),
  family: uuid('family').notNull(),
  /** The token that this one was issued for; null for the first of a family. */
  parentId: reference('parent_id'),
  tokenHash: hash('token_hash').notNull(),
  createdAt: instant('created_at').notNull(),
  expiresAt: instant('expires_at').notNull(),
  /** When this token was first used; null before. */
  replacedAt: instant('replaced_at'),
}, (table) => [
  // Refresh and logout: find the token that the client sent.
  uniqueIndex('refresh_tokens_by_hash').on(table.tokenHash),
  // Logout, and revoking the family of a stolen token: all tokens of a family.
  index('refresh_tokens_by_family').on(table.family),
  // Refresh: the tokens that were issued for the same token, and whether one was used.
  index('refresh_tokens_by_parent').on(table.parentId, table.replacedAt),
  // Purge: expired tokens.
  index('refresh_tokens_by_expiry').on(table.expiresAt),
  // All sessions of a user (also serves the foreign key).
  index('refresh_tokens_by_user').on(table.userId),
])

/**
 * Sessions, for listing and revoking them. `id` is the family of its refresh tokens. Sessions of releases before this table have no row until
 * they are renewed. Expired ones are deleted by a background job.
 */
export const sessions = mysqlTable('sessions', {
  id: uuid('id').primaryKey(),
  userId: reference('user_id').notNull().references(() => users.id),
  createdAt: instant('created_at').notNull(),
  /** The login or the last renewal. */
  lastUsedAt: instant('last_used_at').notNull(),
  /** The IP address of the login. */
  address: varchar('address', { length: 64 }),
  userAgent: varchar('user_agent', { length: 200 }).notNull().default(''),
  /** When a code of the second factor was entered; null without one. */
  secondFactorAt: instant('second_factor_at'),
}, (table) => [
  // A person's sessions, latest first (also serves the foreign key).
  index('sessions_by_user').on(table.userId, table.lastUsedAt),
  // Purge: sessions that were not used for the life of a refresh token.
  index('sessions_by_last_use').on(table.lastUsedAt),
])

/**
 * The one-time links that were sent by mail. The link holds the token; the table only has its hash. `email`: the address that the link was
 * sent to, which becomes that of the account with `change_email`. Expired ones are deleted by a background job.
 */
export const mailLinks = mysqlTable('mail_links', {
  id: id(),
  userId: reference('user_id').notNull().references(() => users.id),
  purpose: mysqlEnum('purpose', ['verify_email', 'reset_password', 'change_email']).notNull(),
  email: varchar('email', { length: 254 }).notNull(),
  tokenHash: hash('token_hash').notNull(),
  createdAt: instant('created_at').notNull(),
  expiresAt: instant('expires_at').notNull(),
}, (table) => [
  // The link that was opened.
  uniqueIndex('mail_links_by_token').on(table.tokenHash),
  // Ending all links of an account (also serves the foreign key).
  index('mail_links_by_user').on(table.userId),
  // Purge: expired links.
  index('mail_links_by_expiry').on(table.expiresAt),
])

/**
 * The outbox: mails are queued in the transaction of the act that they report, and sent by a background job (origin/mail/). `content` is
 * encrypted, because it has links, and is removed once the mail is sent or dead. Such rows are deleted after a week.
 */
export const mails = mysqlTable('mails', {
  id: id(),
  /** Identifies the mail: a second one with the same key is not queued. It is also part of the Message-ID. */
  key: asciiKey('key').notNull(),
  kind: varchar('kind', { length: 40 }).notNull(),
  userId: reference('user_id'),
  recipient: varchar('recipient', { length: 254 }).notNull(),
  content: mediumtext('content').notNull(),
  state: mysqlEnum('state', ['queued', 'sent', 'dead']).notNull().default('queued'),
  createdAt: instant('created_at').notNull(),
  /** When the next attempt may begin. An origin that begins one sets it to the end of its lease. */
  nextAttemptAt: instant('next_attempt_at').notNull(),
  /** After this time the mail is not sent, because its link no longer works. */
  expiresAt: instant('expires_at').notNull(),
  attempts: tinyint('attempts', { unsigned: true }).notNull().default(0),
  /** The origin's id of the attempt in progress. */
  lease: varchar('lease', { length: 36 }),
  endedAt: instant('ended_at'),
  error: varchar('error', { length: 300 }).notNull().default(''),
}, (table) => [
  // Queueing: is there a mail with this key?
  uniqueIndex('mails_by_key').on(table.key),
  // Sending: mails whose time has come.
  index('mails_by_attempt').on(table.state, table.nextAttemptAt),
  // Sending: the mails of a lease.
  index('mails_by_lease').on(table.lease),
  // A person's export, and deleting an account.
  index('mails_by_user').on(table.userId),
  // Purge: mails that were sent or are dead.
  index('mails_by_end').on(table.endedAt),
])

/**
 * How many mails an address or an account may still cause: a token bucket (the generic cell rate algorithm) for each, under a hash. A full
 * bucket is deleted by a background job.
 */
export const mailAllowances = mysqlTable('mail_allowances', {
  id: hash('id').primaryKey(),
  /** When the bucket will be full again. */
  fullAt: instant('full_at').notNull(),
}, (table) => [
  // Purge: full buckets.
  index('mail_allowances_by_time').on(table.fullAt),
])

/** The second factor of an operator: a secret for one-time codes (RFC 6238), encrypted (origin/second-factor-secret.ts). */
export const secondFactors = mysqlTable('second_factors', {
  userId: reference('user_id').primaryKey().references(() => users.id),
  secret: varchar('secret', { length: 255 }).notNull(),
  createdAt: instant('created_at').notNull(),
  /** When the first code was entered; the second factor counts from then on. */
  confirmedAt: instant('confirmed_at'),
  /** The time step of the last code that was accepted. No code of it or of an earlier step is accepted again. */
  lastStep: bigint('last_step', { mode: 'number', unsigned: true }).notNull().default(0),
})

/** Codes that each replace the second factor once. */
export const recoveryCodes = mysqlTable('recovery_codes', {
  id: id(),
  userId: reference('user_id').notNull().references(() => users.id),
  codeHash: hash('code_hash').notNull(),
  usedAt: instant('used_at'),
}, (table) => [
  // Login: the code that was entered (also serves the foreign key).
  uniqueIndex('recovery_codes_by_code').on(table.userId, table.codeHash),
])

/** Invitations to become an operator. The link holds the token; the table only has its hash. Rows are kept. */
export const invitations = mysqlTable('invitations', {
  id: id(),
  email: varchar('email', { length: 254 }).notNull(),
  role: mysqlEnum('role', OPERATOR_ROLES).notNull(),
  tokenHash: hash('token_hash').notNull(),
  invitedBy: reference('invited_by').notNull().references(() => users.id),
  createdAt: instant('created_at').notNull(),
  expiresAt: instant('expires_at').notNull(),
  acceptedAt: instant('accepted_at'),
  acceptedBy: reference('accepted_by').references(() => users.id),
  revokedAt: instant('revoked_at'),
}, (table) => [
  // Acceptance: the invitation of a link.
  uniqueIndex('invitations_by_token').on(table.tokenHash),
  // The list of open invitations, and whether an address has one.
  index('invitations_by_email').on(table.email, table.expiresAt),
])

/**
 * Metadata of images. The image store holds the bytes under `key`. An upload has several files: `key` is that of its largest JPEG, and
 * `variants` has the widths of the others (origin/stored-image.ts).
 */
export const images = mysqlTable('images', {
  id: id(),
  key: varchar('key', { length: 120 }).notNull(),
  contentType: varchar('content_type', { length: 40 }).notNull(),
  bytes: int('bytes', { unsigned: true }).notNull(),
  alt: varchar('alt', { length: 200 }).notNull().default(''),
  altEn: varchar('alt_en', { length: 200 }).notNull().default(''),
  /** Of the largest file, in pixels; null for an image of one file, and so are the next three. */
  width: smallint('width', { unsigned: true }),
  height: smallint('height', { unsigned: true }),
  /** The dominant colour: `#rrggbb`. */
  color: varchar('color', { length: 7 }),
  /** The widths of the files in ascending order, as a JSON array. */
  variants: varchar('variants', { length: 100 }),
  createdAt: instant('created_at').notNull(),
  /** Since when no event has it, as the collection of images has found; null for an image in use. */
  unusedSince: instant('unused_since'),
}, (table) => [
  // Serve an image by its key.
  uniqueIndex('images_by_key').on(table.key),
  // Collection of images: those that have been out of use for long.
  index('images_by_disuse').on(table.unusedSince),
])

export const events = mysqlTable('events', {
  id: id(),
  title: varchar('title', { length: 100 }).notNull(),
  titleEn: varchar('title_en', { length: 100 }).notNull(),
  venue: varchar('venue', { length: 100 }).notNull(),
  venueEn: varchar('venue_en', { length: 100 }).notNull(),
  searchText: varchar('search_text', { length: 410 })
    .generatedAlwaysAs(sql`concat_ws(' ', title, title_en, venue, venue_en)`, { mode: 'stored' }),
  /** What lists are filtered by; null for none. */
  genre: mysqlEnum('genre', GENRES),
  region: mysqlEnum('region', REGIONS),
  /** The time zone of the venue. Reservations can be cancelled until the day of the event begins there. */
  zone: varchar('zone', { length: 40 }).notNull().default('Asia/Seoul'),
  startsAt: instant('starts_at').notNull(),
  opensAt: instant('opens_at').notNull(),
  closesAt: instant('closes_at').notNull(),
  limitPerPerson: tinyint('limit_per_person', { unsigned: true }).notNull().default(4),
  /** The highest limit that the event had before its present one; null if it was never lowered. People may hold that many. */
  highestLimit: tinyint('highest_limit', { unsigned: true }),
  /** Operators stop and resume a sale. `stopped`: nothing is sold, and buyers see `stop_message`. */
  saleState: mysqlEnum('sale_state', ['on_sale', 'stopped']).notNull().default('on_sale'),
  stopMessage: varchar('stop_message', { length: 300 }).notNull().default(''),
  imageId: reference('image_id').references(() => images.id),
  /** JSON text of an EventNotice (edge/contract/events.ts): what buyers should know, in both languages; null for none. */
  notice: mediumtext('notice'),
  /** False for a draft, which only admins see. */
  published: boolean('published').notNull().default(false),
  /** When operators cancelled the event with all its reservations; null before. It never sells again. */
  cancelledAt: instant('cancelled_at'),
  cancelReason: varchar('cancel_reason', { length: 300 }).notNull().default(''),
  /** The event that this one rehearses (origin/rehearsal/). A rehearsal is never published, and is in no list. Null for a real event. */
  rehearsalOf: reference('rehearsal_of'),
  /** Increases with each change by an operator. */
  version: int('version', { unsigned: true }).notNull().default(1),
  createdAt: instant('created_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
  /** A writer that changes only the event's ticket types must set it to `current_timestamp(3)`. */
  changedAt: lastWrite('changed_at').notNull().default(sql`current_timestamp(3)`),
}, (table) => [
  // Catalogue refresh: events written since the last refresh.
  index('events_by_change').on(table.changedAt),
  // Reminders: events that open soon.
  index('events_by_opening').on(table.opensAt),
  // Cancelling events: those whose reservations may not all be cancelled yet.
  index('events_by_cancellation').on(table.cancelledAt),
  check('events_window', sql`opens_at < closes_at and closes_at <= starts_at`),
  check('events_limit', sql`limit_per_person between 1 and 100`),
  check('events_rehearsal', sql`rehearsal_of is null or published = false`),
])

/** A ticket type of an event. `sold` changes in the same transaction as the ledger's watermark. */
export const ticketTypes = mysqlTable('ticket_types', {
  id: id(),
  eventId: reference('event_id').notNull().references(() => events.id),
  sortOrder: tinyint('sort_order', { unsigned: true }).notNull(),
  name: varchar('name', { length: 40 }).notNull(),
  nameEn: varchar('name_en', { length: 40 }).notNull(),
  price: int('price', { unsigned: true }).notNull(),
  seats: int('seats', { unsigned: true }).notNull(),
  sold: int('sold', { unsigned: true }).notNull().default(0),
}, (table) => [
  // The ticket types of an event in order.
  uniqueIndex('ticket_types_by_event').on(table.eventId, table.sortOrder),
  // Prevents overselling even if the code has a bug.
  check('ticket_types_sold', sql`sold <= seats`),
])

export const reservations = mysqlTable('reservations', {
  id: uuid('id').primaryKey(),
  eventId: reference('event_id').notNull().references(() => events.id),
  ticketTypeId: reference('ticket_type_id').notNull().references(() => ticketTypes.id),
  userId: reference('user_id').notNull().references(() => users.id),
  /** Seats held; for a cancelled reservation, the seats it held before it was cancelled. */
  quantity: tinyint('quantity', { unsigned: true }).notNull(),
  /** Seats booked originally. */
  booked: tinyint('booked', { unsigned: true }).notNull(),
  unitPrice: int('unit_price', { unsigned: true }).notNull(),
  status: mysqlEnum('status', ['confirmed', 'cancelled']).notNull().default('confirmed'),
  idempotencyKey: asciiKey('idempotency_key').notNull(),
  /** Of the request that booked, and of the mails about the reservation. */
  language: mysqlEnum('language', LANGUAGES).notNull().default('ko'),
  createdAt: instant('created_at').notNull(),
  cancelledAt: instant('cancelled_at'),
  writtenAt: insertTime(),
  /** The reservation's number (edge/contract/reservation-number.ts) is the beginning of it. */
  idTail: uuidTail('id_tail').generatedAlwaysAs(sql`substr(id, 10)`, { mode: 'virtual' }),
}, (table) => [
  // Operators' search and check-in: the reservation with a number.
  index('reservations_by_number').on(table.idTail),
  // Operators' search, exports and reports: an event's reservations by time.
  index('reservations_by_event').on(table.eventId, table.createdAt),
  // Operators' search and exports: reservations of all events by time.
  index('reservations_by_time').on(table.createdAt),
  // My reservations: a user's reservations, newest first.
  index('reservations_by_user').on(table.userId, table.createdAt),
  // Loading a sale: seats held and idempotency keys used, by person. Unique, so that one key never makes two reservations.
  uniqueIndex('reservations_by_key').on(table.eventId, table.userId, table.idempotencyKey),
  // Inventory audit: seats of a ticket type, compared with its `sold` (also serves the foreign key).
  index('reservations_by_type').on(table.ticketTypeId, table.status, table.quantity),
  check('reservations_quantity', sql`quantity > 0 and quantity <= booked`),
  check('reservations_status', sql`(status = 'cancelled') = (cancelled_at is not null)`),
])

/**
 * Admission tickets that were used: one row for each seat that is in. The key makes two scans of one ticket, on two devices at once, one
 * admission. Undoing an admission deletes its row; the audit log keeps both acts.
 */
export const admissions = mysqlTable('admissions', {
  reservationId: uuid('reservation_id').notNull().references(() => reservations.id),
  /** Which seat of the reservation: 1 for the first. */
  ordinal: tinyint('ordinal', { unsigned: true }).notNull(),
  eventId: reference('event_id').notNull(),
  ticketTypeId: reference('ticket_type_id').notNull(),
  /** The id that the device gave this scan, so that a repeated request changes nothing. */
  markId: uuid('mark_id').notNull(),
  /** When the device scanned the ticket, by its clock. It may send that later, when it is online again. */
  at: instant('at').notNull(),
  /** The name that staff gave the device, such as a gate. */
  device: varchar('device', { length: 40 }).notNull(),
  operatorId: reference('operator_id').notNull(),
  writtenAt: insertTime(),
}, (table) => [
  primaryKey({ columns: [table.reservationId, table.ordinal] }),
  // Check-in: the seats of an event that are in, and how many of each ticket type.
  index('admissions_by_event').on(table.eventId, table.ticketTypeId),
])

/** Partial and whole cancellations of reservations: the seats kept after each. */
export const reservationChanges = mysqlTable('reservation_changes', {
  id: id(),
  reservationId: uuid('reservation_id').notNull().references(() => reservations.id),
  at: instant('at').notNull(),
  kept: tinyint('kept', { unsigned: true }).notNull(),
  writtenAt: insertTime(),
}, (table) => [
  // The history of a reservation, oldest first (also serves the foreign key).
  index('reservation_changes_by_reservation').on(table.reservationId, table.at),
])

/**
 * Bookings and cancellations whose mail is not in the outbox yet (origin/mail/reservation-mails.ts). The write-back adds a row for each, in the
 * transaction that writes it. The table has no other index and no foreign key, which the write-back would have to wait for.
 */
export const reservationMails = mysqlTable('reservation_mails', {
  id: id(),
  reservationId: uuid('reservation_id').notNull(),
  /** Seats that a cancellation has returned; 0 for a booking. */
  returned: tinyint('returned', { unsigned: true }).notNull(),
  /** Seats that the reservation holds after it. */
  kept: tinyint('kept', { unsigned: true }).notNull(),
  at: instant('at').notNull(),
})

/**
 * Who wants a mail before a sale opens (origin/mail/opening-reminders.ts). Rows stay for a day after the opening, so that none are deleted
 * while the sale is busy.
 */
export const openingReminders = mysqlTable('opening_reminders', {
  eventId: reference('event_id').notNull().references(() => events.id, { onDelete: 'cascade' }),
  userId: reference('user_id').notNull().references(() => users.id),
  language: mysqlEnum('language', LANGUAGES).notNull(),
  createdAt: instant('created_at').notNull(),
  /** The opening that a mail has announced; null before. When an operator moves the opening, the row is due again. */
  remindedOf: instant('reminded_of'),
}, (table) => [
  // The event page: has this person a reminder?
  primaryKey({ columns: [table.eventId, table.userId] }),
  // Sending: the reminders of an event that its present opening has not caused yet.
  index('opening_reminders_by_state').on(table.eventId, table.remindedOf),
  // A person's limit, export and deletion (also serves the foreign key).
  index('opening_reminders_by_user').on(table.userId),
])

/**
 * The watermark (epoch, seq) of each event: the last position of its booking log that is in the tables above. A writer holds the row's lock
 * and changes rows and watermark in one transaction.
 */
export const ledgers = mysqlTable('ledgers', {
  eventId: reference('event_id').notNull().references(() => events.id),
  /** Whether Redis may hold a booking log of this event, which the write-back must then read. */
  live: boolean('live').notNull().default(false),
  epoch: int('epoch', { unsigned: true }).notNull().default(0),
  seq: bigint('seq', { mode: 'number', unsigned: true }).notNull().default(0),
  writtenBackAt: instant('written_back_at'),
  /** Changes with the watermark, in the transaction that changes `sold`. */
  changedAt: lastWrite('changed_at').notNull().default(sql`current_timestamp(3)`),
}, (table) => [
  primaryKey({ columns: [table.eventId] }),
  // Catalogue refresh: events with seats written since the last refresh.
  index('ledgers_by_change').on(table.changedAt),
  // Write-back: all events with a log in Redis.
  index('ledgers_live').on(table.live),
])

/** What happened to a sale, in intervals of ten seconds around its opening and of a minute else. Intervals without activity have no row. */
export const saleTimeline = mysqlTable('sale_timeline', {
  eventId: reference('event_id').notNull().references(() => events.id, { onDelete: 'cascade' }),
  /** The beginning of the interval. */
  at: instant('at').notNull(),
  /** Its length. */
  seconds: tinyint('seconds', { unsigned: true }).notNull(),
  bookings: int('bookings', { unsigned: true }).notNull(),
  seats: int('seats', { unsigned: true }).notNull(),
  cancellations: int('cancellations', { unsigned: true }).notNull(),
  refused: int('refused', { unsigned: true }).notNull(),
  /** Responses with a status of 500 or above. */
  errors: int('errors', { unsigned: true }).notNull(),
  joins: int('joins', { unsigned: true }).notNull(),
  passes: int('passes', { unsigned: true }).notNull(),
  /** Visitors and seats at the end of the interval; `seats_left` and `seats_total` are null while the sale is not in Redis. */
  waiting: int('waiting', { unsigned: true }).notNull(),
  lobby: int('lobby', { unsigned: true }).notNull(),
  active: int('active', { unsigned: true }).notNull(),
  left: int('seats_left'),
  total: int('seats_total', { unsigned: true }),
  /** Durations of booking requests in milliseconds; null without one. */
  p50: int('p50', { unsigned: true }),
  p95: int('p95', { unsigned: true }),
  p99: int('p99', { unsigned: true }),
  lagMs: int('lag_ms', { unsigned: true }),
}, (table) => [
  // The timeline of an event, oldest first.
  primaryKey({ columns: [table.eventId, table.at] }),
])

/** Log entries that could not be written as rows, kept unchanged for a person to decide. The write-back logs an alarm for each. */
export const deadLetters = mysqlTable('dead_letters', {
  id: id(),
  eventId: reference('event_id').notNull().references(() => events.id),
  epoch: int('epoch', { unsigned: true }).notNull(),
  seq: bigint('seq', { mode: 'number', unsigned: true }).notNull(),
  entry: varchar('entry', { length: 1000 }).notNull(),
  reason: varchar('reason', { length: 500 }).notNull(),
  at: instant('at').notNull(),
}, (table) => [
  // The dead letters of an event. Unique, so that an entry is stored once.
  uniqueIndex('dead_letters_by_log_position').on(table.eventId, table.epoch, table.seq),
])

/**
 * The audit log: every act of an operator. Each row's hash covers the row and the hash of the row before it (origin/audit-log.ts), so that a
 * row that was changed, removed or inserted later is found. It refers to no other table: a row outlives what it describes.
 */
export const audit = mysqlTable('audit', {
  id: id(),
  at: instant('at').notNull(),
  /** User id; null for a command and for a background job. */
  actorId: reference('actor_id'),
  action: varchar('action', { length: 60 }).notNull(),
  subject: varchar('subject', { length: 120 }).notNull(),
  reason: varchar('reason', { length: 300 }).notNull().default(''),
  /** JSON as text, because a JSON column changes the spelling that the hash covers. */
  detail: mediumtext('detail'),
  /** The IP address that the request came from; null without a request. */
  address: varchar('address', { length: 64 }),
  requestId: varchar('request_id', { length: 64 }),
  /** SHA-256; null for rows of releases before the chain. */
  hash: hash('hash'),
}, (table) => [
  // The history of a subject, oldest first.
  index('audit_by_subject').on(table.subject, table.at),
  // All actions of a person.
  index('audit_by_actor').on(table.actorId, table.at),
  // All acts of one kind, newest first.
  index('audit_by_action').on(table.action, table.at),
])

/** The end of the chain of the audit log: one row. A writer holds its lock until it commits, so that rows are chained in the order of their ids. */
export const auditHead = mysqlTable('audit_head', {
  id: tinyint('id', { unsigned: true }).primaryKey(),
  lastId: reference('last_id').notNull(),
  hash: hash('hash').notNull(),
})

/**
 * What operators have set for waiting rooms, one row for each room, and one with SITE_DEFAULTS as its name for all of them. Redis carries the
 * settings to the edges (origin/admin/room-settings.ts).
 */
export const roomSettings = mysqlTable('room_settings', {
  room: asciiKey('room').primaryKey(),
  /** JSON text of RoomSettings (edge/waiting-room/room-settings.ts). */
  settings: mediumtext('settings').notNull(),
  /** Whether an operator has paused the room. */
  paused: boolean('paused').notNull().default(false),
  /** Grows with each change: epoch ms, or one more than before. */
  revision: bigint('revision', { mode: 'number', unsigned: true }).notNull(),
  updatedAt: instant('updated_at').notNull(),
})

/** Rehearsals of sales, with their result. The row outlives the event and the rehearsal's data, so it has no foreign keys. */
export const rehearsals = mysqlTable('rehearsals', {
  id: id(),
  /** The real event. */
  eventId: reference('event_id').notNull(),
  /** The event that is sold in the rehearsal (`events.rehearsal_of`); null before it exists. */
  copyId: reference('copy_id'),
  /** `stopping`: an operator has requested the end. `removing`: the load has ended, and the data is being removed. */
  state: mysqlEnum('state', ['running', 'stopping', 'removing', 'done']).notNull().default('running'),
  /** The value of the lease in Redis (REHEARSAL_LEASE_KEY) of the origin that runs it. */
  lease: varchar('lease', { length: 36 }).notNull(),
  operatorId: reference('operator_id').notNull(),
  buyers: int('buyers', { unsigned: true }).notNull(),
  seconds: int('seconds', { unsigned: true }).notNull(),
  /** Buyers whom the operator expects at the real opening. */
  expected: int('expected', { unsigned: true }).notNull(),
  startedAt: instant('started_at').notNull(),
  endedAt: instant('ended_at'),
  /** When the last key was removed: edges keep a room for a minute. */
  removedAt: instant('removed_at'),
  /** JSON (RehearsalProgress of edge/contract/rehearsals.ts); null before the first second. */
  progress: varchar('progress', { length: 500 }),
  /** JSON (RehearsalSheet); null while it runs, and without a result. */
  sheet: varchar('sheet', { length: 8_000 }),
}, (table) => [
  // The rehearsals of an event, newest first.
  index('rehearsals_by_event').on(table.eventId, table.startedAt),
  // Upkeep: rehearsals whose data is not removed completely.
  index('rehearsals_by_removal').on(table.removedAt),
])
