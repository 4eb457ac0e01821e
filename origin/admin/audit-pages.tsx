import { AuditPage, type AuditPageEntry } from '../../web/admin/pages/audit.tsx'
import { AuditEntryPage } from '../../web/admin/pages/audit-entry.tsx'
import { renderPage } from '../../web/render.tsx'
import type { AuditLogState } from '../audit-log.ts'
import { checkInput, eventIdOf, problem } from '../http.tsx'
import { readQuery } from '../input.ts'
import { describeDetail } from './audit-detail.ts'
import type { AdminRequest, AdminRoute } from './admin-route.ts'
import { type AuditQuery, auditQuery, checkChain, exportActs, listActs } from './audit-request.ts'
import { type AuditEntry, findAct } from './audit-search.ts'

/** The audit log: search, one act, the check of its chain, the export. */
export const auditPages: readonly AdminRoute[] = [
  { method: 'GET', path: '/admin/audit', permission: 'audit.read', handle: (request) => withQuery(request, showList) },
  {
    method: 'GET',
    path: '/admin/audit/export',
    permission: 'audit.read',
    handle: (request) => withQuery(request, (query) => exportActs(request, query)),
  },
  {
    method: 'POST',
    path: '/admin/audit/check',
    permission: 'audit.read',
    // Answered in place: the result belongs to this moment, and no link can show a result that is not one.
    handle: async (request) => showList(auditQuery.parse({}), request, await checkChain(request)),
  },
  {
    method: 'GET',
    path: '/admin/audit/:id',
    permission: 'audit.read',
    async handle({ c, deps, operator }) {
      const id = eventIdOf(c)
      const entry = id === undefined ? null : await findAct(deps, id)
      if (!entry) return problem(c, 'not_found')
      const page = { entry: pageEntry(entry), detail: describeDetail(entry.detail) }
      return c.html(renderPage(<AuditEntryPage language={c.get('language')} viewer={operator} {...page} />))
    },
  },
]

async function withQuery(
  request: AdminRequest,
  handle: (query: AuditQuery, request: AdminRequest) => Promise<Response>,
): Promise<Response> {
  const query = checkInput(request.c, auditQuery, readQuery(request.c))
  return query instanceof Response ? query : await handle(query, request)
}

async function showList(query: AuditQuery, request: AdminRequest, checked?: AuditLogState): Promise<Response> {
  const { c, operator } = request
  const { items, next } = await listActs(request, query)
  const { actor = '', action = '', subject = '', from = '', to = '' } = query
  return c.html(renderPage(
    <AuditPage
      language={c.get('language')}
      viewer={operator}
      filter={{ actor, action, subject, from, to }}
      entries={items.map(pageEntry)}
      next={next}
      isFirst={query.before === undefined}
      checked={checked}
    />,
  ))
}

const pageEntry = ({ id, at, actor, action, subject, reason, address, requestId, hash }: AuditEntry): AuditPageEntry => ({
  id,
  at: at.toISOString(),
  actor,
  action,
  subject,
  reason,
  address,
  requestId,
  hash,
})
