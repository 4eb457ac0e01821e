import type { Text } from '../../edge/contract/language.ts'

/** The texts of the page of a person's own account. */
export const ACCOUNT_TEXTS = {
  verified: { ko: '인증됨', en: 'Verified' },
  unverified: { ko: '인증 필요', en: 'Not verified' },
  verifyHint: {
    ko: '가입할 때 보내 드린 메일의 링크로 인증해 주세요. 일부 공연은 인증한 계정만 예매할 수 있습니다.',
    en: 'Open the link in the mail that we sent when you signed up. Some events are for verified accounts only.',
  },
  resend: { ko: '인증 메일 다시 받기', en: 'Send the mail again' },
  changeEmail: { ko: '이메일 변경', en: 'Change my e-mail' },
  newEmail: { ko: '새 이메일', en: 'New e-mail' },
  newEmailHint: {
    ko: '새 주소로 보낸 링크를 열어야 변경됩니다. 그때까지는 지금 이메일로 로그인합니다.',
    en: 'The change happens when you open the link that we send there. Until then you log in with the present address.',
  },
  sendLink: { ko: '확인 메일 받기', en: 'Send me the link' },
  saveNickname: { ko: '닉네임 변경', en: 'Change my nickname' },
  presentPassword: { ko: '현재 비밀번호', en: 'Present password' },
  newPassword: { ko: '새 비밀번호', en: 'New password' },
  passwordHint: { ko: '변경하면 다른 기기에서는 로그아웃됩니다.', en: 'Your other devices are logged out.' },
  savePassword: { ko: '비밀번호 변경', en: 'Change my password' },
  sessions: { ko: '로그인된 기기', en: 'Where you are logged in' },
  sessionsHint: {
    ko: '모르는 기기가 있으면 로그아웃하고 비밀번호를 바꿔 주세요.',
    en: 'If you don’t know a device, log it out and change your password.',
  },
  data: { ko: '내 정보 내려받기', en: 'My data' },
  dataHint: {
    ko: '계정, 로그인 기록, 예매 내역을 파일(JSON) 하나로 받을 수 있습니다.',
    en: 'Your account, sessions and reservations as one file (JSON).',
  },
  download: { ko: '내려받기', en: 'Download' },
  deletion: { ko: '회원 탈퇴', en: 'Delete my account' },
  deletionStart: { ko: '탈퇴하기', en: 'Delete my account' },
  deletionHint: {
    ko:
      '이메일과 닉네임 등 개인정보를 바로 지우며, 되돌릴 수 없습니다. 지난 예매는 누구의 것인지 알 수 없게 남습니다. 예정된 공연의 예매가 있으면 탈퇴할 수 없습니다.',
    en:
      'We erase your e-mail, nickname and other personal data at once. This cannot be undone. Past reservations stay without your name. You can’t delete the account while you have tickets for coming events.',
  },
  deletionYes: { ko: '네, 탈퇴합니다', en: 'Yes, delete my account' },
  operatorDeletion: {
    ko: '운영자 계정은 탈퇴할 수 없습니다. 소유자에게 역할 해제를 요청해 주세요.',
    en: 'An operator’s account can’t be deleted. Ask an owner to remove your role first.',
  },
  done: {
    nickname: { ko: '닉네임을 변경했습니다.', en: 'Your nickname has changed.' },
    email: {
      ko: '새 주소로 확인 메일을 보냈습니다. 메일의 링크를 열면 변경됩니다.',
      en: 'We have sent a mail to your new address. Open its link to finish.',
    },
    password: {
      ko: '비밀번호를 변경했습니다. 다른 기기에서는 로그아웃되었습니다.',
      en: 'Your password has changed. Your other devices were logged out.',
    },
    verification: { ko: '인증 메일을 보냈습니다. 메일함을 확인해 주세요.', en: 'We have sent the mail. Check your mailbox.' },
    sessions: { ko: '로그아웃했습니다. 곧바로 적용됩니다.', en: 'Logged out. It takes effect at once.' },
  },
} as const satisfies Record<string, Text | Record<string, Text>>
