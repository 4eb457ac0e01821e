import { EventReportPage } from '../../web/admin/pages/event-report.tsx'
import { ReportsPage } from '../../web/admin/pages/reports.tsx'
import { renderPage } from '../../web/render.tsx'
import type { AdminRequest, AdminRoute } from './admin-route.ts'
import { comparisonCsv, readComparison, readReport, readReportRequest, reportCsv } from './report-request.ts'

/** Reports: events compared, and one event. A CSV is at `…/export`, because a link cannot set Accept. */
export const reportPages: readonly AdminRoute[] = [
  { method: 'GET', path: '/admin/reports', permission: 'reports.read', handle: (request) => showComparison(request, false) },
  {
    method: 'GET',
    path: '/admin/reports/export',
    permission: 'reports.read',
    handle: (request) => showComparison(request, true),
  },
  { method: 'GET', path: '/admin/reports/:id', permission: 'reports.read', handle: (request) => showReport(request, false) },
  {
    method: 'GET',
    path: '/admin/reports/:id/export',
    permission: 'reports.read',
    handle: (request) => showReport(request, true),
  },
]

async function showComparison(request: AdminRequest, asCsv: boolean): Promise<Response> {
  const { c, deps, operator } = request
  const asked = readReportRequest(c, deps.now())
  if (asked instanceof Response) return asked
  const rows = await readComparison(request, asked)
  if (rows instanceof Response) return rows
  if (asCsv) return comparisonCsv(c, rows)
  const { from, to } = asked
  return c.html(renderPage(<ReportsPage language={c.get('language')} viewer={operator} from={from} to={to} events={rows} />))
}

async function showReport(request: AdminRequest, asCsv: boolean): Promise<Response> {
  const { c, deps, operator } = request
  const asked = readReportRequest(c, deps.now())
  if (asked instanceof Response) return asked
  const report = await readReport(request, asked)
  if (report instanceof Response) return report
  if (asCsv) return reportCsv(c, report, asked.table)
  const { from, to } = asked
  return c.html(
    renderPage(<EventReportPage language={c.get('language')} viewer={operator} from={from} to={to} report={report} />),
  )
}
