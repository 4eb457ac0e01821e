import type { Language } from '../../edge/contract/language.ts'
import type { EventCard } from '../../edge/contract/events.ts'
import type { PageOf } from '../../edge/contract/paging.ts'
import { paths } from '../../edge/contract/paths.ts'
import { count } from '../format.ts'
import { Document } from '../render.tsx'
import { sentences, words } from '../text.ts'
import { EventGrid, Pager } from './home.tsx'

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

/** The part that is renewed while one types. */
export function SearchResults({ language, query, events }: SearchProps) {
  const word = words(language)
  return (
    <section id='results' aria-labelledby='results-title'>
      <h2 id='results-title' aria-live='polite'>{sentences.results(query, count(events.total, language))[language]}</h2>
      {events.total === 0
        ? (
          <div class='notice empty'>
            <p>
              <strong>{word('noResults')}</strong>
            </p>
            <p>{word('noResultsHint')}</p>
            <p>
              <a class='button secondary' href={paths.home}>{word('toEvents')}</a>
            </p>
          </div>
        )
        : <EventGrid language={language} events={events.items} />}
      <Pager language={language} list={events} to={(page) => paths.search(query, page)} />
    </section>
  )
}
