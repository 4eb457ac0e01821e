import type { Language } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import { Document } from '../components/document.tsx'
import { words } from '../text.ts'

type JustBookedProps = { language: Language; room: string; reservation: string; path: string }

/** Shown in place of the booking form to a visitor who opens it again after a booking, for example with the Back button. */
export function JustBookedPage({ language, room, reservation, path }: JustBookedProps) {
  const word = words(language)
  return (
    <Document language={language} title={word('justBooked')} path={path}>
      <div class='narrow problem-page'>
        <h1>{word('justBooked')}</h1>
        <p class='lead'>{word('justBookedHint')}</p>
        <p class='actions'>
          <a class='button' href={paths.reservation(reservation)}>{word('seeReservation')}</a>
        </p>
        <form method='post' action={paths.tickets(room)}>
          <button class='button secondary' type='submit'>{word('bookMore')}</button>
        </form>
      </div>
    </Document>
  )
}
