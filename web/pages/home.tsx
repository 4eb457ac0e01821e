import type { ComponentChildren } from 'preact'
import { type EventFilter, isFiltered } from '../../edge/contract/event-filters.ts'
import type { EventCard } from '../../edge/contract/events.ts'
import type { Language } from '../../edge/contract/language.ts'
import { lastPageOf, type PageOf } from '../../edge/contract/paging.ts'
import { paths } from '../../edge/contract/paths.ts'
import { Document } from '../components/document.tsx'
import { ClearFilter, EventFilterFields } from '../components/event-filter.tsx'
import { EventGrid } from '../components/event-grid.tsx'
import { LeadEvent } from '../components/lead-event.tsx'
import { EmptyNotice } from '../components/notices.tsx'
import { Pagination } from '../components/pagination.tsx'
import { StaleNotice } from '../components/stale-notice.tsx'
import { count } from '../format.ts'
import { sentences, words } from '../text.ts'

type ListProps = { language: Language; filter: EventFilter; events: PageOf<EventCard>; serverTime: string }
type HomeProps = ListProps & {
  /** The latest opening first. */
  justOpened: EventCard[]
  /** The next opening first. */
  openingSoon: EventCard[]
  publicUrl: string | null
}

export function HomePage(props: HomeProps) {
  const { language, filter, events, serverTime } = props
  const word = words(language)
  const isFront = events.page === 1 && !isFiltered(filter)
  const lead = isFront ? props.justOpened[0] ?? props.openingSoon[0] : undefined
  const others = (cards: EventCard[]) => isFront ? cards.filter(({ id }) => id !== lead?.id) : []
  return (
    <Document
      isIndexed
      language={language}
      title={word(isFront ? 'tagline' : 'allEvents')}
      description={word('tagline')}
      path={paths.events(events.page, filter)}
      publicUrl={props.publicUrl}
      serverTime={serverTime}
    >
      {lead && <LeadEvent language={language} event={lead} />}
      <Row language={language} id='just-opened' title={word('justOpened')} events={others(props.justOpened)} now={serverTime}>
        <a href={paths.events(1, { status: 'on_sale' })}>{word('seeAll')}</a>
      </Row>
      <Row language={language} id='opening-soon' title={word('openingSoon')} events={others(props.openingSoon)} now={serverTime}>
        <a href={paths.openings()}>{word('openingCalendar')}</a>
      </Row>
      <form id='filter' action={paths.home} method='get' class={lead ? 'after-lead' : undefined}>
        {lead ? <h2>{word('allEvents')}</h2> : <h1>{word('allEvents')}</h1>}
        <EventFilterFields language={language} filter={filter} form='filter' action={paths.home} target='events' />
      </form>
      <p class='visually-hidden' role='status' data-results-status></p>
      <EventList language={language} filter={filter} events={events} serverTime={serverTime} />
    </Document>
  )
}

type RowProps = {
  language: Language
  id: string
  title: string
  events: EventCard[]
  now: string
  children?: ComponentChildren
}

function Row({ language, id, title, events, now, children }: RowProps) {
  if (events.length === 0) return null
  return (
    <section class='rail' aria-labelledby={id}>
      <div class='section-head'>
        <h2 id={id}>{title}</h2>
        {children}
      </div>
      <EventGrid language={language} events={events} now={now} isRow />
    </section>
  )
}

/** The part of the home page that a filter refreshes. */
export function EventList({ language, filter, events, serverTime }: ListProps) {
  const word = words(language)
  const total = sentences.events(count(events.total, language))[language]
  return (
    <section id='events' data-summary={total} aria-label={word('allEvents')}>
      <StaleNotice />
      <p class='list-total'>
        {total} {events.total > 0 && <ClearFilter language={language} filter={filter} />}
      </p>
      <Events language={language} filter={filter} events={events} now={serverTime} />
      <Pagination language={language} list={events} to={(page) => paths.events(page, filter)} />
      {events.page > 1 && events.page === lastPageOf(events) && (
        <p class='list-end'>
          {word('endOfList')} <a href={paths.openings()}>{word('endOfListHint')}</a>
        </p>
      )}
    </section>
  )
}

function Events(
  { language, filter, events, now }: { language: Language; filter: EventFilter; events: PageOf<EventCard>; now: string },
) {
  const word = words(language)
  if (events.total > 0) return <EventGrid language={language} events={events.items} now={now} />
  if (!isFiltered(filter)) return <p class='notice'>{word('noEvents')}</p>
  return (
    <EmptyNotice title={word('noneInFilter')} hint={word('noneInFilterHint')}>
      <a class='button secondary' href={paths.home}>{word('clearFilter')}</a>
    </EmptyNotice>
  )
}
