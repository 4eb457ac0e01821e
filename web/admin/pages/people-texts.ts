import type { Text } from '../../../edge/contract/language.ts'
import type { OperatorRole } from '../../../edge/contract/roles.ts'

/** What each role may do, in a sentence. docs/permissions.md has the exact table. */
export const ROLE_RIGHTS: Record<OperatorRole, Text> = {
  viewer: { ko: '현황과 매출을 봅니다. 구매자 정보는 볼 수 없습니다.', en: 'Sees figures and sales, and no buyers.' },
  support: { ko: '예매 내역을 찾고 취소합니다.', en: 'Finds and cancels buyers’ reservations.' },
  manager: { ko: '공연, 판매, 대기실을 운영합니다.', en: 'Runs events, sales and waiting rooms.' },
  owner: { ko: '운영자를 관리하고 감사 로그를 봅니다.', en: 'Also manages operators and sees the audit log.' },
}

export const PEOPLE_TEXTS = {
  lead: {
    ko: '관리 페이지를 쓰는 사람은 초대로만 추가됩니다.',
    en: 'People join by invitation only.',
  },
  revoked: {
    ko: '초대를 취소했습니다. 링크는 더 이상 쓸 수 없습니다.',
    en: 'The invitation was revoked. Its link no longer works.',
  },
  removed: { ko: '운영자에서 제외했습니다.', en: 'They are no longer an operator.' },
  role: { ko: '역할', en: 'Role' },
  roleDone: {
    ko: '역할을 바꾸고 모든 기기에서 로그아웃했습니다.',
    en: 'The role was changed, and all their devices were logged out.',
  },
  twoFactorDone: {
    ko: '2단계 인증을 해제했습니다. 다음 로그인 때 새로 설정합니다.',
    en: 'Two-factor authentication was reset. They set it up again at the next login.',
  },
  sessionsDone: {
    ko: '로그아웃했습니다. 모든 서버에서 곧바로 적용됩니다.',
    en: 'Logged out. It takes effect everywhere at once.',
  },
  sendLink: { ko: '님에게 이 링크를 보내 주세요.', en: 'was invited. Send them this link.' },
  link: { ko: '초대 링크', en: 'Link' },
  once: { ko: '이 링크는 지금 한 번만 표시됩니다.', en: 'It is shown only now, and works once.' },
  until: { ko: '유효 기간', en: 'Valid until' },
  name: { ko: '닉네임', en: 'Nickname' },
  you: { ko: '나', en: 'You' },
  email: { ko: '이메일', en: 'E-mail' },
  twoFactor: { ko: '2단계 인증', en: 'Two-factor' },
  on: { ko: '사용', en: 'On' },
  off: { ko: '미설정', en: 'Off' },
  lastLogin: { ko: '최근 로그인', en: 'Last login' },
  never: { ko: '없음', en: 'Never' },
  sessionCount: { ko: '기기', en: 'Devices' },
  open: { ko: '대기 중인 초대', en: 'Open invitations' },
  act: { ko: '작업', en: 'Act' },
  revoke: { ko: '초대 취소', en: 'Revoke' },
  invite: { ko: '운영자 초대', en: 'Invite an operator' },
  makeLink: { ko: '초대 링크 만들기', en: 'Make the link' },
  changeRole: { ko: '역할 변경', en: 'Change the role' },
  changeRoleHint: {
    ko: '모든 기기에서 로그아웃되고, 다시 로그인하면 새 역할이 적용됩니다.',
    en: 'All their devices are logged out. The new role counts from the next login.',
  },
  remove: { ko: '운영자에서 제외', en: 'Remove' },
  removeHint: {
    ko: '관리 페이지를 쓸 수 없게 됩니다. 예매 계정은 그대로 남습니다.',
    en: 'They can no longer use the admin pages. Their account as a buyer stays.',
  },
  reset: { ko: '2단계 인증 해제', en: 'Reset two-factor' },
  resetHint: {
    ko: '휴대전화와 복구 코드를 모두 잃어버렸을 때만 쓰세요. 본인인지 먼저 확인해야 합니다.',
    en: 'Only if they have lost both their phone and their recovery codes. Make sure that it is really them.',
  },
  sessions: { ko: '로그인된 기기', en: 'Where they are logged in' },
  noSessions: { ko: '로그인된 기기가 없습니다.', en: 'They are not logged in anywhere.' },
  endAll: { ko: '모든 기기에서 로그아웃', en: 'Log out all devices' },
} as const satisfies Record<string, Text>

/** What was just done, with the sentence that confirms it. */
export const PEOPLE_DONE = {
  revoked: PEOPLE_TEXTS.revoked,
  removed: PEOPLE_TEXTS.removed,
  role: PEOPLE_TEXTS.roleDone,
  two_factor: PEOPLE_TEXTS.twoFactorDone,
  sessions: PEOPLE_TEXTS.sessionsDone,
} as const satisfies Record<string, Text>
export type PeopleDone = keyof typeof PEOPLE_DONE
