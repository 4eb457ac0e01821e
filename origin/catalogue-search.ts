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

/** Searching for the words that were meant takes time for each of them, and who mistypes more words than these finds nothing. */
const MAX_CORRECTED = 2

/**
 * Searches the published events. An event matches if its titles and venues, in both languages, contain all words of the query. Without hits
 * the last word counts as unfinished; still without hits, up to two mistyped words are replaced by the most similar ones of the catalogue.
 */
export async function searchEvents(parts: Parts, language: Language, query: ListQuery & { q: string }): Promise<Found> {
  const { index } = await parts.catalogue.read()
  const chosen = chooseTerms(index, searchTerms(query.q))
  if (!chosen) return { events: { items: [], page: query.page, size: query.size, total: 0 }, marks: new Map(), corrected: null }
  const { terms, corrected } = chosen
  const events = await listSelection(parts, language, query, terms)
  const marks = new Map(events.items.map(({ id, title, venue }) => [id, {
    title: markTerms(title, terms),
    venue: markTerms(venue, terms),
  }]))
  return { events, marks, corrected }
}

type Chosen = { terms: SearchTerm[]; corrected: string | null }

/** The terms that have hits in the whole catalogue, whatever the filter; null if there are none. */
function chooseTerms(index: CatalogueIndex, typed: SearchTerm[]): Chosen | null {
  if (typed.length === 0 || index.contains(typed)) return { terms: typed, corrected: null }
  const unfinished = asUnfinished(typed)
  if (unfinished && index.contains(unfinished)) return { terms: unfinished, corrected: null }
  const corrected = correct(index, typed)
  const terms = corrected === null ? [] : searchTerms(corrected)
  return terms.length > 0 && index.contains(terms) ? { terms, corrected } : null
}

/** The words that were meant by terms that have no hits together; null if one has no similar word, or too many are mistyped. */
function correct(index: CatalogueIndex, typed: SearchTerm[]): string | null {
  const meant: string[] = []
  let mistyped = 0
  for (const term of typed) {
    // A single term is known to have no hits.
    const isKnown = typed.length > 1 && index.contains([term])
    if (!isKnown && ++mistyped > MAX_CORRECTED) return null
    const word = isKnown ? term.word : index.closestWord(term.word)
    if (word === null) return null
    meant.push(word)
  }
  return mistyped > 0 ? meant.join(' ') : null
}
