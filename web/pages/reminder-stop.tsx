import type { Language, Text } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import { Document } from '../components/document.tsx'
import { words } from '../text.ts'

/** The page of the link in reminders that stops all of them. Works without a login. */
export function ReminderStopPage({ language, token, isDone }: { language: Language; token: string; isDone: boolean }) {
  return (
    <Document language={language} title={T.title[language]} path={paths.reminderStop(token)}>
      <div class='narrow'>
        <h1>{T.title[language]}</h1>
        {isDone
          ? (
            <div class='notice good' role='status' tabindex={-1} data-focus>
              <p>
                <strong>{T.done[language]}</strong>
              </p>
              <p>{T.doneHint[language]}</p>
              <p>
                <a class='button' href={paths.home}>{words(language)('toEvents')}</a>
              </p>
            </div>
          )
          : (
            <form class='panel' method='post' action={paths.reminderStop(token)}>
              <p>{T.hint[language]}</p>
              <button class='button wide' type='submit'>{T.stop[language]}</button>
            </form>
          )}
      </div>
    </Document>
  )
}

const T = {
  title: { ko: '오픈 알림 끄기', en: 'Stop reminders' },
  hint: {
    ko: '버튼을 누르면 신청하신 오픈 알림을 모두 취소합니다. 예매와 계정에 관한 메일은 계속 보내 드립니다.',
    en: 'Press the button to cancel all your reminders of openings. Mails about bookings and your account still arrive.',
  },
  stop: { ko: '알림 모두 끄기', en: 'Stop all reminders' },
  done: { ko: '오픈 알림을 모두 껐습니다', en: 'Your reminders are off' },
  doneHint: {
    ko: '필요하면 공연 페이지에서 다시 신청할 수 있습니다.',
    en: 'You can set new ones on the pages of events.',
  },
} as const satisfies Record<string, Text>
