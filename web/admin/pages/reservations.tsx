import type { Language, Text } from '../../../edge/contract/language.ts'
import { paths } from '../../../edge/contract/paths.ts'
import { EmptyNotice } from '../../components/notices.tsx'
import { ReservationStatusChip } from '../../components/status-chip.tsx'
import { count, dateTime, money } from '../../format.ts'
import { AdminDocument, type Viewer } from '../admin-document.tsx'
import { DataTable } from '../components/data-table.tsx'
import { adminWords } from '../texts.ts'
import { titleOf, typeNameOf } from '../titles.ts'

/** A reservation in the list. Times are ISO 8601. */
export type ReservationItem = {
  /** The id. */
  number: string
  /** The number that the buyer has. */
  shortNumber: string
  event: { id: number; title: string; titleEn: string }
  ticketType: { name: string; nameEn: string }
  person: { id: number; nickname: string; email: string }
  quantity: number
  booked: number
  unitPrice: number
  status: 'confirmed' | 'cancelled'
  createdAt: string
  cancelledAt: string | null
}

/** What the operator entered; empty texts do not restrict. Days are `2026-11-28`. */
export type ReservationPageFilter = { q: string; event: string; status: string; from: string; to: string }

type ReservationsPageProps = {
  language: Language
  viewer: Viewer
  filter: ReservationPageFilter
  /** The event to which the filter restricts the list; null for several or all. */
  event: { id: number; title: string; titleEn: string } | null
  items: ReservationItem[]
  /** The value of `after` that shows the next page; null on the last one. */
  next: string | null
  isFirst: boolean
}

export function ReservationsPage({ language, viewer, filter, event, items, next, isFirst }: ReservationsPageProps) {
  const query = queryOf(filter)
  return (
    <AdminDocument
      language={language}
      viewer={viewer}
      path={event ? paths.admin.eventReservations(event.id) : paths.admin.reservations}
      title={adminWords(language)('reservations')}
      lead={event ? titleOf(event, language) : T.lead[language]}
      tabs={event ? { eventId: event.id, current: 'reservations' } : undefined}
      actions={<a class='button secondary' href={`${paths.admin.reservationExport}?${query}`} download>{T.export[language]}</a>}
    >
      <FilterForm language={language} filter={filter} />
      <section aria-label={adminWords(language)('reservations')}>
        {items.length === 0
          ? (
            <EmptyNotice title={T.nothing[language]} hint={T.nothingHint[language]}>
              <a class='button secondary' href={paths.admin.reservations}>{T.showAll[language]}</a>
            </EmptyNotice>
          )
          : <ReservationTable language={language} items={items} />}
        {(next !== null || !isFirst) && (
          <nav class='pager' aria-label={T.pages[language]}>
            {!isFirst && <a href={`${paths.admin.reservations}?${query}`}>{T.latest[language]}</a>}
            {next !== null && <a rel='next' href={`${paths.admin.reservations}?${queryOf(filter, next)}`}>{T.older[language]}</a>}
          </nav>
        )}
      </section>
    </AdminDocument>
  )
}

function ReservationTable({ language, items }: { language: Language; items: ReservationItem[] }) {
  return (
    <DataTable
      caption={adminWords(language)('reservations')}
      rows={items}
      keyOf={({ number }) => number}
      columns={[
        {
          title: T.number[language],
          cell: ({ number, shortNumber }) => <a class='number-text' href={paths.admin.reservation(number)}>{shortNumber}</a>,
        },
        {
          title: T.buyer[language],
          cell: ({ person }) => (
            <span>
              {person.nickname}
              <br />
              <span class='muted small'>{person.email}</span>
            </span>
          ),
        },
        {
          title: T.event[language],
          cell: ({ event, ticketType }) => (
            <span>
              {titleOf(event, language)}
              <br />
              <span class='muted small'>{typeNameOf(ticketType, language)}</span>
            </span>
          ),
        },
        { title: T.seats[language], isNumber: true, cell: ({ quantity }) => count(quantity, language) },
        { title: T.price[language], isNumber: true, cell: ({ quantity, unitPrice }) => money(quantity * unitPrice, language) },
        { title: T.status[language], cell: ({ status }) => <ReservationStatusChip language={language} status={status} /> },
        { title: T.bookedAt[language], cell: ({ createdAt }) => dateTime(createdAt, language) },
      ]}
    />
  )
}

