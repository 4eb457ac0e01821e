import type { Language } from '../../edge/contract/language.ts'
import type { EventFilter } from '../../edge/contract/event-filters.ts'
import { isFiltered } from '../../edge/contract/event-filters.ts'
import type { EventCard } from '../../edge/contract/events.ts'
import type { PageOf } from '../../edge/contract/paging.ts'
import { paths } from '../../edge/contract/paths.ts'
import { Document } from '../components/document.tsx'
import { ClearFilter, EventFilterFields } from '../components/event-filter.tsx'
import { EventGrid, type MarksById } from '../components/event-grid.tsx'
import { EmptyNotice } from '../components/notices.tsx'
import { Pagination } from '../components/pagination.tsx'
import { StaleNotice } from '../components/stale-notice.tsx'
import { count } from '../format.ts'
import { sentences, words } from '../text.ts'

type SearchProps = {
  language: Language
  query: string
  filter: EventFilter
  events: PageOf<EventCard>
  marks: MarksById
  /** What was searched instead of the query; null if the query was. */
  corrected: string | null
  /** Shown when nothing is found. */
  suggestions: EventCard[]
  serverTime: string
}
type SearchPageProps = SearchProps & { publicUrl: string | null }

export function SearchPage(props: SearchPageProps) {
  const { language, query, filter, events, serverTime } = props
  return (
    <Document
      language={language}
      title={words(language)('search')}
      path={paths.search(query, events.page, filter)}
      publicUrl={props.publicUrl}
      query={query}
      liveSearch
      serverTime={serverTime}
    >
      <h1 class='visually-hidden'>{words(language)('search')}</h1>
      <EventFilterFields language={language} filter={filter} form='search' action='/search' target='results' />
      <p class='visually-hidden' role='status' data-results-status></p>
      <SearchResults {...props} />
    </Document>
  )
}

/** The part that htmx refreshes while the visitor types. The page's script announces its summary. */
export function SearchResults(props: SearchProps) {
  const { language, query, filter, events, marks, corrected, serverTime } = props
  const isCorrected = corrected !== null && query !== ''
  const summary = sentences.results(corrected ?? query, count(events.total, language))[language]
  return (
    <section id='results' aria-labelledby='results-title' data-summary={summary}>
      <StaleNotice />
      <h2 id='results-title'>{summary}</h2>
      {isCorrected && <p class='corrected'>{sentences.corrected(query, corrected)[language]}</p>}
      <p class='list-total'>
        {events.total > 0 && <ClearFilter language={language} filter={filter} to={paths.search(query)} />}
      </p>
      {events.total === 0
        ? <NothingFound {...props} />
        : <EventGrid language={language} events={events.items} now={serverTime} marks={marks} />}
      <Pagination language={language} list={events} to={(page) => paths.search(query, page, filter)} />
    </section>
  )
}

function NothingFound({ language, query, filter, suggestions, serverTime }: SearchProps) {
  const word = words(language)
  return (
    <>
      {isFiltered(filter)
        ? (
          <EmptyNotice title={word('noneInFilter')} hint={word('noneInFilterHint')}>
            <a class='button secondary' href={paths.search(query)}>{word('clearFilter')}</a>
          </EmptyNotice>
        )
        : (
          <EmptyNotice title={word('noResults')} hint={word('noResultsHint')}>
            <a class='button secondary' href={paths.home}>{word('toEvents')}</a>
          </EmptyNotice>
        )}
      {suggestions.length > 0 && (
        <>
          <h2 class='suggestions'>{word('suggestions')}</h2>
          <EventGrid language={language} events={suggestions} now={serverTime} isRow />
        </>
      )}
    </>
  )
}
