import type { Language } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import { bookingWords } from '../booking-texts.ts'
import { BookingPanel, type BookingProps } from '../components/booking-panel.tsx'
import { Countdown } from '../components/countdown.tsx'
import { Document } from '../components/document.tsx'
import { Poster } from '../components/poster.tsx'
import { Steps } from '../components/steps.tsx'
import { dateTime } from '../format.ts'
import { words } from '../text.ts'
import { tintClass } from '../tint.ts'

export function BookingPage(props: BookingProps) {
  const { language, event, passExpiresAt, canExtend = false, ticketTypeId, quantity } = props
  const word = words(language)
  return (
    <Document
      language={language}
      title={`${event.title} ${word('book')}`}
      path={paths.bookingOf(event.id, { ticketTypeId, quantity })}
      serverTime={event.serverTime}
    >
      <Steps language={language} current={1} />
      <div class='booking'>
        <aside class={event.image ? `booking-event ${tintClass(event.image.color)}` : 'booking-event'}>
          <Poster event={event} eager />
          <div>
            <h1>{event.title}</h1>
            <p class='muted'>
              {dateTime(event.startsAt, language, event.zone)}
              <br />
              <bdi>{event.venue}</bdi>
            </p>
            {passExpiresAt && (
              <>
                <Countdown
                  language={language}
                  label={word('timeLeft')}
                  endsAt={passExpiresAt}
                  passUrl={paths.pass(event.room)}
                />
                <Extension language={language} room={event.room} canExtend={canExtend} />
              </>
            )}
          </div>
        </aside>
        <BookingPanel {...props} />
      </div>
    </Document>
  )
}

/** The warning before the pass ends, and the button that extends it (WCAG 2.2.1). Both are shown by the page's script in time. */
function Extension({ language, room, canExtend }: { language: Language; room: string; canExtend: boolean }) {
  const word = bookingWords(language)
  const form = (
    <form method='post' action={paths.extension(room)} data-extension>
      <button class='button secondary' type='submit'>{word('extend')}</button>
    </form>
  )
  return (
    <div class='extension'>
      <p role='status'>
        <span data-when-ending hidden>{words(language)('timeEnding')}</span>{' '}
        <span
          data-extension-status
          data-done={word('extended')}
          data-failed={word('notExtended')}
          data-used={word('extensionUsed')}
          data-early={word('extendHint')}
        >
        </span>
      </p>
      {canExtend && (
        <>
          <div data-when-ending hidden>{form}</div>
          <noscript>
            {form}
            <p class='muted small'>{word('extendHint')}</p>
          </noscript>
        </>
      )}
    </div>
  )
}
