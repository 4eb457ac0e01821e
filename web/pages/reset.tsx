import type { Language, Text } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import type { Problem } from '../../edge/contract/problems.ts'
import { Document } from '../components/document.tsx'
import { NewPasswordField } from '../components/fields.tsx'
import { ProblemNotice } from '../components/notices.tsx'
import { words } from '../text.ts'

type ResetProps = { language: Language; state: 'form' | 'done' | 'expired'; token?: string; problem?: Problem }

/** Chooses a new password with the link of a mail. */
export function ResetPage({ language, state, token = '', problem }: ResetProps) {
  return (
    <Document language={language} title={T.title[language]} path={paths.reset(token)}>
      <div class='narrow'>
        <h1>{T.title[language]}</h1>
        <ProblemNotice problem={problem} />
        <Step language={language} state={state} token={token} problem={problem} />
      </div>
    </Document>
  )
}

function Step(
  { language, state, token, problem }: Required<Pick<ResetProps, 'language' | 'state' | 'token'>> & {
    problem: Problem | undefined
  },
) {
  switch (state) {
    case 'form':
      return (
        <form class='panel' method='post' action={paths.reset()}>
          <input type='hidden' name='token' value={token} />
          <NewPasswordField language={language} problem={problem} label={T.newPassword[language]} />
          <p class='hint'>{T.sessions[language]}</p>
          <button class='button wide' type='submit'>{T.save[language]}</button>
        </form>
      )
    case 'done':
      return (
        <div class='notice good' role='status' tabindex={-1} data-focus>
          <p>
            <strong>{T.done[language]}</strong>
          </p>
          <p>{T.doneHint[language]}</p>
          <p>
            <a class='button' href={paths.login()}>{words(language)('login')}</a>
          </p>
        </div>
      )
    case 'expired':
      return (
        <p>
          <a class='button' href={paths.forgot}>{T.newLink[language]}</a>
        </p>
      )
    default:
      return state satisfies never
  }
}

const T = {
  title: { ko: '새 비밀번호 설정', en: 'Choose a new password' },
  newPassword: { ko: '새 비밀번호', en: 'New password' },
  sessions: {
    ko: '변경하면 모든 기기에서 로그아웃됩니다.',
    en: 'All devices are logged out when you change it.',
  },
  save: { ko: '비밀번호 변경', en: 'Change my password' },
  done: { ko: '비밀번호를 변경했습니다', en: 'Your password has changed' },
  doneHint: { ko: '새 비밀번호로 로그인해 주세요.', en: 'Log in with your new password.' },
  newLink: { ko: '새 링크 받기', en: 'Get a new link' },
} as const satisfies Record<string, Text>
