import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  customType,
  datetime,
  index,
  int,
  json,
  mysqlEnum,
  mysqlTable,
  primaryKey,
  tinyint,
  uniqueIndex,
  varchar,
} from 'drizzle-orm/mysql-core'

/** A UUID, text outside and 16 bytes in the table; ids of version 7 sort by time (RFC 9562 §5.7). */
const uuid = customType<{ data: string; driverData: Buffer }>({
  dataType: () => 'binary(16)',
  toDriver: (id) => Buffer.from(id.replaceAll('-', ''), 'hex'),
  fromDriver: (bytes) => bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
})
/** 32 bytes, such as a SHA-256. */
const hash = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'binary(32)' })
/** Up to 64 ASCII characters, compared byte by byte as Redis does. */
const asciiKey = customType<{ data: string }>({ dataType: () => 'varchar(64) character set ascii collate ascii_bin' })
/** When a row was written last, by the clock of the database: no writer can forget it, and none brings a clock of its own. */
const lastWrite = customType<{ data: string }>({ dataType: () => 'datetime(3) on update current_timestamp(3)' })
/** UTC, milliseconds. */
const instant = (name: string) => datetime(name, { mode: 'date', fsp: 3 })
const id = () => bigint('id', { mode: 'number', unsigned: true }).autoincrement().primaryKey()
const reference = (name: string) => bigint(name, { mode: 'number', unsigned: true })

export const users = mysqlTable('users', {
  id: id(),
  email: varchar('email', { length: 254 }).notNull(),
  passwordHash: varchar('password_hash', { length: 255 }).notNull(),
  nickname: varchar('nickname', { length: 10 }).notNull(),
  role: mysqlEnum('role', ['user', 'admin']).notNull().default('user'),
  createdAt: instant('created_at').notNull(),
}, (table) => [
  // Login, and signup's check for a taken e-mail.
  uniqueIndex('users_by_email').on(table.email),
  // Signup's check for a taken nickname.
  uniqueIndex('users_by_nickname').on(table.nickname),
])

/** Refresh tokens by their hash. A login makes a family; each refresh replaces the token by the next of the same family. */
export const refreshTokens = mysqlTable('refresh_tokens', {
  id: id(),
  userId: reference('user_id').notNull().references(() => users.id),
  family: uuid('family').notNull(),
  tokenHash: hash('token_hash').notNull(),
  createdAt: instant('created_at').notNull(),
  expiresAt: instant('expires_at').notNull(),
  replacedAt: instant('replaced_at'),
}, (table) => [
  // A refresh or logout by the token that was presented.
  uniqueIndex('refresh_tokens_by_hash').on(table.tokenHash),
  // Logout, and the end of a family whose token was stolen.
  index('refresh_tokens_by_family').on(table.family),
  // A person's sessions (and the foreign key).
  index('refresh_tokens_by_user').on(table.userId),
])

/** Objects in the image store; the bytes are there, under `key`. */
export const images = mysqlTable('images', {
  id: id(),
  key: varchar('key', { length: 120 }).notNull(),
  contentType: varchar('content_type', { length: 40 }).notNull(),
  bytes: int('bytes', { unsigned: true }).notNull(),
  createdAt: instant('created_at').notNull(),
}, (table) => [
  // Serving an image by its address.
  uniqueIndex('images_by_key').on(table.key),
])

export const events = mysqlTable('events', {
  id: id(),
  title: varchar('title', { length: 100 }).notNull(),
  titleEn: varchar('title_en', { length: 100 }).notNull(),
  venue: varchar('venue', { length: 100 }).notNull(),
  venueEn: varchar('venue_en', { length: 100 }).notNull(),
  searchText: varchar('search_text', { length: 410 })
    .generatedAlwaysAs(sql`concat_ws(' ', title, title_en, venue, venue_en)`, { mode: 'stored' }),
  /** The venue's zone: an event can be cancelled until its day begins there. */
  zone: varchar('zone', { length: 40 }).notNull().default('Asia/Seoul'),
  startsAt: instant('starts_at').notNull(),
  opensAt: instant('opens_at').notNull(),
  closesAt: instant('closes_at').notNull(),
  limitPerPerson: tinyint('limit_per_person', { unsigned: true }).notNull().default(4),
  imageId: reference('image_id').references(() => images.id),
  /** Drafts (false) are seen by admins only. */
  published: boolean('published').notNull().default(false),
  version: int('version', { unsigned: true }).notNull().default(1),
  createdAt: instant('created_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
  /** Whoever changes only an event's ticket types sets it to `current_timestamp(3)`. */
  changedAt: lastWrite('changed_at').notNull().default(sql`current_timestamp(3)`),
}, (table) => [
  // The catalogue in memory: which events were written since the last look.
  index('events_by_change').on(table.changedAt),
  check('events_window', sql`opens_at < closes_at and closes_at <= starts_at`),
  check('events_limit', sql`limit_per_person between 1 and 100`),
])

/** A grade of an event: its price and its number of seats. `sold` moves with the ledger, in the same transaction. */
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
  // The grades of an event in their order.
  uniqueIndex('ticket_types_by_event').on(table.eventId, table.sortOrder),
  // P1's last line: the table itself refuses to hold more than there are.
  check('ticket_types_sold', sql`sold <= seats`),
])

