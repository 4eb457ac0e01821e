import type { Language, Text } from '../../../edge/contract/language.ts'
import { EVENT_PAGE_TEXTS } from '../event-page-texts.ts'
import { FIELD_NAMES } from '../event-texts.ts'
import { PHASES, R } from '../room-texts.ts'
import type { AdminTextName } from '../texts.ts'

/** The names of acts, for people. */
export const ACTION_NAMES: Record<string, Text> = {
  'account.change_email': { ko: '본인 이메일 변경', en: 'Own e-mail changed' },
  'account.change_nickname': { ko: '본인 닉네임 변경', en: 'Own nickname changed' },
  'account.change_password': { ko: '본인 비밀번호 변경', en: 'Own password changed' },
  'account.end_sessions': { ko: '본인 로그인 종료', en: 'Own sessions ended' },
  'account.request_email': { ko: '본인 이메일 변경 요청', en: 'Change of own e-mail requested' },
  'account.reset_password': { ko: '메일로 비밀번호 재설정', en: 'Password reset by mail' },
  'account.set_password': { ko: '비밀번호 재설정', en: 'Password set' },
  'account.verify_email': { ko: '이메일 인증', en: 'E-mail verified' },
  'audit.check': { ko: '감사 로그 점검', en: 'Audit log checked' },
  'audit.export': { ko: '감사 로그 내보내기', en: 'Audit log exported' },
  'dead_letter.dismiss': { ko: '기록하지 못한 항목 무효 처리', en: 'Dead letter dismissed' },
  'dead_letter.retry': { ko: '기록하지 못한 항목 재시도', en: 'Dead letter retried' },
  'event.cancel': { ko: '공연 취소', en: 'Event cancelled' },
  'event.change': { ko: '공연 수정', en: 'Event changed' },
  'event.create': { ko: '공연 만들기', en: 'Event created' },
  'event.delete': { ko: '공연 삭제', en: 'Event deleted' },
  'event.duplicate': { ko: '공연 복사', en: 'Event duplicated' },
  'event.publish': { ko: '공연 게시', en: 'Event published' },
  'event.resume': { ko: '판매 재개', en: 'Sale resumed' },
  'event.seats': { ko: '좌석 수 변경', en: 'Seats changed' },
  'event.stop': { ko: '판매 중지', en: 'Sale stopped' },
  'image.describe': { ko: '이미지 설명 수정', en: 'Image described' },
  'image.remove': { ko: '이미지 삭제', en: 'Image removed' },
  'image.replace': { ko: '이미지 올리기', en: 'Image uploaded' },
  'operator.end_sessions': { ko: '기기 로그아웃', en: 'Sessions ended' },
  'operator.invite': { ko: '운영자 초대', en: 'Operator invited' },
  'operator.join': { ko: '초대 수락', en: 'Invitation accepted' },
  'operator.login': { ko: '로그인', en: 'Login' },
  'operator.login_failed': { ko: '로그인 실패', en: 'Login failed' },
  'operator.logout': { ko: '로그아웃', en: 'Logout' },
  'operator.revoke_invitation': { ko: '초대 취소', en: 'Invitation revoked' },
  'operator.role': { ko: '역할 변경', en: 'Role changed' },
  'rehearsal.start': { ko: '리허설 시작', en: 'Rehearsal started' },
  'rehearsal.stop': { ko: '리허설 중단', en: 'Rehearsal stopped' },
  'reservation.cancel': { ko: '예매 취소', en: 'Reservation cancelled' },
  'reservation.list': { ko: '예매 목록 조회', en: 'Reservations listed' },
  'reservation.view': { ko: '예매 상세 조회', en: 'Reservation viewed' },
  'reservation.export': { ko: '예매 내역 내보내기', en: 'Reservations exported' },
  'room.capacity': { ko: '동시 이용 인원 변경', en: 'Room capacity changed' },
  'room.change': { ko: '대기실 설정 변경', en: 'Room settings changed' },
  'room.defaults': { ko: '대기실 기본 설정 변경', en: 'Site-wide room settings changed' },
  'room.message': { ko: '대기실 안내 문구 변경', en: 'Room message changed' },
  'room.mode': { ko: '대기실 방식 변경', en: 'Room mode changed' },
  'room.pause': { ko: '대기실 일시정지', en: 'Room paused' },
  'room.rate': { ko: '입장 속도 변경', en: 'Room rate changed' },
  'room.reset': { ko: '대기실 초기화', en: 'Room reset' },
  'room.resume': { ko: '대기실 다시 시작', en: 'Room resumed' },
  'room.undo-reset': { ko: '대기실 초기화 되돌리기', en: 'Room reset undone' },
  'seats.audit': { ko: '좌석 점검', en: 'Seats audited' },
  'seats.load': { ko: '판매 데이터 불러오기', en: 'Seats loaded' },
  'seats.repair': { ko: '좌석 보정', en: 'Seats repaired' },
  'seats.unload': { ko: '판매 데이터 내리기', en: 'Seats unloaded' },
  'second_factor.recovery_codes': { ko: '복구 코드 재발급', en: 'Recovery codes replaced' },
  'second_factor.remove': { ko: '2단계 인증 해제', en: 'Two-factor turned off' },
  'second_factor.set_up': { ko: '2단계 인증 설정', en: 'Two-factor set up' },
  'second_factor.use_recovery_code': { ko: '복구 코드 사용', en: 'Recovery code used' },
  'ticket.admit': { ko: '입장 처리', en: 'Tickets admitted' },
  'ticket.list': { ko: '입장 확인 목록 내려받기', en: 'Door list downloaded' },
  'ticket.undo': { ko: '입장 취소', en: 'Admission undone' },
  'visitor.revoke': { ko: '방문자 순번 취소', en: 'Visitor’s position revoked' },
}

