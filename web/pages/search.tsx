import type { Language } from '../../edge/contract/language.ts'
import type { EventCard } from '../../edge/contract/events.ts'
import type { PageOf } from '../../edge/contract/paging.ts'
import { paths } from '../../edge/contract/paths.ts'
import { Document } from '../components/document.tsx'
import { EventGrid } from '../components/event-grid.tsx'
import { EmptyNotice } from '../components/notices.tsx'
import { Pagination } from '../components/pagination.tsx'
import { StaleNotice } from '../components/stale-notice.tsx'
import { count } from '../format.ts'
import { sentences, words } from '../text.ts'

type SearchProps = { language: Language; query: string; events: PageOf<EventCard>; serverTime: string }

export function SearchPage(props: SearchProps) {
  const { language, query, events, serverTime } = props
  return (
    <Document
      language={language}
      title={words(language)('search')}
      path={paths.search(query, events.page)}
      query={query}
      liveSearch
      serverTime={serverTime}
    >
      <h1>{words(language)('search')}</h1>
      <SearchResults {...props} />
    </Document>
  )
}

/** The part that htmx refreshes while the visitor types. */
export function SearchResults({ language, query, events }: SearchProps) {
  const word = words(language)
  return (
    <section id='results' aria-labelledby='results-title'>
      <StaleNotice />
      <h2 id='results-title' aria-live='polite'>{sentences.results(query, count(events.total, language))[language]}</h2>
      {events.total === 0
        ? (
          <EmptyNotice title={word('noResults')} hint={word('noResultsHint')}>
            <a class='button secondary' href={paths.home}>{word('toEvents')}</a>
          </EmptyNotice>
        )
        : <EventGrid language={language} events={events.items} />}
      <Pagination language={language} list={events} to={(page) => paths.search(query, page)} />
    </section>
  )
}
