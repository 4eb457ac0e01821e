import type { Language } from '../../edge/contract/language.ts'
import type { PageOf } from '../../edge/contract/paging.ts'
import type { Reservation } from '../../edge/contract/reservations.ts'
import { paths } from '../../edge/contract/paths.ts'
import { Document } from '../components/document.tsx'
import { EmptyNotice } from '../components/notices.tsx'
import { Pagination } from '../components/pagination.tsx'
import { Poster } from '../components/poster.tsx'
import { ReservationStatusChip } from '../components/status-chip.tsx'
import { dateTime, money } from '../format.ts'
import { sentences, type TextName, words } from '../text.ts'

type MyPageProps = {
  language: Language
  person: { nickname: string; isOperator: boolean }
  reservations: PageOf<Reservation>
  /** Whether only the latest reservations are known, because the records cannot be read for the moment. */
  isPartial: boolean
  now: string
}

export function MyPage({ language, person, reservations, isPartial, now }: MyPageProps) {
  const word = words(language)
  const isPast = ({ event }: Reservation) => Date.parse(event.startsAt) <= Date.parse(now)
  const groups: [TextName, Reservation[]][] = [
    ['upcomingReservations', reservations.items.filter((item) => item.status === 'confirmed' && !isPast(item))],
    ['pastReservations', reservations.items.filter((item) => item.status === 'confirmed' && isPast(item))],
    ['cancelledReservations', reservations.items.filter((item) => item.status === 'cancelled')],
  ]
  return (
    <Document language={language} title={word('myPage')} path={paths.me(reservations.page)} serverTime={now}>
      <h1>
        <span class='eyebrow'>{person.nickname}</span> {word('myPage')}
      </h1>
      <p>
        <a class='button secondary' href={paths.account()}>{word('accountSettings')}</a>{' '}
        {person.isOperator && <a class='button secondary' href={paths.admin.home}>{word('adminPages')}</a>}
      </p>
      {isPartial && (
        <div class='notice' role='status'>
          <p>
            <strong>{word('recordsUnavailableTitle')}</strong>
          </p>
          <p>{word(reservations.total > 0 ? 'recordsUnavailableRecent' : 'recordsUnavailable')}</p>
          <p>
            <a class='button secondary' href={paths.me()}>{word('tryAgain')}</a>
          </p>
        </div>
      )}
      {reservations.total === 0 && !isPartial && (
        <EmptyNotice title={word('noReservationsTitle')} hint={word('noReservations')}>
          <a class='button' href={paths.home}>{word('toEvents')}</a>
        </EmptyNotice>
      )}
      {groups.filter(([, items]) => items.length > 0).map(([name, items]) => (
        <section key={name} aria-labelledby={name}>
          <h2 id={name}>{word(name)}</h2>
          <ul class='reservations'>
            {items.map((item) => (
              <li key={item.id}>
                <ReservationRow language={language} reservation={item} />
                {name === 'upcomingReservations' && item.event.cancelledAt === null && (
                  <a class='tickets-link' href={paths.admission(item.id)} aria-describedby={`title-${item.id}`}>
                    {word('seeTickets')}
                  </a>
                )}
              </li>
            ))}
          </ul>
        </section>
      ))}
      <Pagination language={language} list={reservations} to={paths.me} />
    </Document>
  )
}

function ReservationRow({ language, reservation }: { language: Language; reservation: Reservation }) {
  return (
    <a class='reservation' href={paths.reservation(reservation.id)}>
      <Poster event={reservation.event} />
      <span class='reservation-facts'>
        <ReservationStatusChip language={language} status={reservation.status} />
        <strong id={`title-${reservation.id}`}>{reservation.event.title}</strong>
        <span class='muted small'>
          {dateTime(reservation.event.startsAt, language, reservation.event.zone)} · <bdi>{reservation.event.venue}</bdi>
        </span>
        <span class='small'>
          {reservation.ticketType.name} · {sentences.tickets(reservation.quantity)[language]} ·{' '}
          {money(reservation.totalPrice, language)}
        </span>
        <span class='muted small'>
          {words(language)('reservationNumber')} <span class='reservation-number'>{reservation.number}</span>
        </span>
      </span>
    </a>
  )
}
