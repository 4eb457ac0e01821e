import { ADMIN_EVENT_STATUSES, type AdminEventRow, type AdminEventStatus } from '../../../edge/contract/admin-events.ts'
import type { Language, Text } from '../../../edge/contract/language.ts'
import type { PageOf } from '../../../edge/contract/paging.ts'
import { paths } from '../../../edge/contract/paths.ts'
import { may } from '../../../edge/contract/roles.ts'
import { EmptyNotice } from '../../components/notices.tsx'
import { Pagination } from '../../components/pagination.tsx'
import { count, dateTime } from '../../format.ts'
import { AdminDocument, type Viewer } from '../admin-document.tsx'
import { DataTable } from '../components/data-table.tsx'
import { AdminStatusChip } from '../components/event-status.tsx'
import { STATUS_NAMES } from '../event-texts.ts'
import { adminWords } from '../texts.ts'
import { titleOf } from '../titles.ts'

type EventsProps = {
  language: Language
  viewer: Viewer
  events: PageOf<AdminEventRow>
  q: string
  status: AdminEventStatus | null
  /** Whether an event has just been deleted. */
  isDeleted?: boolean
}

export function AdminEventsPage({ language, viewer, events, q, status, isDeleted = false }: EventsProps) {
  const word = adminWords(language)
  const mayEdit = may(viewer.role, 'events.edit')
  const query = { q, ...(status && { status }) }
  const isFiltered = q !== '' || status !== null
  return (
    <AdminDocument
      language={language}
      viewer={viewer}
      path={paths.admin.eventList({ ...query, page: events.page })}
      title={word('events')}
      lead={T.total(events.total)[language]}
      actions={mayEdit && <a class='button' href={paths.admin.newEvent}>{T.create[language]}</a>}
    >
      {isDeleted && <p class='notice good' role='status'>{T.deleted[language]}</p>}
      <form class='filters' method='get' action={paths.admin.events} role='search'>
        <div>
          <label for='q'>{T.search[language]}</label>
          <input id='q' name='q' type='search' value={q} maxLength={100} placeholder={T.placeholder[language]} />
        </div>
        <div>
          <label for='status'>{T.status[language]}</label>
          <select id='status' name='status'>
            <option value=''>{T.all[language]}</option>
            {ADMIN_EVENT_STATUSES.map((one) => (
              <option key={one} value={one} selected={one === status}>{STATUS_NAMES[one][language]}</option>
            ))}
          </select>
        </div>
        <button class='button secondary' type='submit'>{word('search')}</button>
      </form>
      {events.total === 0
        ? (
          <EmptyNotice
            title={T[isFiltered ? 'none' : 'empty'][language]}
            hint={T[isFiltered ? 'noneHint' : 'emptyHint'][language]}
          >
            {isFiltered && <a class='button secondary' href={paths.admin.events}>{T.showAll[language]}</a>}
            {!isFiltered && mayEdit && <a class='button' href={paths.admin.newEvent}>{T.create[language]}</a>}
          </EmptyNotice>
        )
        : <EventTable language={language} events={events.items} />}
      <Pagination language={language} list={events} to={(page) => paths.admin.eventList({ ...query, page })} />
    </AdminDocument>
  )
}

function EventTable({ language, events }: { language: Language; events: AdminEventRow[] }) {
  return (
    <DataTable
      caption={adminWords(language)('events')}
      rows={events}
      keyOf={({ id }) => id}
      columns={[
        {
          title: T.event[language],
          cell: ({ id, title, titleEn, venue, venueEn }) => (
            <>
              <a href={paths.admin.event(id)}>{titleOf({ title, titleEn }, language)}</a>
              <span class='muted small'>{(language === 'en' && venueEn) || venue}</span>
            </>
          ),
        },
        { title: T.status[language], cell: ({ status }) => <AdminStatusChip language={language} status={status} /> },
        { title: T.opensAt[language], cell: ({ opensAt, zone }) => dateTime(opensAt, language, zone) },
        { title: T.startsAt[language], cell: ({ startsAt, zone }) => dateTime(startsAt, language, zone) },
        {
          title: T.sold[language],
          isNumber: true,
          cell: ({ sold, seats }) => (
            <>
              {count(sold, language)} / {count(seats, language)}
              <progress class='sold' max={Math.max(1, seats)} value={sold} aria-label={T.sold[language]} />
            </>
          ),
        },
      ]}
    />
  )
}

const T = {
  create: { ko: '공연 만들기', en: 'New event' },
  total: (total: number): Text => ({ ko: `${total}개`, en: total === 1 ? '1 event' : `${total} events` }),
  deleted: { ko: '공연을 삭제했습니다.', en: 'The event has been deleted.' },
  search: { ko: '공연 검색', en: 'Search events' },
  placeholder: { ko: '공연명, 장소', en: 'Title or venue' },
  status: { ko: '상태', en: 'State' },
  all: { ko: '모든 상태', en: 'All states' },
  none: { ko: '조건에 맞는 공연이 없습니다', en: 'No event matches' },
  empty: { ko: '아직 공연이 없습니다', en: 'No events yet' },
  emptyHint: { ko: '첫 공연을 만들어 보세요.', en: 'Create the first one.' },
  noneHint: { ko: '검색어나 상태를 바꿔 보세요.', en: 'Try another search or another state.' },
  showAll: { ko: '전체 보기', en: 'Show all' },
  event: { ko: '공연', en: 'Event' },
  opensAt: { ko: '예매 오픈', en: 'Sale opens' },
  startsAt: { ko: '공연 일시', en: 'Starts' },
  sold: { ko: '판매 / 전체', en: 'Sold / seats' },
} as const
