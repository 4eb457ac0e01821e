import type { VNode } from 'preact'
import type { AdminEvent, AdminEventRow, ChecklistItem, EventFields } from '../edge/contract/admin-events.ts'
import type { EventDetail } from '../edge/contract/events.ts'
import type { Language } from '../edge/contract/language.ts'
import { describeProblem } from '../edge/contract/problems.ts'
import { PreviewBanner } from '../web/admin/components/preview-banner.tsx'
import type { AdminEventProps } from '../web/admin/event-page-props.ts'
import { AdminEventPage } from '../web/admin/pages/event.tsx'
import { type EditedEvent, EventFormPage } from '../web/admin/pages/event-form.tsx'
import { EventConflictPage, EventReviewPage } from '../web/admin/pages/event-review.tsx'
import { AdminEventsPage } from '../web/admin/pages/events.tsx'
import { EventPage } from '../web/pages/event.tsx'

const VIEWER = { nickname: '관리자', role: 'owner' as const }
const blank = () => ({ ko: '', en: '' })

/** The admin pages of events in each state. `event` and `now` are samples; times are relative to `now`. */
export function adminEventPreviews(language: Language, shown: EventDetail, now: string): Record<string, VNode> {
  const later = (hours: number) => new Date(Date.parse(now) + hours * 3_600_000).toISOString()
  const event: AdminEvent = {
    id: 1,
    version: 3,
    status: 'on_sale',
    title: shown.title,
    titleEn: 'A Midsummer Night of Jazz',
    venue: shown.venue,
    venueEn: 'Namsan Theatre',
    genre: 'jazz',
    region: null,
    zone: 'Asia/Seoul',
    startsAt: later(240),
    opensAt: later(-1),
    closesAt: later(200),
    limitPerPerson: 4,
    notice: { runningTime: { ko: '120분', en: '120 minutes' }, refund: { ko: '공연 전날까지\n전액 환불', en: '' } },
    published: true,
    saleState: 'on_sale',
    stopMessage: '',
    cancelledAt: null,
    cancelReason: '',
    hasImage: true,
    ticketTypes: [
      { id: 1, name: 'VIP석', nameEn: 'VIP', price: 150_000, seats: 10_000, sold: 10_000 },
      { id: 2, name: 'R석', nameEn: '', price: 0, seats: 40_000, sold: 27_655 },
    ],
  }
  const rows: AdminEventRow[] = (['upcoming', 'on_sale', 'stopped', 'sold_out', 'draft', 'closed', 'cancelled'] as const).map(
    (status, i) => ({ ...event, id: i + 1, status, sold: status === 'sold_out' ? 50_000 : i * 6_000, seats: 50_000 }),
  )
  const checklist: ChecklistItem[] = [
    { part: 'titles', isRequired: true, isMet: true },
    { part: 'venues', isRequired: true, isMet: false },
    { part: 'poster', isRequired: false, isMet: false },
  ]
  const base: AdminEventProps = {
    language,
    viewer: VIEWER,
    now,
    event,
    checklist,
    left: new Map([[1, 0], [2, 12_345]]),
    reservations: { confirmed: 18_000, cancelled: 120 },
  }
  const fields: EventFields = {
    title: event.title,
    titleEn: event.titleEn,
    venue: event.venue,
    venueEn: event.venueEn,
    genre: 'jazz',
    region: '',
    zone: event.zone,
    startsAt: '2026-12-24T19:00',
    opensAt: '2026-11-28T20:00',
    closesAt: '2026-12-24T17:00',
    limitPerPerson: '4',
    notice: { runningTime: { ko: '120분', en: '120 minutes' }, age: blank(), cast: blank(), refund: blank() },
    ticketTypes: [
      { id: '1', name: 'VIP석', nameEn: 'VIP', price: '150000', seats: '10000' },
      { id: '', name: '', nameEn: '', price: '', seats: '' },
    ],
  }
  const edited: EditedEvent = { id: 1, title: event.title, version: 3, published: true, base: fields }
  const form = { language, viewer: VIEWER, fields, zones: ['America/New_York', 'Asia/Seoul'] }
  const problem = describeProblem('validation_failed', language, {
    errors: [{ field: 'closesAt', message: '예매 오픈, 예매 마감, 공연 시작 순서가 되도록 입력해 주세요.' }],
  })
  const off = { ...event, status: 'cancelled' as const, cancelledAt: now, cancelReason: '출연자 건강', stopMessage: '' }
  const page = (more: Partial<AdminEventProps>) => <AdminEventPage {...base} {...more} />
  return {
    'admin events': (
      <AdminEventsPage language={language} viewer={VIEWER} q='재즈 "&' status='on_sale' events={pageOf(rows, 120)} />
    ),
    'admin events, none': (
      <AdminEventsPage language={language} viewer={VIEWER} q='' status={null} isDeleted events={pageOf([], 0)} />
    ),
    'admin event': page({}),
    'admin event, draft': page({
      event: { ...event, status: 'draft', published: false },
      left: null,
      reservations: { confirmed: 0, cancelled: 0 },
      done: 'created',
    }),
    'admin event, without ticket types': page({
      event: { ...event, status: 'draft', published: false, ticketTypes: [] },
      left: null,
    }),
    'admin event, upcoming': page({ event: { ...event, status: 'upcoming', opensAt: later(3) }, done: 'published' }),
    'admin event, stopped': page({
      event: { ...event, status: 'stopped', saleState: 'stopped', stopMessage: '무대 점검 중입니다 <b>' },
    }),
    'admin event, cancelled': page({ event: off }),
    'admin event, all reservations cancelled': page({ event: off, reservations: { confirmed: 0, cancelled: 18_120 } }),
    'admin event, act refused': page({
      refused: {
        act: 'cancel',
        problem: describeProblem('validation_failed', language, {
          errors: [{ field: 'confirmation', message: '공연명이 다릅니다.' }],
        }),
        typed: { reason: '우천', message: '' },
      },
    }),
    'admin event, for a viewer': page({ viewer: { nickname: '조회자', role: 'viewer' } }),
    'admin event form, new': <EventFormPage {...form} edited={null} />,
    'admin event form, draft': <EventFormPage {...form} edited={{ ...edited, published: false }} isUnchanged />,
    'admin event form, wrong': <EventFormPage {...form} edited={edited} problem={problem} />,
    'admin event review': (
      <EventReviewPage
        language={language}
        viewer={VIEWER}
        edited={edited}
        fields={fields}
        reason=''
        changes={[
          { key: 'startsAt', before: '2026-12-23T19:00', after: '2026-12-24T19:00' },
          { key: 'type.1.seats', before: '9000', after: '10000' },
          { key: 'type.new0.name', before: '', after: 'S석' },
          { key: 'notice.refund.ko', before: '', after: '공연 전날까지\n전액 환불' },
        ]}
      />
    ),
    'admin event conflict': (
      <EventConflictPage
        language={language}
        viewer={VIEWER}
        edited={edited}
        merged={fields}
        problem={describeProblem('stale_version', language)}
        conflicts={[
          { key: 'title', base: '재즈', theirs: '재즈의 밤', yours: '여름 재즈' },
          { key: 'type.1.price', base: '150000', theirs: '160000', yours: '150000' },
        ]}
      />
    ),
    'admin event preview': (
      <EventPage
        language={language}
        event={{ ...shown, status: 'upcoming' }}
        preview={
          <PreviewBanner
            language={language}
            eventId={1}
            zone='Asia/Seoul'
            at='2026-11-28T19:59'
            isPublished={false}
            moments={{ before: '2026-11-28T19:59', open: '2026-11-28T20:01', closed: '2026-12-24T17:01' }}
          />
        }
      />
    ),
  }
}

const pageOf = (items: AdminEventRow[], total: number) => ({ items, page: 1, size: 20, total })
