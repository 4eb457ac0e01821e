import { describe, expect, test } from 'vitest'
import { catalogue, type Genre } from './catalogue.ts'
import { lookOf, posterSvg } from './poster.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

describe.each([
  ['at noon on a Thursday', '2026-11-05T03:04:05.678Z'],
  ['a second before midnight in Seoul, Sunday', '2026-11-08T14:59:59.000Z'],
  ['at midnight in Seoul, Monday', '2026-11-08T15:00:00.000Z'],
  ['on a leap day', '2028-02-29T09:30:00.000Z'],
  ['at the turn of the year', '2026-12-31T23:59:59.999Z'],
])('the catalogue %s', (_, instant) => {
  const now = new Date(instant)
  const events = catalogue(now)
  const seats = events.map(({ ticketTypes }) => ticketTypes.reduce((sum, type) => sum + type.seats, 0))
  const soon = events.filter(({ opensAt }) => opensAt > now && opensAt.getTime() < now.getTime() + 8 * hour)

  test('has 5 events with 100,000 seats and 95 with 50,000', () => {
    expect(events).toHaveLength(100)
    expect(seats.filter((n) => n === 100_000)).toHaveLength(5)
    expect(seats.filter((n) => n === 50_000)).toHaveLength(95)
  })

  test('has 10 past events, 50 on sale, 12 that open soon and 28 that open later', () => {
    expect(events.filter(({ startsAt }) => startsAt.getTime() + hour < now.getTime())).toHaveLength(10)
    expect(events.filter(({ opensAt, closesAt }) => opensAt <= now && closesAt > now)).toHaveLength(50)
    expect(soon).toHaveLength(12)
    expect(events.filter(({ opensAt }) => opensAt.getTime() >= now.getTime() + 8 * hour)).toHaveLength(28)
  })

  test('opens the next sales minutes from now, some of them with 100,000 seats', () => {
    const minutes = soon.map(({ opensAt }) => Math.floor((opensAt.getTime() - now.getTime()) / minute)).sort((a, b) => a - b)
    expect(minutes.slice(0, 8)).toEqual([2, 5, 10, 15, 20, 30, 45, 60])
    expect(soon.filter((event) => seats[events.indexOf(event)] === 100_000)).toHaveLength(3)
  })

  test('opens, closes and starts in this order, in whole minutes, at a usual hour for concerts', () => {
    for (const { opensAt, closesAt, startsAt } of events) {
      expect(opensAt < closesAt && closesAt <= startsAt).toBe(true)
      for (const at of [opensAt, closesAt, startsAt]) expect(at.getTime() % minute).toBe(0)
      const seoulHour = new Date(startsAt.getTime() + 9 * hour).getUTCHours()
      expect(seoulHour).toBeGreaterThanOrEqual(11)
      expect(seoulHour).toBeLessThanOrEqual(22)
    }
  })

  test('opens the later sales at 18:00 or 20:00 in Seoul', () => {
    const later = events.filter(({ opensAt }) => opensAt.getTime() >= now.getTime() + 8 * hour)
    for (const { opensAt } of later) expect([18 * hour, 20 * hour]).toContain((opensAt.getTime() + 9 * hour) % day)
  })

  test('plays the trio for a rainy Tuesday on a Tuesday in Seoul', () => {
    const { startsAt } = events.find(({ titleEn }) => titleEn === 'Trio for a Rainy Tuesday')!
    expect(new Date(startsAt.getTime() + 9 * hour).getUTCDay()).toBe(2)
  })

  test('is the same for the same instant', () => {
    expect(catalogue(new Date(instant))).toEqual(events)
  })
})

const events = catalogue(new Date('2026-11-05T03:04:05Z'))

describe('every event', () => {
  test('has unique titles in Korean and in English', () => {
    expect(new Set(events.map(({ title }) => title)).size).toBe(100)
    expect(new Set(events.map(({ titleEn }) => titleEn)).size).toBe(100)
  })

  test('fits the tables', () => {
    for (const { title, titleEn, venue: venue, venueEn: venueEn, limitPerPerson, ticketTypes } of events) {
      for (const text of [title, titleEn, venue, venueEn]) expect(text).toMatch(/^\S.{0,98}\S$/u)
      expect([2, 4]).toContain(limitPerPerson)
      expect(ticketTypes.length).toBeGreaterThanOrEqual(1)
      expect(ticketTypes.length).toBeLessThanOrEqual(4)
      for (const { name, nameEn, price, seats } of ticketTypes) {
        expect(name.length <= 40 && nameEn.length <= 40).toBe(true)
        expect(Number.isInteger(price) && price >= 0).toBe(true)
        expect(Number.isInteger(seats) && seats > 0).toBe(true)
      }
    }
  })

  test('costs something, except one', () => {
    expect(events.filter(({ ticketTypes }) => ticketTypes.some(({ price }) => price === 0))).toHaveLength(1)
  })
})

