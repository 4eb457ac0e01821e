import { inflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { readTokenKeys } from '../edge/contract/tokens.ts'
import type { Reservation } from '../edge/contract/reservations.ts'
import { issueTickets } from './admission-tickets.ts'
import { ticketCalendar } from './ticket-calendar.ts'
import { createTicketDocuments } from './ticket-documents.ts'
import { createTicketKeys } from './ticket-keys.ts'
import { inFaces } from './ticket-pdf.ts'

const ticketKeys = createTicketKeys(undefined, readTokenKeys('a secret for tests that has enough bytes'))
const reservation: Reservation = {
  id: '01a20779-e460-7683-8278-e5fe340e79a3',
  number: 'F3JZW-D0EF6',
  event: {
    id: 7,
    title: '겨울, 첫눈',
    venue: '올림픽공원',
    startsAt: '2026-12-08T10:00:00.000Z',
    zone: 'Asia/Seoul',
    imageUrl: null,
    image: null,
    cancelledAt: null,
  },
  ticketType: { id: 12, name: 'R석' },
  quantity: 4,
  unitPrice: 66_000,
  totalPrice: 264_000,
  status: 'confirmed',
  createdAt: '2026-11-28T09:00:00.000Z',
  cancelledAt: null,
  cancelUntil: '2026-12-07T15:00:00.000Z',
}

const empty = () => Promise.resolve({ language: 'en' as const, reservation, tickets: [], holder: 'x' })

test('a reservation has a ticket for each seat, and none once it or its event is cancelled', async () => {
  const codes = async (changes: Partial<Reservation>) =>
    (await issueTickets({ ticketKeys }, Object.assign({}, reservation, changes))).map(({ code }) => code)
  expect(await codes({ quantity: 2 })).toEqual(['F3JZW-D0EF6-1', 'F3JZW-D0EF6-2'])
  expect(await codes({ status: 'cancelled' })).toEqual([])
  expect(await codes({ event: Object.assign({}, reservation.event, { cancelledAt: '2026-12-01T00:00:00.000Z' }) })).toEqual([])
})

test('the PDF has three tickets on a page, its texts, and few glyphs of its face', { timeout: 120_000 }, async () => {
  const render = createTicketDocuments(() => performance.now(), { maxWaiting: 4, maxWaitMs: 60_000 })
  const tickets = await issueTickets({ ticketKeys }, reservation)
  const pdf = await render(() => Promise.resolve({ language: 'ko', reservation, tickets, holder: '관객' }))
  const { text, pages } = readPdf(Buffer.from(pdf!))
  expect(pages).toBe(2)
  for (const { code } of tickets) expect(text).toContain(code)
  for (const part of ['겨울, 첫눈', '올림픽공원', 'R석', '관객', '2026년 12월 8일 (화) 19:00']) expect(text).toContain(part)
  expect(pdf!.byteLength).toBeLessThan(100_000)
})

test(
  'A138: documents beyond those that may wait are refused at once, without signing their tickets',
  { timeout: 120_000 },
  async () => {
    const render = createTicketDocuments(() => performance.now(), { maxWaiting: 1, maxWaitMs: 60_000 })
    const signed: string[] = []
    const sign = (name: string) => () => {
      signed.push(name)
      return empty()
    }
    const [first, second, third] = [render(sign('first')), render(sign('second')), render(sign('third'))]
    expect(await third).toBeNull()
    for (const rendered of [first, second]) expect((await rendered)!.byteLength).toBeGreaterThan(0)
    expect(signed).toEqual(['first', 'second'])
  },
)

test('a document that waits too long is given up', async () => {
  const render = createTicketDocuments(() => performance.now(), { maxWaiting: 4, maxWaitMs: 0 })
  expect(await render(empty)).toBeNull()
})

test('a text is set in the faces that have its characters', () => {
  expect(inFaces('Café – 첫눈', 'regular')).toEqual([
    { text: 'Caf', face: 'regular' },
    { text: 'é', face: 'Helvetica' },
    { text: ' ', face: 'regular' },
    { text: '–', face: 'Helvetica' },
    { text: ' 첫눈', face: 'regular' },
  ])
  expect(inFaces('漢A', 'bold')).toEqual([{ text: '□A', face: 'bold' }])
  expect(inFaces('', 'bold')).toEqual([{ text: ' ', face: 'bold' }])
})

test('the calendar file has the event in UTC, two reminders and the number', () => {
  const text = ticketCalendar(reservation, 'ko').replaceAll('\r\n ', '')
  for (
    const line of [
      'DTSTART:20261208T100000Z',
      'UID:reservation-01a20779',
      'SUMMARY:겨울\\, 첫눈',
      '예매번호: F3JZW-D0EF6',
      'TRIGGER:-PT3H',
    ]
  ) expect(text).toContain(line)
})

/** The text of a PDF as its fonts' tables give it (ISO 32000 §9.10.3), and the number of its pages. */
function readPdf(pdf: Buffer): { text: string; pages: number } {
  const latin = pdf.toString('latin1')
  const streams = [...latin.matchAll(/stream\r?\n([^]*?)\r?\nendstream/g)].flatMap(([, body]) => {
    try {
      return [inflateSync(Buffer.from(body!, 'latin1')).toString('latin1')]
    } catch {
      return []
    }
  })
  const codes = streams.filter((stream) => stream.includes('beginbfrange')).map(readToUnicode)
  const shown = streams.filter((stream) => stream.includes(' Tf')).map((stream) => showText(stream, codes)).join('\n')
  return { text: shown, pages: latin.match(/\/Type \/Page\b(?!s)/g)?.length ?? 0 }
}

/** The characters of a font, by glyph. */
const readToUnicode = (stream: string): string[] =>
  [...stream.matchAll(/\[([^\]]*)\]/g)].flatMap(([, list]) =>
    [...list!.matchAll(/<([\da-f ]*)>/g)].map(([, hex]) =>
      String.fromCharCode(...hex!.split(' ').filter(Boolean).map((unit) => Number.parseInt(unit, 16)))
    )
  )

/** The texts that a page shows, read with each font: the right reading is among them. */
const showText = (stream: string, fonts: string[][]): string =>
  fonts.map((font) =>
    [...stream.matchAll(/\[([^\]]*)\] TJ/g)].map(([, parts]) =>
      [...parts!.matchAll(/<([\da-f]*)>/g)].flatMap(([, hex]) => hex!.match(/.{4}/g) ?? [])
        .map((glyph) => font[Number.parseInt(glyph, 16)] ?? '').join('')
    ).join('\n')
  ).join('\n')
