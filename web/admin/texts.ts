import type { Language, Text } from '../../edge/contract/language.ts'
import type { OperatorRole } from '../../edge/contract/roles.ts'

const t = (ko: string, en: string): Text => ({ ko, en })

/** The texts that several admin pages use. Each group of pages has its own beside it. */
const ADMIN_TEXTS = {
  menu: t('메뉴', 'Menu'),
  adminPages: t('관리', 'Admin'),
  overview: t('현황', 'Overview'),
  events: t('공연', 'Events'),
  seats: t('좌석', 'Seats'),
  rooms: t('대기실', 'Waiting rooms'),
  reservations: t('예매 내역', 'Reservations'),
  checkIn: t('입장 확인', 'Check-in'),
  reports: t('리포트', 'Reports'),
  people: t('운영자', 'Operators'),
  audit: t('감사 로그', 'Audit log'),
  allEvents: t('모든 공연', 'All events'),
  allSeats: t('모든 공연의 좌석', 'Seats of all events'),
  allRooms: t('모든 대기실', 'All waiting rooms'),
  allReservations: t('모든 예매 내역', 'All reservations'),
  allReports: t('모든 리포트', 'All reports'),
  account: t('내 계정', 'My account'),
  toShop: t('예매 사이트로', 'To the shop'),
  reason: t('사유', 'Reason'),
  reasonHint: t('감사 로그에 남습니다.', 'It is kept in the audit log.'),
  typeTitle: t('확인을 위해 공연명을 입력해 주세요', 'Type the event’s title to confirm'),
  titleDiffers: t('공연명이 다릅니다.', 'This is not the event’s title.'),
  save: t('저장', 'Save'),
  cancel: t('취소', 'Cancel'),
  search: t('검색', 'Search'),
  none: t('없음', 'None'),
  done: t('저장했습니다.', 'Saved.'),
} as const

export type AdminTextName = keyof typeof ADMIN_TEXTS

export const adminWords = (language: Language) => (name: AdminTextName): string => ADMIN_TEXTS[name][language]

export const ROLE_NAMES: Record<OperatorRole, Text> = {
  viewer: t('조회', 'Viewer'),
  support: t('고객지원', 'Support'),
  manager: t('매니저', 'Manager'),
  owner: t('소유자', 'Owner'),
}
