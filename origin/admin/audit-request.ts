import * as z from 'zod'
import type { AuditLogState } from '../audit-log.ts'
import { recordAct, verifyAuditLog } from '../audit-log.ts'
import type { CsvColumn } from '../csv.ts'
import { readQuery, textInteger } from '../input.ts'
import type { AdminRequest } from './admin-route.ts'
import { respondExport } from './csv-export.ts'
import { type AuditEntry, type AuditFilter, searchAudit } from './audit-search.ts'

const DAY_MS = 86_400_000
/** Days are those of the pages, in Korea, which has no summer time. */
const startOfDay = (date: string) => new Date(`${date}T00:00:00+09:00`)

const text = z.string().trim().max(254).transform((value) => value || undefined).optional()
const day = z.union([z.literal(''), z.iso.date()]).transform((value) => value || undefined).optional()

/** The query of the page, of the API and of the export. A day is `2026-11-28`; both days are included. */
export const auditQuery = z.object({
  actor: text,
  action: text,
  subject: text,
  from: day,
  to: day,
  before: textInteger(1, Number.MAX_SAFE_INTEGER).optional(),
  size: textInteger(1, 100).default(50),
})
export type AuditQuery = z.infer<typeof auditQuery>

export const filterOf = ({ actor, action, subject, from, to }: AuditQuery): AuditFilter => ({
  actor,
  action,
  subject,
  from: from === undefined ? undefined : startOfDay(from),
  until: to === undefined ? undefined : new Date(startOfDay(to).getTime() + DAY_MS),
})

export type AuditList = { items: AuditEntry[]; next: number | null }

/** A page of acts, the latest first. `next`: the value of `before` for the next page; null on the last one. */
export async function listActs({ deps }: Pick<AdminRequest, 'deps'>, query: AuditQuery): Promise<AuditList> {
  const { size, before } = query
  const found = await searchAudit(deps, filterOf(query), { before: before ?? null, limit: size + 1 })
  const items = found.slice(0, size)
  return { items, next: found.length > size ? items.at(-1)!.id : null }
}

const COLUMNS: readonly CsvColumn<AuditEntry>[] = [
  { title: 'id', cell: ({ id }) => id },
  { title: 'at', cell: ({ at }) => at },
  { title: 'actorId', cell: ({ actor }) => actor?.id ?? null },
  { title: 'actor', cell: ({ actor }) => actor?.nickname ?? null },
  { title: 'actorEmail', cell: ({ actor }) => actor?.email ?? null },
  { title: 'action', cell: ({ action }) => action },
  { title: 'subject', cell: ({ subject }) => subject },
  { title: 'reason', cell: ({ reason }) => reason },
  { title: 'detail', cell: ({ detail }) => detail === null ? null : JSON.stringify(detail) },
  { title: 'address', cell: ({ address }) => address },
  { title: 'requestId', cell: ({ requestId }) => requestId },
  { title: 'hash', cell: ({ hash }) => hash },
]

/** Exports all acts that match, the latest first. The export is an act itself. */
export async function exportActs(request: AdminRequest, query: AuditQuery): Promise<Response> {
  const { c, deps, actor } = request
  const detail = { query: readQuery(c) }
  const record = () =>
    deps.db.transaction((tx) => recordAct(tx, { at: deps.now(), actor, action: 'audit.export', subject: 'audit:all', detail }))
  const filter = filterOf(query)
  return await respondExport(request, `audit-${deps.now().toISOString().slice(0, 10)}`, {
    columns: COLUMNS,
    readAfter: (before, limit) => searchAudit(deps, filter, { before, limit }),
  }, record)
}

/** Checks the chain of the log, and records the result. */
export async function checkChain({ deps, actor }: Pick<AdminRequest, 'deps' | 'actor'>): Promise<AuditLogState> {
  const state = await verifyAuditLog(deps)
  const act = { at: deps.now(), actor, action: 'audit.check', subject: 'audit:all', detail: state }
  await deps.db.transaction((tx) => recordAct(tx, act))
  return state
}
