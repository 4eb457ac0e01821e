import type { Language } from '../../edge/contract/language.ts'
import type { PageOf } from '../../edge/contract/paging.ts'
import type { Reservation } from '../../edge/contract/reservations.ts'
import { paths } from '../../edge/contract/paths.ts'
import { dateTime, money } from '../format.ts'
import { Document, type Viewer } from '../render.tsx'
import { sentences, type TextName, words } from '../text.ts'
import { Pager, Poster } from './home.tsx'
import { StatusOf } from './reservation.tsx'

type MyPageProps = { language: Language; person: Viewer; reservations: PageOf<Reservation>; now: string }

export function MyPage({ language, person, reservations, now }: MyPageProps) {
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
      {reservations.total === 0 && (
        <div class='notice empty'>
          <p>
            <strong>{word('noReservationsTitle')}</strong>
          </p>
          <p>{word('noReservations')}</p>
          <p>
            <a class='button' href={paths.home}>{word('toEvents')}</a>
          </p>
        </div>
      )}
      {groups.filter(([, items]) => items.length > 0).map(([name, items]) => (
        <section key={name} aria-labelledby={name}>
          <h2 id={name}>{word(name)}</h2>
          <ul class='reservations'>
            {items.map((item) => (
              <li key={item.id}>
                <ReservationRow language={language} reservation={item} />
              </li>
            ))}
          </ul>
        </section>
      ))}
      <Pager language={language} list={reservations} to={paths.me} />
    </Document>
  )
}

function ReservationRow({ language, reservation }: { language: Language; reservation: Reservation }) {
  return (
    <a class='reservation' href={paths.reservation(reservation.id)}>
      <Poster event={reservation.event} />
      <span class='reservation-facts'>
        <StatusOf language={language} status={reservation.status} />
        <strong>{reservation.event.title}</strong>
        <span class='muted small'>{dateTime(reservation.event.startsAt, language)} · {reservation.event.venue}</span>
        <span class='small'>
          {reservation.ticketType.name} · {sentences.tickets(reservation.quantity)[language]} ·{' '}
          {money(reservation.totalPrice, language)}
        </span>
      </span>
    </a>
  )
}