export const reservations = mysqlTable('reservations', {
  id: uuid('id').primaryKey(),
  eventId: reference('event_id').notNull().references(() => events.id),
  ticketTypeId: reference('ticket_type_id').notNull().references(() => ticketTypes.id),
  userId: reference('user_id').notNull().references(() => users.id),
  /** Seats held; of a cancelled reservation, those that it held last. */
  quantity: tinyint('quantity', { unsigned: true }).notNull(),
  /** Seats booked at first. */
  booked: tinyint('booked', { unsigned: true }).notNull(),
  unitPrice: int('unit_price', { unsigned: true }).notNull(),
  status: mysqlEnum('status', ['confirmed', 'cancelled']).notNull().default('confirmed'),
  idempotencyKey: asciiKey('idempotency_key').notNull(),
  createdAt: instant('created_at').notNull(),
  cancelledAt: instant('cancelled_at'),
}, (table) => [
  // My page: a person's reservations, newest first.
  index('reservations_by_user').on(table.userId, table.createdAt),
  // Loading a sale: what each person holds and which keys were used. P4's last line: one key is one reservation.
  uniqueIndex('reservations_by_key').on(table.eventId, table.userId, table.idempotencyKey),
  // Counting a grade against its `sold` (and the foreign key).
  index('reservations_by_type').on(table.ticketTypeId, table.status, table.quantity),
  check('reservations_quantity', sql`quantity > 0 and quantity <= booked`),
  check('reservations_status', sql`(status = 'cancelled') = (cancelled_at is not null)`),
])

/** The history of reservations that have given seats back: how many were left after each time. */
export const reservationChanges = mysqlTable('reservation_changes', {
  id: id(),
  reservationId: uuid('reservation_id').notNull().references(() => reservations.id),
  at: instant('at').notNull(),
  kept: tinyint('kept', { unsigned: true }).notNull(),
}, (table) => [
  // The history of one reservation, oldest first (and the foreign key).
  index('reservation_changes_by_reservation').on(table.reservationId, table.at),
])

/**
 * How far each event's log has been written to the tables above: the watermark (epoch, seq). Whoever moves it holds the row's
 * lock, and rows and watermark move in one transaction.
 */
export const ledgers = mysqlTable('ledgers', {
  eventId: reference('event_id').notNull().references(() => events.id),
  /** Whether Redis may hold a log of this event, so that the write-back must look. */
  live: boolean('live').notNull().default(false),
  epoch: int('epoch', { unsigned: true }).notNull().default(0),
  seq: bigint('seq', { mode: 'number', unsigned: true }).notNull().default(0),
  writtenBackAt: instant('written_back_at'),
  /** Moves with the watermark, and so in the transaction that changes what is sold. */
  changedAt: lastWrite('changed_at').notNull().default(sql`current_timestamp(3)`),
}, (table) => [
  primaryKey({ columns: [table.eventId] }),
  // The catalogue in memory: of which events seats were written since the last look.
  index('ledgers_by_change').on(table.changedAt),
  // The write-back's round.
  index('ledgers_live').on(table.live),
])

/** Entries of a log that no row could be made of: kept as they were, for a person to decide. An alarm is logged for each. */
export const deadLetters = mysqlTable('dead_letters', {
  id: id(),
  eventId: reference('event_id').notNull().references(() => events.id),
  epoch: int('epoch', { unsigned: true }).notNull(),
  seq: bigint('seq', { mode: 'number', unsigned: true }).notNull(),
  entry: varchar('entry', { length: 1000 }).notNull(),
  reason: varchar('reason', { length: 500 }).notNull(),
  at: instant('at').notNull(),
}, (table) => [
  // What is set aside of an event; an entry is set aside once.
  uniqueIndex('dead_letters_by_log_position').on(table.eventId, table.epoch, table.seq),
])

/** Who did what, when; for deeds of staff and of accounts. */
export const audit = mysqlTable('audit', {
  id: id(),
  at: instant('at').notNull(),
  actorId: reference('actor_id').references(() => users.id),
  action: varchar('action', { length: 60 }).notNull(),
  subject: varchar('subject', { length: 120 }).notNull(),
  detail: json('detail'),
}, (table) => [
  // The history of one subject, newest last.
  index('audit_by_subject').on(table.subject, table.at),
  // What one person did (and the foreign key).
  index('audit_by_actor').on(table.actorId, table.at),
])