function FilterForm({ language, filter }: { language: Language; filter: ReservationPageFilter }) {
  const isSet = Object.values(filter).some((value) => value !== '')
  return (
    <form class='filters' method='get' action={paths.admin.reservations} role='search'>
      <div>
        <label for='q'>{T.q[language]}</label>
        <input id='q' name='q' value={filter.q} maxLength={254} placeholder={T.qHint[language]} />
      </div>
      <div>
        <label for='event'>{T.event[language]}</label>
        <input id='event' name='event' value={filter.event} maxLength={100} placeholder={T.eventHint[language]} />
      </div>
      <div>
        <label for='status'>{T.status[language]}</label>
        <select id='status' name='status'>
          {(['', 'confirmed', 'cancelled'] as const).map((status) => (
            <option key={status} value={status} selected={filter.status === status}>{STATUS[status][language]}</option>
          ))}
        </select>
      </div>
      <div>
        <label for='from'>{T.from[language]}</label>
        <input id='from' name='from' type='date' value={filter.from} />
      </div>
      <div>
        <label for='to'>{T.to[language]}</label>
        <input id='to' name='to' type='date' value={filter.to} />
      </div>
      <div class='filter-actions'>
        <button class='button' type='submit'>{adminWords(language)('search')}</button>
        {isSet && <a href={paths.admin.reservations}>{T.showAll[language]}</a>}
      </div>
    </form>
  )
}

function queryOf(filter: ReservationPageFilter, after?: string): string {
  const given = Object.entries(filter).filter(([, value]) => value !== '')
  return String(new URLSearchParams(after === undefined ? given : given.concat([['after', after]])))
}

const STATUS: Record<'' | ReservationItem['status'], Text> = {
  '': { ko: '전체', en: 'All' },
  confirmed: { ko: '예매완료', en: 'Confirmed' },
  cancelled: { ko: '취소', en: 'Cancelled' },
}

const T = {
  lead: {
    ko: '방금 한 예매는 1~2초 뒤에 나타납니다. 시각은 한국 시간입니다.',
    en: 'A new booking appears after a second or two. Times are in Korea.',
  },
  export: { ko: 'CSV로 내보내기', en: 'Export as CSV' },
  q: { ko: '예매 번호 또는 구매자', en: 'Number or buyer' },
  qHint: { ko: '예매 번호, 이메일, 닉네임', en: 'Number, e-mail, nickname' },
  number: { ko: '예매 번호', en: 'Number' },
  buyer: { ko: '구매자', en: 'Buyer' },
  event: { ko: '공연', en: 'Event' },
  eventHint: { ko: '공연명 또는 번호', en: 'Title or number' },
  seats: { ko: '매수', en: 'Tickets' },
  price: { ko: '금액', en: 'Price' },
  status: { ko: '상태', en: 'Status' },
  bookedAt: { ko: '예매 시각', en: 'Booked' },
  from: { ko: '예매 시작일', en: 'Booked from' },
  to: { ko: '예매 종료일', en: 'Booked until' },
  nothing: { ko: '해당하는 예매가 없습니다', en: 'No reservations match' },
  nothingHint: {
    ko: '이메일, 닉네임, 예매 번호는 전체를 입력해 주세요. 예: K7M2P-9QX4T',
    en: 'Enter a whole e-mail, nickname or number, such as K7M2P-9QX4T.',
  },
  showAll: { ko: '전체 보기', en: 'Show all' },
  pages: { ko: '페이지', en: 'Pages' },
  latest: { ko: '최신 예매', en: 'Latest' },
  older: { ko: '이전 예매', en: 'Older' },
} as const satisfies Record<string, Text>
