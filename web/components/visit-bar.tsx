import type { Language } from '../../edge/contract/language.ts'
import { bookingWords } from '../booking-texts.ts'

/**
 * A bar that leads a visitor back to their place in a queue, or to the booking that they have begun. The page is the same for everyone, so its
 * script fills the bar.
 */
export function VisitBar({ language }: { language: Language }) {
  const word = bookingWords(language)
  return (
    <a
      class='visit-bar'
      href='/'
      hidden
      data-visit-bar
      data-waiting={word('barWaiting')}
      data-lobby={word('barLobby')}
      data-turn={word('barTurn')}
      data-booking={word('barBooking')}
    >
      <span data-visit-text></span> <strong data-visit-time></strong>
    </a>
  )
}

/** On a page that interrupts a booking, such as the login: it is the visitor's turn, and how long still. Filled like the bar. */
export function VisitNotice({ language, room }: { language: Language; room: string | null }) {
  if (room === null) return null
  return (
    <p class='notice good visit-notice' role='status' hidden data-visit-of={room}>
      {bookingWords(language)('yourTurn')} <strong data-visit-time></strong>
    </p>
  )
}
