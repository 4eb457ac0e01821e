import type { VNode } from 'preact'
import { accountPreviews } from './account-preview.tsx'
import { adminEventPreviews } from './admin-event-previews.tsx'
import { type Language, LANGUAGES } from '../edge/contract/language.ts'
import { describeProblem, type Problem, type ProblemCode, PROBLEMS } from '../edge/contract/problems.ts'
import type { Phase, Snapshot } from '../edge/contract/rooms.ts'
import type { EventCard, EventDetail } from '../edge/contract/events.ts'
import type { Reservation } from '../edge/contract/reservations.ts'
import { type AttentionItem, OverviewPage } from '../web/admin/pages/overview.tsx'
import { adminRoomPreviews } from './admin-room-preview.tsx'
import { listingPreviews } from './listing-previews.tsx'
import { checkInPreviews } from './check-in-preview.tsx'
import { livePreviews } from './live-preview.tsx'
import { imagePreviews } from './admin-image-previews.tsx'
import { rehearsalPreviews } from './admin-rehearsal-preview.tsx'
import { bookingProblem } from '../origin/reservation-problems.ts'
import type { ReminderView } from '../web/components/reminder-panel.tsx'
import { BookingPage } from '../web/pages/booking.tsx'
import { EventPage } from '../web/pages/event.tsx'
import { LoginPage } from '../web/pages/login.tsx'
import { JustBookedPage } from '../web/pages/just-booked.tsx'
import { MyPage } from '../web/pages/me.tsx'
import { ProblemPage } from '../web/pages/problem.tsx'
import { ReminderPage } from '../web/pages/reminder.tsx'
import { ReminderStopPage } from '../web/pages/reminder-stop.tsx'
import { ReservationPage } from '../web/pages/reservation.tsx'
import { SignupPage } from '../web/pages/signup.tsx'
import { TicketsPage } from '../web/pages/tickets.tsx'
import { WaitingPage } from '../web/pages/waiting.tsx'
import { renderPage } from '../web/render.tsx'
import { drawQrCode } from '../origin/qr-code.ts'
import { peoplePreviews } from './admin-people-preview.tsx'
import { salesPreviews } from './admin-sales-preview.tsx'

const NOW = '2026-11-28T09:00:00.000Z'
const later = (hours: number) => new Date(Date.parse(NOW) + hours * 3_600_000).toISOString()
/** Titles are text that operators enter, so they may contain markup. */
const TITLE = '한여름 밤의 <script>alert(1)</script> & "재즈"'

