import type { Language } from '../../edge/contract/language.ts'
import type { EventCard as EventCardFacts } from '../../edge/contract/events.ts'
import type { PageOf } from '../../edge/contract/paging.ts'
import { paths } from '../../edge/contract/paths.ts'
import { count, dateTime, money, shortDateTime } from '../format.ts'
import { Document } from '../render.tsx'
import { sentences, words } from '../text.ts'

type HomeProps = { language: Language; events: PageOf<EventCardFacts>; openingSoon: EventCardFacts[]; serverTime: string }

export function HomePage({ language, events, openingSoon, serverTime }: HomeProps) {
  const word = words(language)
  const [next] = openingSoon
  return (
    <Document
      language={language}
      title={word('allEvents')}
      description={word('tagline')}
      path={paths.events(events.page)}
      serverTime={serverTime}
    >
      {next && events.page === 1 ? <Hero language={language} event={next} /> : <h1 id='all-events'>{word('allEvents')}</h1>}
      {openingSoon.length > 1 && events.page === 1 && (
        <section aria-labelledby='opening-soon'>
          <h2 id='opening-soon'>{word('openingSoon')}</h2>
          <ul class='cards row'>
            {openingSoon.slice(1).map((event) => (
              <li key={event.id}>
                <EventCard language={language} event={event} />
              </li>
            ))}
          </ul>
        </section>
      )}
      <section aria-labelledby='all-events'>
        {next && events.page === 1 && <h2 id='all-events'>{word('allEvents')}</h2>}
        {events.items.length > 0
          ? <EventGrid language={language} events={events.items} />
          : <p class='notice'>{word('noEvents')}</p>}
        <Pager language={language} list={events} to={paths.events} />
      </section>
    </Document>
  )
}

function Hero({ language, event }: { language: Language; event: EventCardFacts }) {
  const word = words(language)
  return (
    <section class='hero' aria-labelledby='hero-title'>
      <Poster event={event} eager />
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
        <p class='countdown-line'>
          <span>{word('untilOpening')}</span>
          <strong class='countdown' data-opens-at={event.opensAt} data-over-text={word('openNow')}>
            {shortDateTime(event.opensAt, language)}
          </strong>
          <span>{word('opensAt')} {dateTime(event.opensAt, language)}</span>
        </p>
        <a class='button' href={paths.event(event.id)}>{word('seeEvent')}</a>
      </div>
    </section>
  )
}

export function EventGrid({ language, events }: { language: Language; events: EventCardFacts[] }) {
  return (
    <ul class='cards'>
      {events.map((event) => (
        <li key={event.id}>
          <EventCard language={language} event={event} />
        </li>
      ))}
    </ul>
  )
}

export function EventCard({ language, event }: { language: Language; event: EventCardFacts }) {
  const word = words(language)
  const price = event.priceFrom === null
    ? ''
    : event.priceFrom === 0
    ? word('free')
    : language === 'ko'
    ? `${money(event.priceFrom, language)}${word('from')}`
    : `${word('from')} ${money(event.priceFrom, language)}`
  return (
    <a class={`card ${event.status}`} href={paths.event(event.id)}>
      <Poster event={event} />
      <span class='card-facts'>
        <StatusChip language={language} event={event} />
        <strong class='card-title'>{event.title}</strong>
        <span class='muted small'>{shortDateTime(event.startsAt, language)}</span>
        <span class='muted small'>{event.venue}</span>
        <span class='card-price'>{price}</span>
      </span>
    </a>
  )
}

export function Poster({ event, eager = false }: { event: { title: string; imageUrl: string | null }; eager?: boolean }) {
  return event.imageUrl
    ? (
      <img
        class='poster'
        src={event.imageUrl}
        alt=''
        width={300}
        height={400}
        loading={eager ? 'eager' : 'lazy'}
        decoding='async'
      />
    )
    : <span class='poster placeholder' aria-hidden='true'>{[...event.title.trim()][0]}</span>
}

const FEW_SHARE = 0.05

export function StatusChip(
  { language, event }: { language: Language; event: Pick<EventCardFacts, 'status' | 'opensAt' | 'left' | 'total'> },
) {
  const word = words(language)
  switch (event.status) {
    case 'upcoming':
      return (
        <span class='chip upcoming'>
          {sentences.opens(shortDateTime(event.opensAt, language))[language]}
        </span>
      )
    case 'on_sale':
      return event.left < event.total * FEW_SHARE
        ? <span class='chip few'>{word('fewLeft')}</span>
        : <span class='chip on-sale'>{word('onSale')}</span>
    case 'sold_out':
      return <span class='chip over'>{word('soldOut')}</span>
    case 'closed':
      return <span class='chip over'>{word('ended')}</span>
  }
}

export function Pager<Item>({ language, list, to }: { language: Language; list: PageOf<Item>; to: (page: number) => string }) {
  const word = words(language)
  const last = Math.max(1, Math.ceil(list.total / list.size))
  if (last === 1) return null
  const around = [...new Set([1, list.page - 1, list.page, list.page + 1, last])].filter((page) => page >= 1 && page <= last)
  return (
    <nav class='pager' aria-label={word('pages')}>
      {list.page > 1 && <a href={to(list.page - 1)} rel='prev'>{word('previous')}</a>}
      {around.map((page, i) => (
        <>
          {i > 0 && page - around[i - 1]! > 1 && <span aria-hidden='true'>…</span>}
          <a href={to(page)} aria-current={page === list.page ? 'page' : undefined}>{count(page, language)}</a>
        </>
      ))}
      {list.page < last && <a href={to(list.page + 1)} rel='next'>{word('next')}</a>}
    </nav>
  )
}
