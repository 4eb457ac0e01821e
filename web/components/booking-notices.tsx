import type { Language } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import { bookingSentences, bookingWords } from '../booking-texts.ts'
import { words } from '../text.ts'

export function HeldNotice({ language, held, more }: { language: Language; held: number; more: number }) {
  return (
    <div class='notice held'>
      {more === 0 && (
        <p>
          <strong>{bookingWords(language)('limitReached')}</strong>
        </p>
      )}
      <p>
        {(more === 0 ? bookingSentences.heldAll(held) : bookingSentences.held(held, more))[language]}{' '}
        <a href={paths.me()}>{bookingWords(language)('seeMine')}</a>
      </p>
    </div>
  )
}

/** Shown by the page's script after a booking whose response did not arrive. */
export function OutcomeNotices({ language }: { language: Language }) {
  const word = bookingWords(language)
  return (
    <>
      <div class='notice warn' role='status' data-asking hidden>
        <p>
          <strong>{word('asking')}</strong>
        </p>
        <p>{word('askingHint')}</p>
      </div>
      <div class='notice problem' role='alert' data-not-booked hidden>
        <p>
          <strong>{word('notBooked')}</strong>
        </p>
        <p>{word('notBookedHint')}</p>
      </div>
    </>
  )
}

/** Shown by the page's script when the pass has ended. */
export function TimeOverNotice({ language, room }: { language: Language; room: string }) {
  const word = words(language)
  return (
    <div class='notice problem' role='alert' data-when-ended hidden>
      <p>
        <strong>{word('timeOver')}</strong>
      </p>
      <p>{word('timeOverHint')}</p>
      <p>
        <a class='button' href={paths.room(room)}>{word('joinAgain')}</a>
      </p>
    </div>
  )
}
