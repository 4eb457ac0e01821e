import { wantsCsv } from '../csv.ts'
import { checkInput } from '../http.tsx'
import { readQuery } from '../input.ts'
import type { AdminRoute } from './admin-route.ts'
import { auditQuery, checkChain, exportActs, listActs } from './audit-request.ts'

/** The audit log as JSON, or as CSV for clients that accept it. */
export const auditApi: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/api/admin/audit',
    permission: 'audit.read',
    async handle(request) {
      const { c } = request
      const query = checkInput(c, auditQuery, readQuery(c))
      if (query instanceof Response) return query
      return wantsCsv(c) ? await exportActs(request, query) : c.json(await listActs(request, query))
    },
  },
  {
    method: 'POST',
    path: '/api/admin/audit/check',
    permission: 'audit.read',
    handle: async (request) => request.c.json(await checkChain(request)),
  },
]
