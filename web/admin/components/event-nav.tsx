import type { Language, Text } from '../../../edge/contract/language.ts'
import { paths } from '../../../edge/contract/paths.ts'
import { may, type OperatorRole, type Permission } from '../../../edge/contract/roles.ts'
import { eventRoom } from '../../../edge/contract/rooms.ts'

export type EventTab = 'event' | 'image' | 'rehearsal' | 'seats' | 'room' | 'live' | 'reservations' | 'report'

/** The event that a page belongs to, and the tab that leads there. */
export type EventTabs = { eventId: number; current: EventTab }

type Tab = { name: EventTab; href(eventId: number): string; permission: Permission; text: Text }

/** In the order in which a sale needs them. */
const TABS: readonly Tab[] = [
  { name: 'event', href: paths.admin.event, permission: 'figures.read', text: { ko: '공연 정보', en: 'Event' } },
  { name: 'image', href: paths.admin.eventImage, permission: 'events.edit', text: { ko: '포스터', en: 'Poster' } },
  { name: 'rehearsal', href: paths.admin.rehearsal, permission: 'rooms.control', text: { ko: '리허설', en: 'Rehearsal' } },
  { name: 'live', href: paths.admin.live, permission: 'figures.read', text: { ko: '실시간', en: 'Live' } },
  {
    name: 'room',
    href: (id) => paths.admin.room(eventRoom(id)),
    permission: 'figures.read',
    text: { ko: '대기실', en: 'Waiting room' },
  },
  { name: 'seats', href: paths.admin.eventSeats, permission: 'figures.read', text: { ko: '좌석', en: 'Seats' } },
  {
    name: 'reservations',
    href: paths.admin.eventReservations,
    permission: 'reservations.read',
    text: { ko: '예매 내역', en: 'Reservations' },
  },
  { name: 'report', href: paths.admin.report, permission: 'reports.read', text: { ko: '리포트', en: 'Report' } },
]

type EventNavProps = EventTabs & { language: Language; role: OperatorRole; path: string }

/** Links between all pages of one event that the operator may see. */
export function EventNav({ language, role, path, eventId, current }: EventNavProps) {
  return (
    <nav class='event-nav' aria-label={LABEL[language]}>
      <ul>
        {TABS.filter(({ permission }) => may(role, permission)).map(({ name, href, text }) => (
          <li key={name}>
            <a href={href(eventId)} aria-current={name !== current ? undefined : href(eventId) === path ? 'page' : 'true'}>
              {text[language]}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}

const LABEL: Text = { ko: '이 공연의 화면', en: 'Pages of this event' }
