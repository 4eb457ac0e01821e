import type { Language } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import { dateTime } from '../format.ts'
import type { MailWords } from './mail-words.ts'
import { type ReminderMail, reminderWords } from './reminder-words.ts'
import { type ReservationMail, reservationWords } from './reservation-words.ts'

/** What a mail reports. Texts and links are made from it when it is sent. Times are ISO 8601. */
export type MailMessage =
  | { kind: 'verify_email'; nickname: string; token: string }
  | { kind: 'reset_password'; nickname: string; token: string }
  | { kind: 'change_email'; nickname: string; token: string }
  /** To the address that the account has so far. `newEmail`: the requested one. */
  | { kind: 'email_change_requested'; nickname: string; newEmail: string; at: string }
  /** To the address that the account had. */
  | { kind: 'email_changed'; nickname: string; newEmail: string; at: string }
  | { kind: 'password_changed'; nickname: string; at: string }
  | { kind: 'account_deleted'; nickname: string }
  | ReminderMail
  | ReservationMail

type AccountMail = Exclude<MailMessage, ReminderMail | ReservationMail>

export const MAIL_KINDS = [
  'verify_email',
  'reset_password',
  'change_email',
  'email_change_requested',
  'email_changed',
  'password_changed',
  'account_deleted',
  'opening_reminder',
  'reservation_confirmed',
  'reservation_cancelled',
] as const satisfies readonly MailMessage['kind'][]

/** How long the links in mails work. */
export const LINK_LIFE = { verifyHours: 24, resetMinutes: 30 } as const

/** The words of a mail in one language. */
export function wordsOf(message: MailMessage, language: Language): MailWords {
  if (message.kind === 'reservation_confirmed' || message.kind === 'reservation_cancelled') {
    return reservationWords(message, language)
  }
  if (message.kind === 'opening_reminder') return reminderWords(message, language)
  return language === 'ko' ? koreanWords(message) : englishWords(message)
}

function koreanWords(message: AccountMail): MailWords {
  const hello = `${message.nickname} 님, 안녕하세요.`
  const notYou = '본인이 아니라면 이 메일을 무시해 주세요. 아무 일도 일어나지 않습니다.'
  const stopIt = '본인이 아니라면 지금 바로 비밀번호를 재설정해 주세요.'
  switch (message.kind) {
    case 'verify_email':
      return {
        subject: '이메일 주소를 인증해 주세요',
        paragraphs: [
          hello,
          `NETicket에 가입해 주셔서 감사합니다. 아래 버튼을 눌러 이메일 인증을 마쳐 주세요. 링크는 ${LINK_LIFE.verifyHours}시간 동안 유효합니다.`,
        ],
        button: { text: '이메일 인증하기', path: paths.verification(message.token) },
        footnote: '가입한 적이 없다면 이 메일을 무시해 주세요.',
      }
    case 'reset_password':
      return {
        subject: '비밀번호 재설정 안내',
        paragraphs: [
          hello,
          `비밀번호 재설정을 요청하셨습니다. 링크는 ${LINK_LIFE.resetMinutes}분 동안 한 번만 사용할 수 있습니다.`,
        ],
        button: { text: '비밀번호 재설정', path: paths.reset(message.token) },
        footnote: `${notYou} 비밀번호는 그대로입니다.`,
      }
    case 'change_email':
      return {
        subject: '새 이메일 주소를 확인해 주세요',
        paragraphs: [
          hello,
          `이 주소를 NETicket 계정의 새 이메일로 등록하려면 ${LINK_LIFE.verifyHours}시간 안에 아래 버튼을 눌러 주세요. 계정에 로그인한 상태여야 합니다.`,
        ],
        button: { text: '새 이메일로 변경', path: paths.verification(message.token) },
        footnote: notYou,
      }
    case 'email_change_requested':
      return {
        subject: '이메일 변경 요청이 접수되었습니다',
        paragraphs: [
          hello,
          `${
            dateTime(message.at, 'ko')
          }에 계정 이메일을 ${message.newEmail}(으)로 바꾸겠다는 요청이 있었습니다. 새 주소에서 확인하기 전까지는 지금 이메일이 그대로 쓰입니다.`,
        ],
        button: { text: '비밀번호 재설정', path: paths.forgot },
        footnote: `${stopIt} 변경 요청도 함께 취소됩니다.`,
      }
    case 'email_changed':
      return {
        subject: '계정 이메일이 변경되었습니다',
        paragraphs: [
          hello,
          `${
            dateTime(message.at, 'ko')
          }에 계정 이메일이 ${message.newEmail}(으)로 변경되었습니다. 앞으로 이 주소로는 로그인할 수 없습니다.`,
        ],
        button: null,
        footnote: '본인이 변경하지 않았다면 이 메일을 보관하고 고객센터에 바로 알려 주세요.',
      }
    case 'password_changed':
      return {
        subject: '비밀번호가 변경되었습니다',
        paragraphs: [hello, `${dateTime(message.at, 'ko')}에 비밀번호가 변경되었고, 다른 기기에서는 로그아웃되었습니다.`],
        button: { text: '비밀번호 재설정', path: paths.forgot },
        footnote: stopIt,
      }
    case 'account_deleted':
      return {
        subject: '탈퇴가 완료되었습니다',
        paragraphs: [
          hello,
          '요청하신 대로 계정을 삭제했습니다. 이름과 이메일 등 개인정보는 모두 지워졌습니다. 그동안 이용해 주셔서 감사합니다.',
        ],
        button: null,
        footnote: '이 메일이 마지막으로 보내 드리는 메일입니다.',
      }
    default:
      return message satisfies never
  }
}

