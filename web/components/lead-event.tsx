import type { EventCard } from '../../edge/contract/events.ts'
import type { Language } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import { dateTime, shortDateTime, timeInKorea } from '../format.ts'
import { sentences, words } from '../text.ts'
import { floodClass } from '../tint.ts'
import { Countdown } from './countdown.tsx'
import { Poster } from './poster.tsx'
import { PriceFrom } from './price.tsx'

type LeadProps = { language: Language; event: EventCard }

/** The event at the top of the home page: one that has just opened, or the next to open. */
export function LeadEvent({ language, event }: LeadProps) {
  const word = words(language)
  const isOpen = event.status === 'on_sale'
  return (
    <section class={`lead-event ${floodClass(event.color)}`} aria-labelledby='lead-title'>
      <div class='lead-inner'>
        <Poster event={event} eager sizes='(min-width: 56rem) 19rem, 44vw' />
        <div class='lead-facts'>
          <p class='eyebrow'>{word(isOpen ? 'openNow' : 'nextOpening')}</p>
          <h1 id='lead-title'>
            <a href={paths.event(event.id)}>
              <bdi>{event.title}</bdi>
            </a>
          </h1>
          <p class='lead-when'>
            <span>{dateTime(event.startsAt, language, event.zone)}</span>
            <bdi>{event.venue}</bdi>
          </p>
        </div>
        <div class='lead-act'>
          {isOpen ? <Opened language={language} event={event} /> : (
            <Countdown
              language={language}
              label={word('untilOpening')}
              opensAt={event.opensAt}
              overText={word('openNow')}
              note={`${word('opensAt')} ${dateTime(event.opensAt, language)}`}
            >
              {shortDateTime(event.opensAt, language)}
            </Countdown>
          )}
          <a class='button' href={paths.event(event.id)}>{word(isOpen ? 'book' : 'seeEvent')}</a>
        </div>
      </div>
    </section>
  )
}

function Opened({ language, event }: LeadProps) {
  return (
    <p class='countdown-line'>
      <span>{sentences.openedAt(timeInKorea(event.opensAt))[language]}</span>
      <strong class='lead-price'>
        <PriceFrom language={language} won={event.priceFrom} />
      </strong>
    </p>
  )
}
