import { expect, test } from 'vitest'
import type { EventDetail } from '../../edge/contract/events.ts'
import type { Reservation } from '../../edge/contract/reservations.ts'
import { renderFragment, renderPage } from '../render.tsx'
import { BookingPage } from './booking.tsx'
import { ReservationPage, ReservationPanel } from './reservation.tsx'

const NOW = '2027-01-02T09:00:00Z'
const PLACE = { id: 7, title: '여정', venue: 'قاعة Carnegie', zone: 'America/New_York', startsAt: '2027-01-17T00:00:00Z' }
const EVENT: EventDetail = {
  ...PLACE,
  genre: null,
  region: null,
  color: null,
  cancelUntil: '2027-01-16T05:00:00Z',
  opensAt: '2027-01-01T09:00:00Z',
  closesAt: '2027-01-16T20:00:00Z',
  imageUrl: null,
  image: null,
  limitPerPerson: 4,
  status: 'on_sale',
  stopMessage: '',
  notice: [],
  ticketTypes: [{ id: 1, name: 'R석', price: 150_000, total: 100, left: 10 }],
  room: 'event-7',
  serverTime: NOW,
}
const RESERVATION: Reservation = {
  id: '01a20779-e460-7683-8278-e5fe340e79a3',
  number: 'ABCDE-FGHJK',
  event: { ...PLACE, imageUrl: null, image: null, cancelledAt: null },
  ticketType: { id: 1, name: 'R석' },
  quantity: 2,
  unitPrice: 150_000,
  totalPrice: 300_000,
  status: 'confirmed',
  createdAt: NOW,
  cancelledAt: null,
  cancelUntil: '2027-01-16T05:00:00Z',
}
const booking = renderPage(
  <BookingPage language='ko' event={EVENT} idempotencyKey='a-key' passExpiresAt={null} canExtend={false} />,
)
const reservation = renderPage(<ReservationPage language='ko' reservation={RESERVATION} isNew={false} now={NOW} />)

test('the pages of a booking and a reservation have the times of the venue, name its zone, and end a day at 23:59', () => {
  for (const page of [booking, reservation]) expect(page).toContain('2027년 1월 16일 (토) 19:00 (America/New_York)')
  expect(reservation).toContain('2027년 1월 15일 (금) 23:59 (America/New_York)')
})

test('a venue or title in another direction does not turn the text around it', () => {
  expect(booking).toContain('<bdi>قاعة Carnegie</bdi>')
  expect(reservation).toContain('<bdi>قاعة Carnegie</bdi>')
  expect(reservation).toContain('<bdi>여정</bdi>')
})

test('a cancellation in part says how many tickets are left', () => {
  const panel = renderFragment(<ReservationPanel language='ko' reservation={RESERVATION} now={NOW} isReduced />)
  expect(panel).toContain('취소되었습니다. 이제 2매가 남아 있습니다.')
  expect(reservation).not.toContain('취소되었습니다')
})