const card: EventCard = {
  id: 1,
  title: TITLE,
  venue: '서울 <b>남산</b>소리극장',
  zone: 'Asia/Seoul',
  genre: 'jazz',
  region: 'seoul',
  color: '#b3543a',
  startsAt: later(240),
  opensAt: later(0.1),
  closesAt: later(200),
  imageUrl: null,
  image: null,
  status: 'upcoming',
  priceFrom: 66_000,
  total: 50_000,
  left: 50_000,
}
const cards: EventCard[] = [
  card,
  {
    ...card,
    id: 2,
    title: '2026 겨울 콘서트 〈첫눈이 오면〉',
    venue: '올림픽공원 KSPO DOME',
    status: 'on_sale',
    imageUrl: '/images/events/a-1280.jpg',
    image: {
      template: '/images/events/a-{width}.{format}',
      widths: [320, 640, 960, 1280],
      width: 1280,
      height: 1707,
      alt: '눈 내리는 무대 <i>',
      color: '#3a5fb3',
    },
    color: '#3a5fb3',
    priceFrom: 99_000,
  },
  {
    ...card,
    id: 3,
    title: '낮과 밤 사이',
    venue: '블루스퀘어 마스터카드홀',
    status: 'on_sale',
    imageUrl: '/images/posters/b.svg',
    left: 12,
  },
  {
    ...card,
    id: 4,
    title: '국립심포니 말러 교향곡 2번',
    venue: '예술의전당 콘서트홀',
    status: 'sold_out',
    imageUrl: '/images/posters/c.svg',
    left: 0,
  },
  {
    ...card,
    id: 5,
    title: '동네 재즈 페스티벌',
    venue: '난지한강공원',
    status: 'closed',
    imageUrl: '/images/posters/d.svg',
    priceFrom: 0,
  },
  {
    ...card,
    id: 6,
    title: '도시의 소리: 실내악 시리즈',
    venue: '롯데콘서트홀',
    opensAt: later(26),
    imageUrl: '/images/posters/e.svg',
  },
]
const event: EventDetail = {
  ...card,
  limitPerPerson: 4,
  cancelUntil: later(231),
  stopMessage: '',
  notice: [{ part: 'runningTime', text: '120분 (휴식 20분 <포함>)' }, { part: 'refund', text: '공연 전날까지\n전액 환불' }],
  ticketTypes: [{ id: 1, name: 'VIP석', price: 150_000, total: 10_000, left: 0 }, {
    id: 2,
    name: 'R석',
    price: 0,
    total: 40_000,
    left: 12_345,
  }],
  room: 'event-1',
  serverTime: NOW,
}
const reservation: Reservation = {
  id: '01a20779-e460-7683-8278-e5fe340e79a3',
  number: 'F3JZW-D0EF6',
  event: { ...card, zone: 'Asia/Seoul', cancelledAt: null },
  ticketType: { id: 2, name: 'R석' },
  quantity: 2,
  unitPrice: 66_000,
  totalPrice: 132_000,
  status: 'confirmed',
  createdAt: NOW,
  cancelledAt: null,
  cancelUntil: later(230),
}
const cancelled: Reservation = {
  ...reservation,
  id: '01a20779-e460-7683-8278-e5fe340e79a4',
  status: 'cancelled',
  cancelledAt: NOW,
}
const offReservation: Reservation = { ...reservation, event: { ...reservation.event, cancelledAt: NOW } }
const person = { nickname: '관객', isOperator: true }
const snapshot: Snapshot = {
  room: 'event-1',
  phase: 'open',
  epoch: 1,
  serving: 1_200,
  issued: 50_000,
  gone: 0,
  drawn: null,
  commitment: null,
  seed: null,
  opensAt: later(0.1),
  serverTime: NOW,
  perMinute: 60_000,
  vacant: 0,
  outflow: 1_000,
  heldBy: 'capacity',
  seatsLeft: 12_345,
  message: null,
  pollAfterMs: 2_000,
}
const pageOf = <Item,>(items: Item[], total = items.length) => ({ items, page: 1, size: 24, total })

const TICKETS = [1, 2].map((ordinal) => ({
  ordinal,
  code: `${reservation.number}-${ordinal}`,
  // As long as a signed ticket.
  qr: drawQrCode(String(ordinal).repeat(195)),
}))
const SOLD_OUT_TYPES = event.ticketTypes.map((type) => ({ ...type, left: 0 }))
function twoOfFour(language: Language): Problem {
  const [code, facts] = bookingProblem({ kind: 'sold_out', left: 2 }, { language, now: new Date(NOW), quantity: 4 })
  return describeProblem(code, language, facts)
}

/** As long as a message may be. */
const MESSAGE = {
  ko:
    '공연장 전산 점검으로 예매를 잠시 멈췄습니다. 오후 8시 30분에 이어서 진행하며, 지금 서 계신 순서는 그대로 유지됩니다. 다시 시작하면 이 화면에서 자동으로 안내해 드리니 새로고침하지 말고 기다려 주세요.',
  en: 'We have paused the sale to fix a problem at the venue. It continues at 8:30 pm, and you keep your position.',
}
const soldOut = { id: 2, title: '낮과 밤 사이', titleEn: 'Between day and night' }
const ATTENTION: AttentionItem[] = [
  { kind: 'paused', event: soldOut },
  { kind: 'dead_letters', event: soldOut, entries: 1 },
  { kind: 'cancelling', event: soldOut, seats: 1_234, isLate: true },
  { kind: 'cancelling', event: { id: 3, title: TITLE, titleEn: TITLE }, seats: 12, isLate: false },
  { kind: 'write_back_late', seconds: 42 },
  { kind: 'stopped', event: soldOut, message: '' },
  { kind: 'opens_soon', event: soldOut, opensAt: later(0.5) },
]