describe('the poster', () => {
  test.each(events)('of $title is well-formed, under 8 kB and refers to nothing outside', (event) => {
    const svg = posterSvg(event)
    expectWellFormed(svg)
    expect(new TextEncoder().encode(svg).length).toBeLessThan(8000)
    expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|url\((?!#)|href="(?!#)|NaN|undefined|Infinity/)
  })

  test.each(events)('of $title stays readable', (event) => {
    const svg = posterSvg(event)
    const paper = /<rect width="600" height="800" fill="(#\w{6})"/.exec(svg)![1]!
    const ink = /<g fill="(#\w{6})" font-family/.exec(svg)![1]!
    expect(contrast(paper, ink)).toBeGreaterThanOrEqual(4.5)
    const texts = svg.slice(svg.indexOf(`<g fill="${ink}" font-family`))
    for (const [, size] of texts.matchAll(/font-size="([\d.]+)"/g)) expect(Number(size)).toBeGreaterThanOrEqual(12)
    expect(texts).not.toMatch(/<text[^>]* fill=/)
    expect(texts.match(/font-weight="900"/g)!.length - 1).toBeLessThanOrEqual(3)
  })

  test('escapes markup in every text, and drops what XML forbids', () => {
    const raw = `<b>&"'\u0007</b>`
    for (const genre of genres) {
      const svg = posterSvg({ ...events[0]!, genre, title: `${raw} ${genre}`, titleEn: raw, venue: raw, venueEn: raw })
      expectWellFormed(svg)
      expect(svg).not.toContain('<b>')
      expect(svg).toContain('&#60;b&#62;&#38;&#34;&#39;')
    }
  })

  test('holds titles of 100 characters, with and without spaces', () => {
    for (
      const title of ['가'.repeat(100), 'W'.repeat(100), '긴 제목 '.repeat(20), `${'머리'.repeat(30)}: ${'꼬리'.repeat(18)}`]
    ) {
      const svg = posterSvg({ ...events[0]!, title, titleEn: title, venue: title, venueEn: title })
      expectWellFormed(svg)
      expect(svg.match(/font-weight="900"/g)!.length - 1).toBeLessThanOrEqual(3)
    }
  })

  test('has a drawing in colours that no other event has', () => {
    const looks = events.map((event) => {
      const { art, frame, p } = lookOf(event)
      return `${art.name} ${frame} ${Object.values(p).join(' ')}`
    })
    expect(new Set(looks).size).toBe(100)
  })

  test('differs from event to event, and is the same for the same event', () => {
    expect(new Set(events.map(posterSvg)).size).toBe(100)
    expect(events.map(posterSvg)).toEqual(events.map(posterSvg))
    expect(artOf(events[0]!)).not.toBe(artOf({ ...events[0]!, title: `${events[0]!.title}!` }))
  })
})

const genres: Genre[] = ['kpop', 'rock', 'jazz', 'classical', 'musical', 'festival', 'hiphop', 'indie', 'trot', 'fanmeeting']

const artOf = (event: typeof events[number]) =>
  posterSvg(event).replace(/<title>.*?<\/title>|<text.*?<\/text>|id="\w+"|#p\w+/g, '')

/** Well-formed as far as the posters go: one root, tags that nest, attributes quoted and unique, references by number. */
function expectWellFormed(svg: string) {
  const open: string[] = []
  let roots = 0
  const rest = svg.trim().replace(
    /<(\/?)(\w+)((?: [\w:-]+="[^"<&]*(?:&#\d+;[^"<&]*)*")*)(\/?)>/g,
    (_, closing, name, attributes, empty) => {
      const names = [...attributes.matchAll(/ ([\w:-]+)="/g)].map(([, attribute]) => attribute)
      expect(new Set(names).size).toBe(names.length)
      if (closing) expect(open.pop()).toBe(name)
      else {
        if (open.length === 0) roots++
        if (!empty) open.push(name)
      }
      return ''
    },
  )
  expect(open).toEqual([])
  expect(roots).toBe(1)
  expect(rest.replace(/&#\d+;/g, '')).not.toMatch(/[<>&]|\p{Cc}/u)
}

/** WCAG 2.2, contrast ratio. */
function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
