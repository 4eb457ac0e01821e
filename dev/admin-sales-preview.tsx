import type { VNode } from 'preact'
import type { Language } from '../edge/contract/language.ts'
import { describeProblem } from '../edge/contract/problems.ts'
import type { OperatorRole } from '../edge/contract/roles.ts'
import { type EventSeats, EventSeatsPage } from '../web/admin/pages/event-seats.tsx'
import { ReservationDetailPage } from '../web/admin/pages/reservation.tsx'
import { type ReservationItem, ReservationsPage } from '../web/admin/pages/reservations.tsx'
import { type SaleItem, SeatsPage } from '../web/admin/pages/seats.tsx'

const NOW = '2026-11-28T09:00:00.000Z'
const TITLE = '한여름 밤의 <script>alert(1)</script> & "재즈"'
const NUMBER = '01a20779-e460-7683-8278-e5fe340e79a3'

const seats: EventSeats = {
  event: { id: 2, title: TITLE, titleEn: TITLE },
  state: 'loaded',
  isPaused: false,
  agrees: true,
  overLimit: 0,
  ticketTypes: [
    { id: 1, name: 'VIP석', total: 10_000, sold: 9_210, inFlight: 312, deadLettered: 2, left: 476, drift: 0 },
    { id: 2, name: 'R석', total: 40_000, sold: 12_345, inFlight: -3, deadLettered: 0, left: 27_658, drift: 0 },
  ],
  deadLetters: 0,
  letters: [],
}
const drifted: EventSeats = {
  ...seats,
  isPaused: true,
  agrees: false,
  ticketTypes: seats.ticketTypes.map((type, i) => ({ ...type, left: type.left! + (i === 0 ? 7 : -1), drift: i === 0 ? -7 : 1 })),
  deadLetters: 2,
  letters: [
    {
      id: 11,
      kind: 'booking',
      reservation: NUMBER,
      person: 77,
      ticketType: 'VIP석',
      quantity: 2,
      at: NOW,
      position: '3-1041',
      cause: 'Cannot add or update a child row: a foreign key constraint fails',
      raw: '{"kind":"booking","reservation":"<script>alert(1)</script>"}',
    },
    {
      id: 12,
      kind: 'unreadable',
      reservation: null,
      person: null,
      ticketType: null,
      quantity: null,
      at: NOW,
      position: '3-1042',
      cause: 'The entry cannot be read',
      raw: '{"kind":"unreadable","raw":"b [half',
    },
  ],
}
const sum = ({ ticketTypes }: EventSeats): SaleItem['totals'] => ({ ...ticketTypes[0]!, total: 50_000 })
const saleOf = (of: EventSeats, id: number, title: string): SaleItem => ({
  ...of,
  event: { id, title, titleEn: title, opensAt: NOW },
  totals: sum(of),
})
const unloaded: EventSeats = {
  ...seats,
  state: 'not_loaded',
  ticketTypes: seats.ticketTypes.map((type) => ({ ...type, left: null, inFlight: 0, deadLettered: 0 })),
}

const reservation: ReservationItem = {
  number: NUMBER,
  event: { id: 2, title: TITLE, titleEn: TITLE },
  ticketType: { name: 'R석', nameEn: 'R' },
  person: { id: 77, nickname: '관객', email: 'somebody@example.com' },
  quantity: 3,
  booked: 4,
  unitPrice: 66_000,
  status: 'confirmed',
  createdAt: NOW,
  cancelledAt: null,
}
const filter = { q: '', event: '', status: '', from: '', to: '' }
const detail = {
  ...reservation,
  cancelUntil: '2026-12-07T15:00:00.000Z',
  history: [
    { kind: 'booked' as const, at: NOW, writtenAt: NOW, seats: 4, by: null },
    { kind: 'kept' as const, at: NOW, writtenAt: NOW, seats: 3, by: { nickname: '상담원', reason: '전화 요청 <b>확인</b>' } },
  ],
}

/** The admin pages about seats, reservations and reports, in every state. */
export function salesPreviews(language: Language, viewer: { nickname: string; role: OperatorRole }): Record<string, VNode> {
  const page = { language, viewer, now: NOW }
  const sales = [
    saleOf(drifted, 2, TITLE),
    saleOf(seats, 3, '2026 겨울 콘서트 〈첫눈이 오면〉'),
    saleOf(unloaded, 4, '국립심포니 말러 교향곡 2번'),
  ]
  const problem = describeProblem('validation_failed', language, {
    errors: [{ field: 'reason', message: '사유를 300자까지 입력해 주세요.' }, {
      field: 'confirmation',
      message: '공연명이 다릅니다.',
    }],
  })
  return {
    'admin seats': <SeatsPage {...page} sales={sales} />,
    'admin seats, all agree': <SeatsPage {...page} sales={sales.slice(1)} />,
    'admin seats, none': <SeatsPage {...page} sales={[]} />,
    'admin event seats': <EventSeatsPage {...page} seats={seats} done='audit' />,
    'admin event seats, drift': <EventSeatsPage {...page} seats={drifted} />,
    'admin event seats, not loaded': <EventSeatsPage {...page} seats={unloaded} />,
    'admin event seats, changing': <EventSeatsPage {...page} seats={{ ...unloaded, state: 'changing' }} />,
    'admin event seats, refused': (
      <EventSeatsPage {...page} seats={drifted} refused={{ act: 'repair', letter: null, problem, reason: '' }} />
    ),
    'admin event seats, letter refused': (
      <EventSeatsPage {...page} seats={drifted} refused={{ act: 'retry', letter: 11, problem, reason: '' }} />
    ),
    'admin reservations': (
      <ReservationsPage
        language={language}
        viewer={viewer}
        filter={{ ...filter, q: '관객', status: 'confirmed' }}
        items={[reservation, { ...reservation, number: NUMBER.replace('3', '4'), status: 'cancelled', cancelledAt: NOW }]}
        next='1_x'
        isFirst={false}
      />
    ),
    'admin reservations, none': (
      <ReservationsPage language={language} viewer={viewer} filter={filter} items={[]} next={null} isFirst />
    ),
    'admin reservation': <ReservationDetailPage {...page} reservation={detail} isDone />,
    'admin reservation, refused': <ReservationDetailPage {...page} reservation={detail} refused={{ problem, reason: '' }} />,
    'admin reservation, late': <ReservationDetailPage {...page} now='2026-12-08T00:00:00.000Z' reservation={detail} />,
    'admin event seats, viewer': (
      <EventSeatsPage {...page} viewer={{ ...viewer, role: 'viewer' }} seats={{ ...drifted, letters: [] }} />
    ),
  }
}
