import { and, desc, eq, gte, like, lt, or, type SQL } from 'drizzle-orm'
import type { Database } from '../../db/mysql.ts'
import { audit, users } from '../../db/schema.ts'

/** Which acts to find; missing ones do not restrict. */
export type AuditFilter = {
  /** A user id, an e-mail address or a nickname. */
  actor?: string | undefined
  /** An action such as `event.publish`, or its kind alone. */
  action?: string | undefined
  /** A subject such as `event:7`, or its kind alone. */
  subject?: string | undefined
  from?: Date | undefined
  /** Acts before this time. */
  until?: Date | undefined
}

export type AuditEntry = {
  id: number
  at: Date
  /** Null for a command and for a background job. The names are null if the account no longer exists. */
  actor: { id: number; nickname: string | null; email: string | null } | null
  action: string
  subject: string
  reason: string
  /** Parsed JSON; null if the act has none. */
  detail: unknown
  address: string | null
  requestId: string | null
  /** Hexadecimal; null for rows of releases before the chain. */
  hash: string | null
}

type Parts = { db: Database }

/** Acts with smaller ids than `before`, the latest first. Throws StoreUnavailable. */
export async function searchAudit(
  { db }: Parts,
  filter: AuditFilter,
  { before, limit }: { before: number | null; limit: number },
): Promise<AuditEntry[]> {
  const actorId = filter.actor === undefined ? undefined : await findActorId(db, filter.actor)
  if (actorId === null) return []
  const conditions = conditionsOf(filter).concat(
    actorId === undefined ? [] : eq(audit.actorId, actorId),
    before === null ? [] : lt(audit.id, before),
  )
  const rows = await selectEntries(db).where(and(...conditions)).orderBy(desc(audit.id)).limit(limit)
  return rows.map(toEntry)
}

export async function findAct({ db }: Parts, id: number): Promise<AuditEntry | null> {
  const [row] = await selectEntries(db).where(eq(audit.id, id))
  return row ? toEntry(row) : null
}

function conditionsOf({ action, subject, from, until }: AuditFilter): SQL[] {
  return [
    action === undefined ? [] : isOrBegins(audit.action, action, '.'),
    subject === undefined ? [] : isOrBegins(audit.subject, subject, ':'),
    from === undefined ? [] : gte(audit.at, from),
    until === undefined ? [] : lt(audit.at, until),
  ].flat()
}

/** A value such as `event:7`, or all of a kind such as `event`. */
const isOrBegins = (column: typeof audit.action | typeof audit.subject, text: string, separator: string): SQL =>
  text.includes(separator) ? eq(column, text) : like(column, `${escapeLike(text)}${separator}%`)

const escapeLike = (text: string) => text.replace(/[\\%_]/g, '\\$&')

/** The user id of an actor; null if no account has this name. */
async function findActorId(db: Database, actor: string): Promise<number | null> {
  if (/^\d{1,15}$/.test(actor)) return Number(actor)
  const [found] = await db.select({ id: users.id }).from(users)
    .where(or(eq(users.email, actor), eq(users.nickname, actor))).orderBy(desc(eq(users.email, actor))).limit(1)
  return found?.id ?? null
}

const selectEntries = (db: Database) =>
  db.select({
    id: audit.id,
    at: audit.at,
    actorId: audit.actorId,
    nickname: users.nickname,
    email: users.email,
    action: audit.action,
    subject: audit.subject,
    reason: audit.reason,
    detail: audit.detail,
    address: audit.address,
    requestId: audit.requestId,
    hash: audit.hash,
  }).from(audit).leftJoin(users, eq(users.id, audit.actorId)).$dynamic()

type Row = Awaited<ReturnType<typeof selectEntries>>[number]

const toEntry = ({ actorId, nickname, email, detail, hash, ...row }: Row): AuditEntry => ({
  id: row.id,
  at: row.at,
  actor: actorId === null ? null : { id: actorId, nickname, email },
  action: row.action,
  subject: row.subject,
  reason: row.reason,
  detail: detail === null ? null : parse(detail),
  address: row.address,
  requestId: row.requestId,
  hash: hash?.toString('hex') ?? null,
})

/** The row of a tampered log may hold anything. */
function parse(detail: string): unknown {
  try {
    return JSON.parse(detail)
  } catch {
    return detail
  }
}
