import { wantsCsv } from '../csv.ts'
import type { AdminRoute } from './admin-route.ts'
import { comparisonCsv, readComparison, readReport, readReportRequest, reportCsv } from './report-request.ts'

/** Reports as JSON, or as CSV for clients that accept it. */
export const reportApi: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/api/admin/reports/events',
    permission: 'reports.read',
    async handle(request) {
      const { c, deps } = request
      const asked = readReportRequest(c, deps.now())
      if (asked instanceof Response) return asked
      const rows = await readComparison(request, asked)
      if (rows instanceof Response) return rows
      return wantsCsv(c) ? comparisonCsv(c, rows) : c.json({ from: asked.from, to: asked.to, events: rows })
    },
  },
  {
    method: 'GET',
    path: '/api/admin/reports/events/:id',
    permission: 'reports.read',
    async handle(request) {
      const { c, deps } = request
      const asked = readReportRequest(c, deps.now())
      if (asked instanceof Response) return asked
      const report = await readReport(request, asked)
      if (report instanceof Response) return report
      return wantsCsv(c) ? reportCsv(c, report, asked.table) : c.json(Object.assign({ from: asked.from, to: asked.to }, report))
    },
  },
]
