import type { VNode } from 'preact'
import type { EventCard } from '../edge/contract/events.ts'
import type { Language } from '../edge/contract/language.ts'
import { HomePage } from '../web/pages/home.tsx'
import { OpeningsPage } from '../web/pages/openings.tsx'
import { SearchPage } from '../web/pages/search.tsx'

const HOUR_MS = 3_600_000
const publicUrl = 'https://shop.example'
const pageOf = (items: EventCard[], total = items.length) => ({ items, page: 1, size: 24, total })

/** The home page, the search and the calendar of openings in each state. `cards`: samples, some of them upcoming; `now`: ISO 8601. */
export function listingPreviews(language: Language, cards: EventCard[], now: string): Record<string, VNode> {
  const later = (hours: number) => new Date(Date.parse(now) + hours * HOUR_MS).toISOString()
  const upcoming = cards.filter(({ status }) => status === 'upcoming')
  const openingSoon = [0.1, 3.2, 30, 80, 700].map((hours, i): EventCard => ({
    ...upcoming[i % upcoming.length]!,
    id: 20 + i,
    opensAt: later(hours),
  }))
  const justOpened = cards.filter(({ status }) => status === 'on_sale').map((card): EventCard => ({
    ...card,
    opensAt: later(-0.5),
  }))
  const home = { language, filter: {}, events: pageOf(cards, 100), justOpened: [], openingSoon, serverTime: now, publicUrl }
  const search = {
    language,
    query: '재즈 "&',
    filter: {},
    events: pageOf(cards),
    marks: new Map([[1, { title: [[0, 3], [5, 8]] as [number, number][], venue: [] }]]),
    corrected: null,
    suggestions: [],
    serverTime: now,
    publicUrl,
  }
  const openings = {
    language,
    month: '2026-11',
    previous: '2026-10',
    next: '2026-12',
    events: openingSoon,
    serverTime: now,
    publicUrl,
  }
  return {
    'home': <HomePage {...home} />,
    'home, just opened': <HomePage {...home} justOpened={justOpened} />,
    'home, filtered': <HomePage {...home} filter={{ genre: 'jazz', from: '2026-12-01' }} events={pageOf(cards.slice(0, 2))} />,
    'home, nothing in the filter': <HomePage {...home} filter={{ region: 'jeju' }} events={pageOf([])} />,
    'home, last page': <HomePage {...home} events={{ items: cards, page: 5, size: 24, total: 102 }} />,
    'home, empty': <HomePage {...home} events={pageOf([])} openingSoon={[]} />,
    'search': <SearchPage {...search} />,
    'search, corrected': <SearchPage {...search} query='재츠' corrected='재즈' />,
    'search, nothing': <SearchPage {...search} query='없음' events={pageOf([])} suggestions={openingSoon} />,
    'openings': <OpeningsPage {...openings} />,
    'openings, none': <OpeningsPage {...openings} events={[]} previous={null} />,
  }
}
