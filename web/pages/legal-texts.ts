import type { Text } from '../../edge/contract/language.ts'

export type LegalSection = { heading: Text; points: readonly Text[] }

const t = (ko: string, en: string): Text => ({ ko, en })

/** The terms of use. Change TERMS_VERSION with them. An organiser who runs a shop must replace them with their own. */
export const TERMS: readonly LegalSection[] = [
  {
    heading: t('계정', 'Your account'),
    points: [
      t(
        '한 사람이 계정 하나를 씁니다. 예매는 계정으로 하며, 1인 구매 한도도 계정마다 적용됩니다.',
        'One person has one account. You book with it, and the limit per person counts per account.',
      ),
      t(
        '비밀번호는 다른 사람에게 알려 주지 마세요. 모르는 기기가 보이면 계정 설정에서 로그아웃하고 비밀번호를 바꿔 주세요.',
        'Keep your password to yourself. If you see a device that you don’t know, log it out in the account settings and change your password.',
      ),
      t(
        '계정은 언제든 탈퇴할 수 있습니다. 예정된 공연의 예매가 있으면 먼저 취소해야 합니다.',
        'You can delete your account at any time. Reservations for coming events must be cancelled first.',
      ),
    ],
  },
  {
    heading: t('대기열과 예매', 'Queue and booking'),
    points: [
      t(
        '예매 오픈 전에 대기실에 들어온 분들의 순서는 추첨으로, 그 뒤에는 도착한 순서로 정해집니다. 추첨 결과는 누구나 확인할 수 있습니다.',
        'Those who are in the waiting room before the opening get their positions by a draw that anyone can verify; after it, first come, first served.',
      ),
      t(
        '순서나 좌석을 더 얻으려고 프로그램을 쓰거나 계정을 여러 개 만들면 순서와 예매가 취소될 수 있습니다.',
        'Positions and reservations may be cancelled if programs or several accounts were used to gain more of them.',
      ),
      t(
        '예매 확정을 누르면 예매가 이루어집니다. 지금은 이 사이트에서 결제하지 않습니다.',
        'A reservation is made when you confirm it. No payment is taken on this site at present.',
      ),
    ],
  },
  {
    heading: t('취소', 'Cancellation'),
    points: [
      t(
        '공연 전날까지 마이페이지에서 전부 또는 일부를 취소할 수 있습니다. 취소한 좌석은 바로 다시 판매됩니다.',
        'You can cancel all or some of your tickets under My page until the day before the event. The seats go back on sale right away.',
      ),
      t(
        '주최 측이 공연을 취소하면 모든 예매가 자동으로 취소됩니다.',
        'If the organiser cancels the event, all its reservations are cancelled automatically.',
      ),
    ],
  },
  {
    heading: t('서비스', 'The service'),
    points: [
      t(
        '장애가 생겨도 확정된 예매는 보관됩니다. 장애로 예매하지 못한 경우의 보상은 약속하지 않습니다.',
        'Confirmed reservations are kept through outages. We promise no compensation for bookings that an outage prevented.',
      ),
      t('약관이 바뀌면 새 시행일과 함께 이 화면에 알립니다.', 'When these terms change, this page shows them with a new date.'),
    ],
  },
]

/** The privacy notice: what the shop stores, for how long, and who sees it. Change TERMS_VERSION with it. */
export const PRIVACY: readonly LegalSection[] = [
  {
    heading: t('저장하는 정보', 'What we store'),
    points: [
      t(
        '계정: 이메일, 닉네임, 비밀번호의 해시(Argon2id, 원래 비밀번호는 저장하지 않습니다), 이메일 인증 시각, 약관 동의 버전과 시각, 가입 시각.',
        'Account: e-mail, nickname, a hash of your password (Argon2id; never the password), when the e-mail was verified, which terms you accepted and when, when you signed up.',
      ),
      t(
        '로그인: 기기(브라우저) 이름, IP 주소, 로그인과 최근 사용 시각.',
        'Logins: the name of the browser, the IP address, the times of the login and of the last use.',
      ),
      t(
        '예매: 공연, 등급, 매수, 금액, 예매와 취소 시각.',
        'Reservations: event, ticket type, number, price, times of booking and cancellation.',
      ),
      t(
        '메일: 받는 주소, 종류, 시각. 내용은 보내기 전까지만 암호화해 보관합니다.',
        'Mails: address, kind, time. The content is kept encrypted, and only until it is sent.',
      ),
      t(
        '오픈 알림: 공연, 언어, 신청 시각. 오픈 다음 날 지웁니다.',
        'Reminders of openings: event, language, when you asked. They are deleted on the day after the opening.',
      ),
    ],
  },
  {
    heading: t('쿠키', 'Cookies'),
    points: [
      t(
        '로그인 유지, 기기 확인, 대기 순서, 언어 선택에 필요한 쿠키만 씁니다. 광고나 분석용 쿠키는 없습니다.',
        'Only those that logins, known devices, queue positions and your language need. None for advertising or analytics.',
      ),
    ],
  },
  {
    heading: t('보관 기간', 'How long'),
    points: [
      t(
        '로그인 기록은 로그아웃하거나 14일 동안 쓰지 않으면, 최대 30일이 지나면 지웁니다. 보낸 메일의 기록은 일주일 뒤 지웁니다.',
        'Logins: until you log out, for 14 days without use, and 30 days at most. Records of mails: one week.',
      ),
      t(
        '계정 정보는 탈퇴할 때 바로 지웁니다. 지난 예매는 누구의 것인지 알 수 없는 기록으로 남습니다. 백업에는 보관 기간이 끝날 때까지 남을 수 있습니다.',
        'The account: until you delete it. Past reservations stay without your name. Backups may have it until they expire.',
      ),
      t(
        '접속 기록(IP 주소, 요청 경로, 계정 번호)은 장애와 공격을 확인하기 위해 정해진 기간만 보관합니다. 이메일은 기록하지 않습니다.',
        'Logs (IP address, path, account number) are kept for a limited time, to find faults and attacks. They have no e-mail addresses.',
      ),
    ],
  },
  {
    heading: t('누가 볼 수 있나요', 'Who sees it'),
    points: [
      t(
        '예매를 돕는 운영자만 이메일, 닉네임, 예매 내역을 볼 수 있고, 내려받은 기록은 남습니다. 다른 회사에 팔거나 넘기지 않습니다.',
        'Operators who help with reservations see e-mail, nickname and reservations; their exports are recorded. We sell or give nothing to other companies.',
      ),
      t(
        '서버와 메일 발송을 맡은 업체가 저희 지시에 따라 정보를 처리합니다.',
        'The companies that run our servers and send our mails process it on our behalf.',
      ),
    ],
  },
  {
    heading: t('내 권리', 'Your rights'),
    points: [
      t(
        '계정 설정에서 내 정보를 내려받고, 고치고, 지울 수 있습니다.',
        'You can download, correct and delete your data in the account settings.',
      ),
    ],
  },
]
