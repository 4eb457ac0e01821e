import type { Language, Text } from '../../../edge/contract/language.ts'
import { paths } from '../../../edge/contract/paths.ts'
import { count, money } from '../../format.ts'
import { AdminDocument, type Viewer } from '../admin-document.tsx'
import { DataTable } from '../components/data-table.tsx'
import { type FunnelFigures, SaleFunnel } from '../components/sale-funnel.tsx'
import { cancellations, SALES_TEXTS, salesColumns, type SalesFigures } from '../components/sales-columns.tsx'
import { adminWords } from '../texts.ts'
import { PeriodForm } from './reports.tsx'
import { titleOf } from '../titles.ts'

type EventReportPageProps = {
  language: Language
  viewer: Viewer
  /** Days such as `2026-11-28`, both included. */
  from: string
  to: string
  report: {
    event: { id: number; title: string; titleEn: string }
    totals: SalesFigures & { seats: number }
    ticketTypes: (SalesFigures & { id: number; name: string; nameEn: string; seats: number })[]
    days: (SalesFigures & { day: string })[]
    hours: (SalesFigures & { hour: number })[]
    day: string | null
    funnel: FunnelFigures | null
  }
}

export function EventReportPage({ language, viewer, from, to, report }: EventReportPageProps) {
  const { event, totals, ticketTypes, days, hours, day, funnel } = report
  const action = paths.admin.report(event.id)
  return (
    <AdminDocument
      language={language}
      viewer={viewer}
      path={action}
      title={titleOf(event, language)}
      lead={`${from} – ${to}`}
      parent={{ href: `${paths.admin.reports}?${new URLSearchParams({ from, to })}`, title: adminWords(language)('allReports') }}
      tabs={{ eventId: event.id, current: 'report' }}
    >
      <PeriodForm language={language} action={action} from={from} to={to} />
      <section class='panel' aria-label={T.totals[language]}>
        <dl class='figures'>
          <div>
            <dt>{SALES_TEXTS.sold[language]}</dt>
            <dd>
              {count(totals.kept, language)} / {count(totals.seats, language)}
            </dd>
          </div>
          <div>
            <dt>{SALES_TEXTS.revenue[language]}</dt>
            <dd>{money(totals.revenue, language)}</dd>
          </div>
          <div>
            <dt>{SALES_TEXTS.cancelled[language]}</dt>
            <dd>{cancellations(totals, language)}</dd>
          </div>
        </dl>
      </section>
      <SalesTable
        {...{ language, event, from, to }}
        id='types'
        heading={T.byType[language]}
        rows={ticketTypes}
        nameOf={(type) => language === 'ko' ? type.name : type.nameEn}
      />
      <SaleFunnel
        language={language}
        funnel={funnel}
        csvHref={`${paths.admin.eventReportExport(event.id)}?${new URLSearchParams({ from, to, table: 'funnel' })}`}
      />
      {days.length === 0 && <p class='notice'>{T.nothing[language]}</p>}
      {days.length > 0 && (
        <SalesTable
          {...{ language, event, from, to }}
          id='days'
          heading={T.byDay[language]}
          rows={days}
          nameOf={(row) => row.day}
          hrefOf={(row) => `${action}?${new URLSearchParams({ from, to, day: row.day })}#hours-heading`}
        />
      )}
      {day !== null && (
        <SalesTable
          {...{ language, event, from, to, day }}
          id='hours'
          heading={`${T.byHour[language]} · ${day}`}
          rows={hours}
          nameOf={({ hour }) => `${String(hour).padStart(2, '0')}:00`}
        />
      )}
    </AdminDocument>
  )
}

type SalesTableProps<Row> = {
  language: Language
  event: { id: number }
  from: string
  to: string
  day?: string
  id: 'types' | 'days' | 'hours'
  heading: string
  rows: Row[]
  nameOf(row: Row): string
  hrefOf?(row: Row): string
}

function SalesTable<Row extends SalesFigures>(props: SalesTableProps<Row>) {
  const { language, event, from, to, day, id, heading, rows, nameOf, hrefOf } = props
  const query = new URLSearchParams({ from, to, table: id })
  if (day !== undefined) query.set('day', day)
  return (
    <section aria-labelledby={`${id}-heading`}>
      <div class='panel-head'>
        <h2 id={`${id}-heading`}>{heading}</h2>
        <a href={`${paths.admin.eventReportExport(event.id)}?${query}`} download>CSV</a>
      </div>
      <DataTable
        caption={heading}
        rows={rows}
        keyOf={nameOf}
        columns={[
          { title: T.when[id][language], cell: (row) => hrefOf ? <a href={hrefOf(row)}>{nameOf(row)}</a> : nameOf(row) },
          ...salesColumns<Row>(language, Math.max(...rows.map(({ kept }) => kept))),
        ]}
      />
    </section>
  )
}

const T = {
  totals: { ko: '합계', en: 'Totals' },
  byType: { ko: '등급별 판매', en: 'By ticket type' },
  byDay: { ko: '날짜별 판매', en: 'By day' },
  byHour: { ko: '시간별 판매', en: 'By hour' },
  nothing: { ko: '이 기간에는 예매가 없습니다.', en: 'Nothing was booked in this period.' },
  when: {
    types: { ko: '등급', en: 'Ticket type' },
    days: { ko: '날짜', en: 'Day' },
    hours: { ko: '시각', en: 'Hour' },
  },
} as const satisfies Record<string, Text | Record<string, Text>>
