/**
 * The audit log of operators' acts. Each row has the hash
 *
 *   SHA-256(hash of the row before it | at | actor | action | subject | reason | detail | address | request id)
 *
 * and the row of `audit_head` has the last one. A changed, removed or inserted row makes `verifyAuditLog` fail from there on. Somebody who can
 * write the database could compute all later hashes anew; an export of the log, which has the hashes, shows that if it is kept elsewhere.
 */
import { createHash } from 'node:crypto'
import { asc, eq, gt } from 'drizzle-orm'
import type { Database, Queryable } from '../db/mysql.ts'
import { audit, auditHead } from '../db/schema.ts'

/** Who acts, and from where. */
export type Actor = {
  /** User id; null for a command and for a background job. */
  id: number | null
  /** The IP address of the request; null without a request. */
  address: string | null
  requestId: string | null
}

/** A person who acts with an account. */
export type Operator = Actor & { id: number }

/** An act of which only the account is known, for example from a booking log. */
export const actorOf = (id: number | null): Actor => ({ id, address: null, requestId: null })

export type Act = {
  at: Date
  actor: Actor
  /** What was done, as `subject.verb`, for example `event.publish`. */
  action: string
  /** What it was done to, as `kind:id`, for example `event:7`. */
  subject: string
  reason?: string
  /** The values before and after the act, and whatever else describes it; serialised as JSON. */
  detail?: unknown
}

/** Serialised details above this length are replaced by a note of their length. */
const MAX_DETAIL = 100_000
const HEAD_ID = 1
const NO_HASH = Buffer.alloc(32)

type Row = Omit<typeof audit.$inferSelect, 'id' | 'hash'>

/**
 * Adds an act to the log. Call it last in the transaction that does the act: from here until its commit, no other act can be recorded.
 * Returns the row's hash.
 */
export async function recordAct(tx: Queryable, act: Act): Promise<string> {
  const [head] = await tx.select().from(auditHead).where(eq(auditHead.id, HEAD_ID)).for('update')
  if (!head) throw new Error('The table audit_head has no row')
  const row: Row = {
    at: act.at,
    actorId: act.actor.id,
    action: act.action,
    subject: act.subject,
    reason: act.reason ?? '',
    detail: serialise(act.detail),
    address: act.actor.address,
    requestId: act.actor.requestId,
  }
  const hash = hashRow(head.hash, row)
  const [{ insertId }] = await tx.insert(audit).values(Object.assign({ hash }, row))
  await tx.update(auditHead).set({ lastId: insertId, hash }).where(eq(auditHead.id, HEAD_ID))
  return hash.toString('hex')
}

function serialise(detail: unknown): string | null {
  if (detail === undefined) return null
  const text = JSON.stringify(detail)
  return text.length <= MAX_DETAIL ? text : JSON.stringify({ omitted: text.length })
}

function hashRow(previous: Buffer, { at, actorId, action, subject, reason, detail, address, requestId }: Row): Buffer {
  const content = JSON.stringify([at.toISOString(), actorId, action, subject, reason, detail, address, requestId])
  return createHash('sha256').update(previous).update(content).digest()
}

export type AuditLogState =
  /** `rows`: how many are chained. `hash`: that of the last one. */
  | { kind: 'intact'; rows: number; hash: string }
  /** `id`: the first row that does not follow from the one before it; null if rows are missing at the end. */
  | { kind: 'tampered'; rows: number; id: number | null }

const VERIFY_BATCH = 1_000

/** Reads the whole log and checks its chain. Acts recorded meanwhile are not an error. */
export async function verifyAuditLog({ db }: { db: Database }): Promise<AuditLogState> {
  // Before the rows, so that rows added meanwhile only extend beyond it.
  const [head] = await db.select().from(auditHead).where(eq(auditHead.id, HEAD_ID))
  let [last, previous, rows, reachesHead] = [0, NO_HASH as Buffer, 0, head?.lastId === 0]
  for (;;) {
    const batch = await db.select().from(audit).where(gt(audit.id, last)).orderBy(asc(audit.id)).limit(VERIFY_BATCH)
    for (const row of batch) {
      last = row.id
      // Rows of releases before the chain.
      if (row.hash === null && rows === 0) continue
      if (!row.hash || !hashRow(previous, row).equals(row.hash)) return { kind: 'tampered', rows, id: row.id }
      rows++
      previous = row.hash
      if (row.id === head?.lastId) {
        if (!row.hash.equals(head.hash)) return { kind: 'tampered', rows, id: row.id }
        reachesHead = true
      }
    }
    if (batch.length < VERIFY_BATCH) break
  }
  return reachesHead ? { kind: 'intact', rows, hash: previous.toString('hex') } : { kind: 'tampered', rows, id: null }
}