const REMINDERS: ReminderView[] = [
  { kind: 'off', email: 'a-rather-long-address.of-a-buyer@subdomain.example.com' },
  { kind: 'on', email: 'a-rather-long-address.of-a-buyer@subdomain.example.com' },
  { kind: 'unverified' },
  { kind: 'late' },
  { kind: 'full' },
]

/** Every page in every state, made from samples, for the render test and for viewing. */
export const previews: { name: string; html(): string }[] = LANGUAGES.flatMap((language) => {
  const failure = (code: ProblemCode, field?: string) =>
    describeProblem(code, language, {
      ...(field && { errors: [{ field, message: '다시 확인해 주세요.' }] }),
      ...(code === 'busy' && { retryAfterSeconds: 3 }),
    })
  const waiting = (
    phase: Phase,
    index: number | null,
    serving = snapshot.serving,
    more: Partial<Snapshot> & { ended?: 'missed' | 'used' } = {},
  ) => (
    <WaitingPage
      language={language}
      room='event-1'
      snapshot={{ ...snapshot, ...more, phase, serving }}
      position={index === null ? null : {
        index,
        position: index,
        ahead: Math.max(0, index - serving),
        phase,
        etaSeconds: phase === 'paused' || phase === 'sold_out' ? null : 90,
        pollAfterMs: 2_000,
      }}
      title={TITLE}
      passMinutes={10}
      lobbyMinutes={30}
      ended={more.ended ?? null}
      insideUrl='/events/1/booking'
      outsideUrl='/events/1'
      eventId={1}
    />
  )
  const booking = {
    language,
    event: { ...event, status: 'on_sale' as const },
    idempotencyKey: 'a-key',
    passExpiresAt: later(0.15),
    canExtend: true,
  }
  const reservationProps = { language, now: NOW, isNew: false }
  const tickets = { language, now: NOW, reservation, holder: person.nickname, tickets: TICKETS }
  const admin = {
    language,
    viewer: { nickname: '관리자', role: 'owner' as const },
    now: NOW,
    event: { id: 1, title: TITLE, titleEn: TITLE, venue: card.venue, venueEn: card.venue },
  }
  const mine = { language, person, now: NOW }
  const pages: Record<string, VNode> = {
    ...listingPreviews(language, cards, NOW),
    ...Object.fromEntries((['upcoming', 'on_sale', 'sold_out', 'closed'] as const).map((status) => [
      `event, ${status}`,
      <EventPage key={status} language={language} event={{ ...event, status }} publicUrl='https://shop.example' />,
    ])),
    'event, stopped': (
      <EventPage
        language={language}
        event={{
          ...event,
          status: 'stopped',
          stopMessage: '공연장 사정으로 예매를 잠시 멈췄습니다. 오후 8시에 다시 시작합니다.',
        }}
      />
    ),
    'event, cancelled': (
      <EventPage
        language={language}
        event={{ ...event, status: 'cancelled', stopMessage: '출연자의 건강 문제로 공연이 취소되었습니다.' }}
      />
    ),
    'event, opening next month': <EventPage language={language} event={{ ...event, opensAt: later(700) }} />,
    ...Object.fromEntries(REMINDERS.map((state) => [
      `reminder, ${state.kind}`,
      <ReminderPage key={state.kind} language={language} event={{ ...event, opensAt: later(700) }} state={state} />,
    ])),
    'reminders, stop': <ReminderStopPage language={language} token='a.b.c' isDone={false} />,
    'reminders, stopped': <ReminderStopPage language={language} token='a.b.c' isDone />,
    'login': <LoginPage language={language} next='/' />,
    'login, wrong': <LoginPage language={language} next='/' email='"a"@b.c' problem={failure('wrong_credentials')} />,
    'signup': <SignupPage language={language} next='/' />,
    'signup, wrong': (
      <SignupPage language={language} next='/' email='a' nickname='b' problem={failure('validation_failed', 'nickname')} />
    ),
    ...accountPreviews(language, failure),
    'booking': <BookingPage {...booking} />,
    'booking, chosen': <BookingPage {...booking} ticketTypeId={2} quantity='3' />,
    'booking, 2 of 4 left': <BookingPage {...booking} problem={twoOfFour(language)} ticketTypeId={2} quantity='4' left={2} />,
    'booking, ticket type sold out': <BookingPage {...booking} problem={failure('sold_out')} ticketTypeId={1} quantity='3' />,
    'booking, all sold out': <BookingPage {...booking} event={{ ...booking.event, ticketTypes: SOLD_OUT_TYPES }} />,
    'booking, a second time': <BookingPage {...booking} held={2} />,
    'booking, up to the limit': <BookingPage {...booking} held={4} />,
    'booking, nothing chosen': <BookingPage {...booking} problem={failure('validation_failed', 'ticketTypeId')} />,
    'booking, outcome unknown': <BookingPage {...booking} problem={failure('store_unavailable')} ticketTypeId={2} quantity='3' />,
    'reservation, new': <ReservationPage {...reservationProps} reservation={reservation} isNew />,
    'reservation': <ReservationPage {...reservationProps} reservation={reservation} />,
    'reservation, too late to cancel': (
      <ReservationPage {...reservationProps} reservation={reservation} now={later(235)} problem={failure('cancel_closed')} />
    ),
    'reservation, cancelled': <ReservationPage {...reservationProps} reservation={cancelled} />,
    'reservation, event cancelled': <ReservationPage {...reservationProps} reservation={offReservation} />,
    'reservation, cancelled with its event': (
      <ReservationPage {...reservationProps} reservation={{ ...offReservation, status: 'cancelled', cancelledAt: NOW }} />
    ),
    'reservation, cancelled before its event': (
      <ReservationPage {...reservationProps} reservation={{ ...offReservation, status: 'cancelled', cancelledAt: later(-2) }} />
    ),
    'tickets': <TicketsPage {...tickets} />,
    'tickets, one': (
      <TicketsPage {...tickets} reservation={{ ...reservation, quantity: 1 }} tickets={tickets.tickets.slice(0, 1)} />
    ),
    'just booked': <JustBookedPage language={language} room='event-1' reservation={reservation.id} path='/events/1/booking' />,
    'my page': <MyPage {...mine} isPartial={false} reservations={pageOf([reservation, cancelled])} />,
    'my page, empty': <MyPage {...mine} isPartial={false} reservations={pageOf<Reservation>([])} />,
    'my page, records unavailable': <MyPage {...mine} isPartial reservations={pageOf([reservation])} />,
    'admin overview': <OverviewPage {...admin} attention={ATTENTION} openings={[{ ...admin.event, opensAt: later(0.5) }]} />,
    ...imagePreviews(language, admin.event),
    'admin overview, empty': <OverviewPage {...admin} attention={[]} openings={[]} />,
    ...adminEventPreviews(language, event, NOW),
    ...peoplePreviews(language, admin.viewer),
    ...adminRoomPreviews(admin, failure),
    ...livePreviews(language, { viewer: admin.viewer, now: NOW, title: TITLE }),
    ...checkInPreviews(language, admin.viewer, NOW, TITLE),
    ...salesPreviews(language, admin.viewer),
    ...rehearsalPreviews(language, admin.viewer, failure),
    ...Object.fromEntries((Object.keys(PROBLEMS) as ProblemCode[]).map((code) => [
      `problem ${code}`,
      <ProblemPage key={code} language={language} problem={failure(code)} path='/events/1' />,
    ])),
    'waiting, joining': waiting('open', null),
    'waiting, lobby with a draw': waiting('lobby', 41, 0, { commitment: 'c0ffee' }),
    'waiting, lobby in order': waiting('lobby', 41, 0),
    'waiting': waiting('open', 4_321),
    'waiting, your turn': waiting('open', 41),
    'waiting, paused': waiting('paused', 4_321),
    'waiting, with a message': waiting('paused', 4_321, 1_200, { message: MESSAGE }),
    'waiting, sold out': waiting('sold_out', 4_321),
    'waiting, too early': waiting('closed', null, 0, { opensAt: later(2) }),
    'waiting, closed': waiting('closed', null, 0, { opensAt: later(-2) }),
    'waiting, store silent': waiting('paused', 4_321, 1_200, { heldBy: 'store' }),
    'waiting, turn missed': waiting('open', null, 1_200, { ended: 'missed' }),
    'waiting, ticket used': waiting('open', null, 1_200, { ended: 'used' }),
  }
  return Object.entries(pages).map(([name, page]) => ({ name: `${name} (${language})`, html: () => renderPage(page) }))
})
