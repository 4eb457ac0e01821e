import type { Language, Text } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import { dateTime } from '../format.ts'
import { words } from '../text.ts'
import type { MailWords } from './mail-words.ts'

const t = (ko: string, en: string): Text => ({ ko, en })

/** A mail before a sale opens. Times are ISO 8601; `zone` is that of the venue. `stopToken`: for the link that ends all reminders. */
export type ReminderMail = {
  kind: 'opening_reminder'
  nickname: string
  eventId: number
  event: string
  venue: string
  startsAt: string
  zone: string
  opensAt: string
  stopToken: string
}

const T = {
  intro: t(
    '알림을 신청하신 공연의 예매가 곧 열립니다. 미리 로그인하고 대기실에 들어가 계시면 오픈과 동시에 추첨 순번을 받습니다.',
    'The sale that you asked us about opens soon. Log in and enter the waiting room before it opens, so that you take part in the draw.',
  ),
  event: t('공연', 'Event'),
  startsAt: t('공연 일시', 'Date'),
  venue: t('장소', 'Venue'),
  open: t('공연 페이지 열기', 'Go to the event'),
  why: t('오픈 알림을 신청하셔서 보내 드리는 메일입니다.', 'You get this mail because you asked for a reminder.'),
  stop: t('오픈 알림 모두 끄기', 'Stop all reminders'),
}

/** The words of a reminder. */
export function reminderWords(mail: ReminderMail, language: Language): MailWords {
  const { [language]: hello } = t(`${mail.nickname} 님, 안녕하세요.`, `Hello ${mail.nickname},`)
  const opening = dateTime(mail.opensAt, language)
  return {
    subject: t(`곧 예매가 열립니다 · ${mail.event}`, `On sale soon · ${mail.event}`)[language],
    paragraphs: [hello, T.intro[language]],
    facts: [
      [words(language)('opensAt'), opening],
      [T.event[language], mail.event],
      [T.startsAt[language], dateTime(mail.startsAt, language, mail.zone)],
      [T.venue[language], mail.venue],
    ],
    button: { text: T.open[language], path: paths.event(mail.eventId) },
    footnote: T.why[language],
    stop: { text: T.stop[language], path: paths.reminderStop(mail.stopToken) },
  }
}
