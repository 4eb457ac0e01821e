import type { Language, Text } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import { Document } from '../components/document.tsx'
import { words } from '../text.ts'

/** Shown after an account was deleted. */
export function AccountDeletedPage({ language }: { language: Language }) {
  return (
    <Document language={language} title={T.title[language]} path={paths.accountDeleted}>
      <div class='narrow'>
        <h1>{T.title[language]}</h1>
        <p>{T.hint[language]}</p>
        <p>
          <a class='button' href={paths.home}>{words(language)('toEvents')}</a>
        </p>
      </div>
    </Document>
  )
}

const T = {
  title: { ko: '탈퇴가 완료되었습니다', en: 'Your account is deleted' },
  hint: {
    ko: '이메일과 닉네임을 지웠고, 모든 기기에서 로그아웃되었습니다. 그동안 이용해 주셔서 감사합니다.',
    en: 'We have erased your e-mail and nickname, and logged out all devices. Thank you for the time with us.',
  },
} as const satisfies Record<string, Text>
