import type { Language, Text } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import type { Problem } from '../../edge/contract/problems.ts'
import { Document } from '../components/document.tsx'
import { EmailField } from '../components/fields.tsx'
import { ProblemNotice } from '../components/notices.tsx'
import { LINK_LIFE } from '../mail/messages.ts'
import { words } from '../text.ts'

type ForgotProps = { language: Language; isSent: boolean; email?: string; problem?: Problem }

/** Requests a link that resets the password. The answer is the same for an address without an account. */
export function ForgotPage({ language, isSent, email = '', problem }: ForgotProps) {
  return (
    <Document language={language} title={T.title[language]} path={paths.forgot}>
      <div class='narrow'>
        <h1>{T.title[language]}</h1>
        <ProblemNotice problem={problem} />
        {isSent ? <Sent language={language} /> : (
          <form class='panel' method='post' action={paths.forgot}>
            <p>{T.lead[language]}</p>
            <EmailField language={language} problem={problem} value={email} />
            <button class='button wide' type='submit'>{T.send[language]}</button>
          </form>
        )}
        <p>
          <a href={paths.login()}>{words(language)('login')}</a>
        </p>
      </div>
    </Document>
  )
}

function Sent({ language }: { language: Language }) {
  return (
    <div class='notice good' role='status' tabindex={-1} data-focus>
      <p>
        <strong>{T.sent[language]}</strong>
      </p>
      <p>{T.sentHint[language]}</p>
      <p>
        <a href={paths.forgot}>{T.again[language]}</a>
      </p>
    </div>
  )
}

const T = {
  title: { ko: '비밀번호 재설정', en: 'Reset your password' },
  lead: {
    ko: '가입한 이메일을 입력하면 비밀번호를 새로 정할 수 있는 링크를 보내 드립니다.',
    en: 'Enter the e-mail of your account, and we send you a link to choose a new password.',
  },
  send: { ko: '링크 받기', en: 'Send me the link' },
  sent: { ko: '메일함을 확인해 주세요', en: 'Check your mailbox' },
  sentHint: {
    ko:
      `가입된 이메일이라면 몇 분 안에 메일이 도착합니다. 링크는 ${LINK_LIFE.resetMinutes}분 동안 유효합니다. 보이지 않으면 스팸함을 확인해 주세요.`,
    en:
      `If this e-mail has an account, a mail arrives within minutes. Its link works for ${LINK_LIFE.resetMinutes} minutes. Check your spam folder too.`,
  },
  again: { ko: '다른 이메일로 다시 시도', en: 'Try another e-mail' },
} as const satisfies Record<string, Text>
