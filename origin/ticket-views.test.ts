import { afterEach, expect, test } from 'vitest'
import { readTokenKeys } from '../edge/contract/tokens.ts'
import type { Reservation } from '../edge/contract/reservations.ts'
import { drawQrCode, type QrCode } from './qr-code.ts'
import { createTicketKeys, type TicketKeys } from './ticket-keys.ts'
import { createTicketViews, type TicketViews } from './ticket-views.ts'

const keys = createTicketKeys(undefined, readTokenKeys('a secret for tests that has enough bytes'))
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
  quantity: 3,
  unitPrice: 66_000,
  totalPrice: 198_000,
  status: 'confirmed',
  createdAt: '2026-11-28T09:00:00.000Z',
  cancelledAt: null,
  cancelUntil: '2026-12-07T15:00:00.000Z',
}
const LIMITS = { concurrency: 1, perClient: 1, total: 2, maxWaitMs: 60_000 }

let views: TicketViews
afterEach(() => views.close())

test('A138: the thread draws the code of each ticket', { timeout: 60_000 }, async () => {
  views = createTicketViews(keys)
  const drawn = await views.draw(1, reservation)
  if ('kind' in drawn) throw new Error(drawn.kind)
  expect(drawn.map(({ ordinal }) => ordinal)).toEqual([1, 2, 3])
  for (const { text, qr } of drawn) expect(qr).toEqual(drawQrCode(text))
  expect(new Set(drawn.map(({ qr }) => qr.path)).size).toBe(3)
})

test('A138: views are drawn one at a time, each person in turn, and signed when it is their turn', async () => {
  const signed: number[] = []
  const started: ((codes: QrCode[]) => void)[] = []
  const counting: TicketKeys = {
    publicKeys: keys.publicKeys,
    sign(ticket) {
      signed.push(ticket.event)
      return keys.sign(ticket)
    },
  }
  const codes = [{ size: 1, path: '' }]
  const run = () => {
    const { promise, resolve } = Promise.withResolvers<QrCode[]>()
    started.push(resolve)
    return promise
  }
  views = createTicketViews(counting, LIMITS, { run, close: () => Promise.resolve() })
  const view = (person: number, id: number) => {
    const event = Object.assign({}, reservation.event, { id })
    return views.draw(person, Object.assign({}, reservation, { event, quantity: 1 }))
  }
  const [first, second, third, other] = [view(1, 11), view(1, 12), view(1, 13), view(2, 21)]
  expect(await third).toEqual({ kind: 'busy' })
  for (const [turn, drawn, events] of [[0, first, [11]], [1, second, [11, 12]], [2, other, [11, 12, 21]]] as const) {
    await expect.poll(() => started.length, { timeout: 30_000 }).toBe(turn + 1)
    expect(signed).toEqual(events)
    started[turn]!(codes)
    expect(await drawn).toMatchObject([{ ordinal: 1, qr: codes[0] }])
  }
})
