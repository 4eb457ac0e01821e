import * as z from 'zod'
import { type CsvColumn, respondCsv } from '../csv.ts'
import { checkInput, type Ctx, eventIdOf, problem } from '../http.tsx'
import { readQuery } from '../input.ts'
import type { AdminRequest } from './admin-route.ts'
import {
  compareEvents,
  type EventReport,
  type EventSales,
  lastDays,
  MAX_DAYS,
  type Period,
  reportEvent,
  type Sales,
} from './reports.ts'
import { readFunnel, type SaleFunnel } from './sale-funnel.ts'

const DAY_MS = 86_400_000
const day = z.union([z.literal(''), z.iso.date()]).transform((value) => value || undefined).optional()

const REPORT_TABLES = ['days', 'hours', 'types', 'funnel'] as const

/** The query of reports. Days are those of Korea and included. */
const reportQuery = z.object({
  from: day,
  to: day,
  day,
  /** What a CSV of one event has. */
  table: z.enum(REPORT_TABLES).default('days'),
})

/** `from`, `to`: the days of the period as they are shown, the last 30 days by default. */
export type ReportRequest = {
  from: string
  to: string
  period: Period
  day?: string | undefined
  table: (typeof REPORT_TABLES)[number]
}

/** Reads the query, or returns the problem with it. */
export function readReportRequest(c: Ctx, now: Date): ReportRequest | Response {
  const query = checkInput(c, reportQuery, readQuery(c))
  if (query instanceof Response) return query
  const recent = lastDays(now)
  const [from, to] = [query.from ?? query.to ?? recent.from, query.to ?? recent.to]
  const start = new Date(`${from}T00:00:00+09:00`)
  const until = new Date(new Date(`${to}T00:00:00+09:00`).getTime() + DAY_MS)
  const days = (until.getTime() - start.getTime()) / DAY_MS
  if (days <= 0 || days > MAX_DAYS) {
    const message = c.get('language') === 'ko' ? '기간은 1일에서 366일까지 선택해 주세요.' : 'Choose a period of 1 to 366 days.'
    return problem(c, 'validation_failed', { errors: [{ field: 'to', message }] })
  }
  return { from, to, period: { from: start, until }, day: query.day, table: query.table }
}

/** The comparison of events, or a problem. */
export async function readComparison({ c, deps }: AdminRequest, { period }: ReportRequest): Promise<EventSales[] | Response> {
  return await deps.heavyReads.run(() => compareEvents(deps, period)) ?? problem(c, 'busy', { retryAfterSeconds: 2 })
}

/** `funnel`: of the whole sale, not of the period; null if nothing was recorded. */
export type FullReport = EventReport & { funnel: SaleFunnel | null }

/** The report of the event in the path, or a problem. */
export async function readReport({ c, deps }: AdminRequest, { period, day }: ReportRequest): Promise<FullReport | Response> {
  const eventId = eventIdOf(c)
  if (eventId === undefined) return problem(c, 'not_found')
  const read = await deps.heavyReads.run(async () => ({
    report: await reportEvent(deps, eventId, period, day),
    funnel: await readFunnel(deps, eventId),
  }))
  if (!read) return problem(c, 'busy', { retryAfterSeconds: 2 })
  return read.report ? Object.assign(read.report, { funnel: read.funnel }) : problem(c, 'not_found')
}

const SALES: readonly CsvColumn<Sales>[] = [
  { title: 'reservations', cell: ({ reservations }) => reservations },
  { title: 'booked', cell: ({ booked }) => booked },
  { title: 'cancelled', cell: ({ booked, kept }) => booked - kept },
  { title: 'sold', cell: ({ kept }) => kept },
  { title: 'revenue', cell: ({ revenue }) => revenue },
]

const FUNNEL: readonly CsvColumn<SaleFunnel>[] = ([
  'joined',
  'called',
  'noShows',
  'entered',
  'booked',
  'cancelled',
  'meanWaitSeconds',
  'longestQueue',
] as const).map((name) => ({ title: name, cell: (funnel) => funnel[name] }))

export const comparisonCsv = (c: Ctx, rows: EventSales[]): Response =>
  respondRows<EventSales>(c, 'report-events', [
    { title: 'eventId', cell: ({ event }) => event.id },
    { title: 'event', cell: ({ event }) => event.title },
    { title: 'opensAt', cell: ({ event }) => event.opensAt },
    { title: 'seats', cell: ({ seats }) => seats },
    ...SALES,
  ], rows)

export function reportCsv(c: Ctx, report: FullReport, table: ReportRequest['table']): Response {
  const name = `report-event-${report.event.id}-${table}`
  switch (table) {
    case 'days':
      return respondRows<EventReport['days'][number]>(c, name, [{ title: 'day', cell: (row) => row.day }, ...SALES], report.days)
    case 'hours':
      return respondRows<EventReport['hours'][number]>(c, name, [
        { title: 'day', cell: () => report.day },
        { title: 'hour', cell: (row) => row.hour },
        ...SALES,
      ], report.hours)
    case 'types':
      return respondRows<EventReport['ticketTypes'][number]>(c, name, [
        { title: 'ticketTypeId', cell: (row) => row.id },
        { title: 'ticketType', cell: (row) => row.name },
        { title: 'seats', cell: (row) => row.seats },
        ...SALES,
      ], report.ticketTypes)
    case 'funnel':
      return respondRows<SaleFunnel>(c, name, FUNNEL, report.funnel ? [report.funnel] : [])
    default:
      return table satisfies never
  }
}

/** Rows that are in memory already: a report is bounded by its days and ticket types. */
function respondRows<Row>(c: Ctx, name: string, columns: readonly CsvColumn<Row>[], rows: readonly Row[]): Response {
  return respondCsv(c, name, {
    columns: columns.map(({ title, cell }) => ({ title, cell: ({ row }: { id: number; row: Row }) => cell(row) })),
    readAfter: (last: number | null, limit) => {
      const start = last ?? 0
      return Promise.resolve(rows.slice(start, start + limit).map((row, i) => ({ id: start + i + 1, row })))
    },
  })
}
