import { expect, test } from 'vitest'
import type { EventFacts } from './catalogue-facts.ts'
import { createCatalogueIndex } from './catalogue-index.ts'
import { searchEvents } from './catalogue-search.ts'

const NOW = new Date('2026-11-28T09:00:00Z')
const TITLES = ['재즈 콘서트', '국립 오케스트라의 밤', '뮤지컬 〈나비〉', '재즈 페스티벌']

function catalogueOf(titles: string[]) {
  const index = createCatalogueIndex()
  const facts = new Map(titles.map((title, i) => [i + 1, factsOf(i + 1, title)]))
  index.put([...facts.values()].map(({ event }) => ({
    id: event.id,
    searchText: `${event.title} ${event.titleEn} ${event.venue} ${event.venueEn}`,
    startsAtMs: event.startsAt.getTime() + event.id,
    opensAtMs: event.opensAt.getTime(),
    closesAtMs: event.closesAt.getTime(),
    soldOut: false,
    genre: event.genre,
    region: event.region,
    startsOn: '2026-12-24',
  })))
  return { catalogue: { read: () => Promise.resolve({ index, eventOf: (id: number) => facts.get(id) }) }, now: () => NOW }
}

function factsOf(id: number, title: string): EventFacts {
  return {
    event: {
      id,
      title,
      titleEn: `Event ${id}`,
      venue: '서울 홀',
      venueEn: 'Seoul Hall',
      genre: title.startsWith('재즈') ? 'jazz' : null,
      region: 'seoul',
      zone: 'Asia/Seoul',
      startsAt: new Date('2026-12-24T10:00:00Z'),
      opensAt: new Date('2026-11-01T10:00:00Z'),
      closesAt: new Date('2026-12-24T08:00:00Z'),
      limitPerPerson: 4,
      highestLimit: null,
      saleState: 'on_sale',
      stopMessage: '',
      imageId: null,
      notice: null,
      published: true,
      cancelledAt: null,
      cancelReason: '',
      rehearsalOf: null,
      version: 1,
    },
    image: null,
    ticketTypes: [],
    cancelUntil: '2026-12-23T15:00:00Z',
  }
}

const search = (q: string, filter = {}) => searchEvents(catalogueOf(TITLES), 'ko', { page: 1, size: 10, q, filter })
const titlesOf = async (q: string, filter = {}) => (await search(q, filter)).events.items.map(({ title }) => title)

test('exact hits come alone; without any, the last syllable counts as unfinished', async () => {
  expect(await titlesOf('재즈')).toEqual(['재즈 콘서트', '재즈 페스티벌'])
  expect(await titlesOf('재즈 코')).toEqual(['재즈 콘서트'])
  expect(await titlesOf('오케슽')).toEqual(['국립 오케스트라의 밤'])
  expect(await titlesOf('ㅁㅈㅋ')).toEqual(['뮤지컬 〈나비〉'])
})

test('a mistyped word is replaced by the one that was meant, and the page says so', async () => {
  const found = await search('재츠 콘서트')
  expect([found.corrected, found.events.total]).toEqual(['재즈 콘서트', 1])
  expect(found.marks.get(1)).toEqual({ title: [[0, 2], [3, 6]], venue: [] })
  expect(await search('없는말')).toMatchObject({ corrected: null, events: { total: 0 } })
})

test('a filter that excludes all hits does not make a word count as mistyped', async () => {
  expect(await titlesOf('재즈', { genre: 'jazz' })).toHaveLength(2)
  expect(await search('재즈', { region: 'jeju' })).toMatchObject({ corrected: null, events: { total: 0 } })
})

test('only punctuation finds everything', async () => expect(await titlesOf('&')).toHaveLength(TITLES.length))
