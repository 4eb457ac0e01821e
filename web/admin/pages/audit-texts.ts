import type { Language, Text } from '../../../edge/contract/language.ts'

/** The names of acts, for people. An act without a name is shown by its code. */
const ACTION_NAMES: Record<string, Text> = {
  'account.set_password': { ko: '비밀번호 재설정', en: 'Password set' },
  'audit.check': { ko: '감사 로그 점검', en: 'Audit log checked' },
  'audit.export': { ko: '감사 로그 내보내기', en: 'Audit log exported' },
  'event.change': { ko: '공연 수정', en: 'Event changed' },
  'event.seats': { ko: '좌석 수 변경', en: 'Seats changed' },
  'operator.end_sessions': { ko: '기기 로그아웃', en: 'Sessions ended' },
  'operator.invite': { ko: '운영자 초대', en: 'Operator invited' },
  'operator.join': { ko: '초대 수락', en: 'Invitation accepted' },
  'operator.login': { ko: '로그인', en: 'Login' },
  'operator.login_failed': { ko: '로그인 실패', en: 'Login failed' },
  'operator.logout': { ko: '로그아웃', en: 'Logout' },
  'operator.revoke_invitation': { ko: '초대 취소', en: 'Invitation revoked' },
  'operator.role': { ko: '역할 변경', en: 'Role changed' },
  'second_factor.recovery_codes': { ko: '복구 코드 재발급', en: 'Recovery codes replaced' },
  'second_factor.remove': { ko: '2단계 인증 해제', en: 'Two-factor turned off' },
  'second_factor.set_up': { ko: '2단계 인증 설정', en: 'Two-factor set up' },
  'second_factor.use_recovery_code': { ko: '복구 코드 사용', en: 'Recovery code used' },
  'seats.repair': { ko: '좌석 보정', en: 'Seats repaired' },
}

/** What an act did: its name, or its code. */
export const actionName = (action: string, language: Language): string => ACTION_NAMES[action]?.[language] ?? action

const SECONDS = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Seoul', dateStyle: 'short', timeStyle: 'medium' })

/** A time in Korea to the second, as in other logs: `2026-11-28 18:00:03`. */
export const logTime = (iso: string): string => SECONDS.format(new Date(iso))