function englishWords(message: AccountMail): MailWords {
  const hello = `Hello ${message.nickname},`
  const notYou = 'If this wasn’t you, ignore this mail. Nothing will change.'
  const stopIt = 'If this wasn’t you, reset your password now.'
  switch (message.kind) {
    case 'verify_email':
      return {
        subject: 'Please verify your e-mail address',
        paragraphs: [
          hello,
          `Thank you for joining NETicket. Press the button to verify your address. The link works for ${LINK_LIFE.verifyHours} hours.`,
        ],
        button: { text: 'Verify my e-mail', path: paths.verification(message.token) },
        footnote: 'If you didn’t sign up, ignore this mail.',
      }
    case 'reset_password':
      return {
        subject: 'Reset your password',
        paragraphs: [hello, `You asked to reset your password. The link works once, for ${LINK_LIFE.resetMinutes} minutes.`],
        button: { text: 'Reset my password', path: paths.reset(message.token) },
        footnote: `${notYou} Your password stays the same.`,
      }
    case 'change_email':
      return {
        subject: 'Confirm your new e-mail address',
        paragraphs: [
          hello,
          `To use this address for your NETicket account, press the button within ${LINK_LIFE.verifyHours} hours while you are logged in.`,
        ],
        button: { text: 'Use this address', path: paths.verification(message.token) },
        footnote: notYou,
      }
    case 'email_change_requested':
      return {
        subject: 'A new e-mail address was requested',
        paragraphs: [
          hello,
          `On ${
            dateTime(message.at, 'en')
          } somebody asked to change the e-mail address of your account to ${message.newEmail}. Until it is confirmed there, your present address stays.`,
        ],
        button: { text: 'Reset my password', path: paths.forgot },
        footnote: `${stopIt} That also stops the change.`,
      }
    case 'email_changed':
      return {
        subject: 'Your e-mail address has changed',
        paragraphs: [
          hello,
          `On ${
            dateTime(message.at, 'en')
          } the e-mail address of your account changed to ${message.newEmail}. You can no longer log in with this one.`,
        ],
        button: null,
        footnote: 'If you didn’t do this, keep this mail and contact us at once.',
      }
    case 'password_changed':
      return {
        subject: 'Your password has changed',
        paragraphs: [hello, `Your password changed on ${dateTime(message.at, 'en')}. Your other devices were logged out.`],
        button: { text: 'Reset my password', path: paths.forgot },
        footnote: stopIt,
      }
    case 'account_deleted':
      return {
        subject: 'Your account has been deleted',
        paragraphs: [
          hello,
          'As you asked, we have deleted your account and erased your personal data. Thank you for the time with us.',
        ],
        button: null,
        footnote: 'This is the last mail that we send you.',
      }
    default:
      return message satisfies never
  }
}
