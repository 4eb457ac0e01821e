import type { VNode } from 'preact'
import type { Language } from '../edge/contract/language.ts'
import { describeProblem } from '../edge/contract/problems.ts'
import { reservationNumber } from '../edge/contract/reservation-number.ts'
import type { OperatorRole } from '../edge/contract/roles.ts'
import { EventReportPage } from '../web/admin/pages/event-report.tsx'
import { type EventSeats, EventSeatsPage } from '../web/admin/pages/event-seats.tsx'
import { ReportsPage } from '../web/admin/pages/reports.tsx'
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
  shortNumber: reservationNumber(NUMBER),
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

const sales = { reservations: 5_210, booked: 9_800, kept: 9_210, revenue: 9_210 * 150_000 }
const few = { reservations: 12, booked: 20, kept: 17, revenue: 17 * 150_000 }
const report = {
  event: seats.event,
  totals: { ...sales, seats: 50_000 },
  ticketTypes: seats.ticketTypes.map(({ id, name, total }) => ({
    ...(id === 1 ? sales : few),
    id,
    name,
    nameEn: 'R',
    seats: total,
  })),
  days: [{ ...sales, day: '2026-11-27' }, { ...few, day: '2026-11-28' }],
  hours: Array.from({ length: 24 }, (_, hour) => ({ ...(hour === 20 ? sales : few), hour })),
  day: '2026-11-27',
  funnel: {
    joined: 52_310,
    called: 21_804 as number | null,
    noShows: 1_502 as number | null,
    entered: 20_302,
    booked: 12_044,
    cancelled: 310,
    meanWaitSeconds: 754,
    longestQueue: 48_112,
  },
}
const period = { from: '2026-10-30', to: '2026-11-28' }

/** The admin pages about seats, reservations and reports, in every state. */
export function salesPreviews(language: Language, viewer: { nickname: string; role: OperatorRole }): Record<string, VNode> {
  const page = { language, viewer, now: NOW }
  const items = [
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
    'admin seats': <SeatsPage {...page} sales={items} />,
    'admin seats, all agree': <SeatsPage {...page} sales={items.slice(1)} />,
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
        filter={{ ...filter, q: '관객', event: '7', status: 'confirmed' }}
        event={reservation.event}
        items={[reservation, { ...reservation, number: NUMBER.replace('3', '4'), status: 'cancelled', cancelledAt: NOW }]}
        next='1_x'
        isFirst={false}
      />
    ),
    'admin reservations, none': (
      <ReservationsPage language={language} viewer={viewer} filter={filter} event={null} items={[]} next={null} isFirst />
    ),
    'admin reservation': <ReservationDetailPage {...page} reservation={detail} isDone />,
    'admin reservation, refused': <ReservationDetailPage {...page} reservation={detail} refused={{ problem, reason: '' }} />,
    'admin reservation, late': <ReservationDetailPage {...page} now='2026-12-08T00:00:00.000Z' reservation={detail} />,
    'admin reports': (
      <ReportsPage
        language={language}
        viewer={viewer}
        {...period}
        events={[{ ...sales, event: seats.event, seats: 50_000 }, {
          ...few,
          event: { id: 3, title: '낮과 밤', titleEn: 'Day' },
          seats: 60,
        }]}
      />
    ),
    'admin reports, none': <ReportsPage language={language} viewer={viewer} {...period} events={[]} />,
    'admin event report': <EventReportPage language={language} viewer={viewer} {...period} report={report} />,
    'admin event report, room gone': (
      <EventReportPage {...page} {...period} report={{ ...report, funnel: { ...report.funnel, called: null, noShows: null } }} />
    ),
    'admin event report, nothing': (
      <EventReportPage
        language={language}
        viewer={viewer}
        {...period}
        report={{ ...report, totals: { ...few, booked: 0, kept: 0, seats: 1 }, days: [], hours: [], day: null, funnel: null }}
      />
    ),
    'admin event seats, viewer': (
      <EventSeatsPage {...page} viewer={{ ...viewer, role: 'viewer' }} seats={{ ...drifted, letters: [] }} />
    ),
  }
}