/** The kinds of acts in each section of the pages, in the order of the menu. */
const KINDS = {
  events: ['event', 'image', 'rehearsal'],
  seats: ['seats', 'dead_letter'],
  rooms: ['room', 'visitor'],
  reservations: ['reservation', 'ticket'],
  people: ['operator', 'account', 'second_factor'],
  audit: ['audit'],
} as const satisfies Partial<Record<AdminTextName, readonly string[]>>

/** All actions by the section that they belong to. */
export const ACTION_GROUPS = (Object.keys(KINDS) as (keyof typeof KINDS)[]).map((section) => ({
  section,
  actions: Object.keys(ACTION_NAMES).filter((action) => KINDS[section].some((kind) => action.startsWith(`${kind}.`))),
}))

/** What an act did: its name, or its code. */
export const actionName = (action: string, language: Language): string => ACTION_NAMES[action]?.[language] ?? action

const { title, titleEn, venue, venueEn, zone, startsAt, opensAt, closesAt, limitPerPerson } = FIELD_NAMES
const { mode, capacity, turnSeconds, passSeconds, idleSeconds, lobbySeconds, identity, work } = R

/** The values that acts change most, by their path in the detail. */
const DETAIL_NAMES: Record<string, Text | undefined> = {
  title,
  titleEn,
  venue,
  venueEn,
  zone,
  startsAt,
  opensAt,
  closesAt,
  limitPerPerson,
  stopMessage: EVENT_PAGE_TEXTS.message,
  mode,
  perMinute: R.rateField,
  capacity,
  turnSeconds,
  passSeconds,
  idleSeconds,
  lobbySeconds,
  identity,
  work,
  message: R.message,
  'message.ko': { ko: '안내 문구 (한국어)', en: 'Message (Korean)' },
  'message.en': { ko: '안내 문구 (영어)', en: 'Message (English)' },
  paused: PHASES.paused,
}

/** A value in the detail of an act: its name, or its path, such as `ticketTypes.0.price`. */
export const fieldName = (path: string, language: Language): string => DETAIL_NAMES[path]?.[language] ?? path

const SECONDS = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Seoul', dateStyle: 'short', timeStyle: 'medium' })

/** A time in Korea to the second, as in other logs: `2026-11-28 18:00:03`. */
export const logTime = (iso: string): string => SECONDS.format(new Date(iso))
