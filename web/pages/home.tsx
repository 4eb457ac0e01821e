import type { Language } from '../../edge/contract/language.ts'
import type { EventCard } from '../../edge/contract/events.ts'
import type { PageOf } from '../../edge/contract/paging.ts'
import { paths } from '../../edge/contract/paths.ts'
import { Countdown } from '../components/countdown.tsx'
import { Document } from '../components/document.tsx'
import { EventGrid } from '../components/event-grid.tsx'
import { Pagination } from '../components/pagination.tsx'
import { Poster } from '../components/poster.tsx'
import { dateTime, shortDateTime } from '../format.ts'
import { tintClass } from '../tint.ts'
import { words } from '../text.ts'

type HomeProps = { language: Language; events: PageOf<EventCard>; openingSoon: EventCard[]; serverTime: string }

export function HomePage({ language, events, openingSoon, serverTime }: HomeProps) {
  const word = words(language)
  const hero = events.page === 1 ? openingSoon[0] : undefined
  return (
    <Document
      language={language}
      title={word('allEvents')}
      description={word('tagline')}
      path={paths.events(events.page)}
      serverTime={serverTime}
    >
      {hero ? <Hero language={language} event={hero} /> : <h1 id='all-events'>{word('allEvents')}</h1>}
      {hero && openingSoon.length > 1 && (
        <section aria-labelledby='opening-soon'>
          <h2 id='opening-soon'>{word('openingSoon')}</h2>
          <EventGrid language={language} events={openingSoon.slice(1)} isRow />
        </section>
      )}
      <section aria-labelledby='all-events'>
        {hero && <h2 id='all-events'>{word('allEvents')}</h2>}
        {events.items.length > 0
          ? <EventGrid language={language} events={events.items} />
          : <p class='notice'>{word('noEvents')}</p>}
        <Pagination language={language} list={events} to={paths.events} />
      </section>
    </Document>
  )
}

function Hero({ language, event }: { language: Language; event: EventCard }) {
  const word = words(language)
  return (
    <section class={event.image ? `hero ${tintClass(event.image.color)}` : 'hero'} aria-labelledby='hero-title'>
      <Poster event={event} eager sizes='(min-width: 56rem) 12.5rem, 6.5rem' />
      <div class='hero-facts'>
        <p class='eyebrow'>{word('nextOpening')}</p>
        <h1 id='hero-title'>
          <a href={paths.event(event.id)}>{event.title}</a>
        </h1>
        <p class='hero-when'>
          {dateTime(event.startsAt, language)}
          <br />
          {event.venue}
        </p>
      </div>
      <div class='hero-opening'>
        <Countdown
          language={language}
          label={word('untilOpening')}
          opensAt={event.opensAt}
          overText={word('openNow')}
          note={`${word('opensAt')} ${dateTime(event.opensAt, language)}`}
        >
          {shortDateTime(event.opensAt, language)}
        </Countdown>
        <a class='button' href={paths.event(event.id)}>{word('seeEvent')}</a>
      </div>
    </section>
  )
}
