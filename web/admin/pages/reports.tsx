import type { Language, Text } from '../../../edge/contract/language.ts'
import { paths } from '../../../edge/contract/paths.ts'
import { EmptyNotice } from '../../components/notices.tsx'
import { count } from '../../format.ts'
import { AdminDocument, type Viewer } from '../admin-document.tsx'
import { DataTable } from '../components/data-table.tsx'
import { SALES_TEXTS, salesColumns, type SalesFigures } from '../components/sales-columns.tsx'
import { adminWords } from '../texts.ts'
import { titleOf } from '../titles.ts'

type EventName = { id: number; title: string; titleEn: string }
type ReportsPageProps = {
  language: Language
  viewer: Viewer
  /** Days such as `2026-11-28`, both included. */
  from: string
  to: string
  events: (SalesFigures & { event: EventName; seats: number })[]
}

/** The sales of the events that opened last, side by side. */
export function ReportsPage({ language, viewer, from, to, events }: ReportsPageProps) {
  const query = String(new URLSearchParams({ from, to }))
  const most = Math.max(...events.map(({ kept }) => kept))
  return (
    <AdminDocument
      language={language}
      viewer={viewer}
      path={paths.admin.reports}
      title={adminWords(language)('reports')}
      lead={T.lead[language]}
      actions={<a class='button secondary' href={`${paths.admin.reportExport}?${query}`} download>{T.export[language]}</a>}
    >
      <PeriodForm language={language} action={paths.admin.reports} from={from} to={to} />
      <section aria-labelledby='events'>
        <h2 id='events'>{T.events[language]}</h2>
        {events.length === 0
          ? (
            <EmptyNotice title={T.none[language]} hint={T.noneHint[language]}>
              <a class='button secondary' href={paths.admin.events}>{adminWords(language)('events')}</a>
            </EmptyNotice>
          )
          : (
            <DataTable
              caption={T.events[language]}
              rows={events}
              keyOf={({ event }) => event.id}
              columns={[
                {
                  title: T.event[language],
                  cell: ({ event }) => <a href={`${paths.admin.report(event.id)}?${query}`}>{titleOf(event, language)}</a>,
                },
                { title: SALES_TEXTS.seats[language], isNumber: true, cell: ({ seats }) => count(seats, language) },
                ...salesColumns<ReportsPageProps['events'][number]>(language, most),
              ]}
            />
          )}
      </section>
    </AdminDocument>
  )
}

/** The period of a report. */
export function PeriodForm({ language, action, from, to }: { language: Language; action: string; from: string; to: string }) {
  return (
    <form class='filters' method='get' action={action}>
      <div>
        <label for='from'>{T.from[language]}</label>
        <input id='from' name='from' type='date' value={from} required />
      </div>
      <div>
        <label for='to'>{T.to[language]}</label>
        <input id='to' name='to' type='date' value={to} required />
      </div>
      <div class='filter-actions'>
        <button class='button' type='submit'>{T.show[language]}</button>
      </div>
    </form>
  )
}

const T = {
  lead: {
    ko: '기간에 한 예매를 집계합니다. 판매와 매출은 취소된 좌석을 뺀 수입니다. 날짜는 한국 시간입니다.',
    en: 'Bookings made in the period. Sold seats and revenue are without the cancelled ones. Days are those of Korea.',
  },
  export: { ko: 'CSV로 내보내기', en: 'Export as CSV' },
  events: { ko: '공연 비교', en: 'Events compared' },
  event: { ko: '공연', en: 'Event' },
  from: { ko: '예매 시작일', en: 'Booked from' },
  to: { ko: '예매 종료일', en: 'Booked until' },
  show: { ko: '조회', en: 'Show' },
  none: { ko: '오픈한 공연이 없습니다', en: 'No event has opened yet' },
  noneHint: { ko: '예매가 열리면 여기에서 판매를 볼 수 있습니다.', en: 'Its sales appear here once it has opened.' },
} as const satisfies Record<string, Text>
