import type { EventCard } from '../edge/contract/events.ts'
import type { Language } from '../edge/contract/language.ts'
import type { PageOf } from '../edge/contract/paging.ts'
import { type ListQuery, listSelection } from './catalogue.ts'
import type { CatalogueIndex } from './catalogue-index.ts'
import type { Catalogue } from './catalogue-refresh.ts'
import { asUnfinished, markTerms, type SearchTerm, searchTerms } from './search-text.ts'

/** The parts of an event's texts that contain the words of a search, as [start, end). */
export type Marks = { title: [number, number][]; venue: [number, number][] }
export type Found = {
  events: PageOf<EventCard>
  /** By the id of an event. */
  marks: Map<number, Marks>
  /** What was searched instead, because the words have no hits and are probably mistyped; null in all other cases. */
  corrected: string | null
}

type Parts = { catalogue: Pick<Catalogue, 'read'>; now(): Date }

/**
 * Searches the published events. An event matches if its titles and venues, in both languages, contain all words of the query. Without hits
 * the last word counts as unfinished; still without hits, mistyped words are replaced by the most similar ones of the catalogue.
 */
export async function searchEvents(parts: Parts, language: Language, query: ListQuery & { q: string }): Promise<Found> {
  const { index } = await parts.catalogue.read()
  const { terms, corrected } = chooseTerms(index, searchTerms(query.q), parts.now().getTime())
  const events = await listSelection(parts, language, query, terms)
  const marks = new Map(events.items.map(({ id, title, venue }) => [id, {
    title: markTerms(title, terms),
    venue: markTerms(venue, terms),
  }]))
  return { events, marks, corrected }
}

/** The terms that have hits in the whole catalogue, whatever the filter; those of the query if none have. */
function chooseTerms(
  index: CatalogueIndex,
  typed: SearchTerm[],
  atMs: number,
): { terms: SearchTerm[]; corrected: string | null } {
  const hasHits = (terms: SearchTerm[]) => index.find({ terms, filter: {} }, atMs, { from: 0, count: 0 }).total > 0
  if (typed.length === 0 || hasHits(typed)) return { terms: typed, corrected: null }
  const unfinished = asUnfinished(typed)
  if (unfinished && hasHits(unfinished)) return { terms: unfinished, corrected: null }
  const meant = typed.map((term) => hasHits([term]) ? term.word : index.closestWord(term.word))
  const isKnown = meant.every((word) => word !== null)
  const terms = isKnown ? searchTerms(meant.join(' ')) : typed
  return isKnown && hasHits(terms) ? { terms, corrected: meant.join(' ') } : { terms: typed, corrected: null }
}
