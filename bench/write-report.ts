import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { renderTable, type Report } from './report.ts'
import { renderReport } from './report-page.tsx'

/** Writes a report as data, as a page and as a Markdown table; returns the paths. A partial run gets a name of its own. */
export function writeReport(report: Report, folder = join(import.meta.dirname, 'results'), isWhole = true): string[] {
  mkdirSync(folder, { recursive: true })
  const { quick, scenarios } = report.parameters
  const part = [...quick ? ['quick'] : [], ...isWhole ? [] : scenarios].map((word) => `-${word}`).join('')
  const file = join(folder, `${report.date.slice(0, 10)}-${report.commit}${part}`)
  writeFileSync(`${file}.json`, `${JSON.stringify(report, null, 1)}\n`)
  writeFileSync(`${file}.html`, renderReport(report))
  writeFileSync(`${file}.md`, `${renderTable(report)}\n`)
  return [`${file}.json`, `${file}.html`, `${file}.md`]
}
