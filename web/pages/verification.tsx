import type { Language, Text } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import type { Problem } from '../../edge/contract/problems.ts'
import { Document } from '../components/document.tsx'
import { ProblemNotice } from '../components/notices.tsx'
import { words } from '../text.ts'

/**
 * `confirm`: a button that uses the link. `login`: the person must log in first. `other_account`: another one is logged in. `verified` and
 * `changed`: the result.
 */
export type VerificationState = 'confirm' | 'login' | 'other_account' | 'verified' | 'changed' | 'expired'

type VerificationProps = {
  language: Language
  state: VerificationState
  email?: string
  token?: string
  /** Whether somebody is logged in, who can request a new link. */
  isMember?: boolean
  problem?: Problem
}

/** The page of the link that verifies an address. */
export function VerificationPage(props: VerificationProps) {
  const { language, token, problem } = props
  return (
    <Document language={language} title={T.title[language]} path={paths.verification(token)}>
      <div class='narrow'>
        <h1>{T.title[language]}</h1>
        <ProblemNotice problem={problem} />
        <Step {...props} />
      </div>
    </Document>
  )
}

function Step({ language, state, email = '', token = '', isMember = false }: VerificationProps) {
  const word = words(language)
  switch (state) {
    case 'confirm':
      return (
        <form class='panel' method='post' action={paths.verification()}>
          <input type='hidden' name='token' value={token} />
          <p>
            <strong>{email}</strong>
          </p>
          <p>{T.confirmHint[language]}</p>
          <button class='button wide' type='submit'>{T.confirm[language]}</button>
        </form>
      )
    case 'login':
      return (
        <div class='panel'>
          <p>{T.login[language]}</p>
          <a class='button wide' href={paths.login(paths.verification(token))}>{word('login')}</a>
        </div>
      )
    case 'other_account':
      return (
        <form class='panel' method='post' action={paths.logout}>
          <p>{T.other[language]}</p>
          <button class='button wide' type='submit'>{word('logout')}</button>
        </form>
      )
    case 'verified':
    case 'changed':
      return <Result language={language} text={T[state][language]} />
    case 'expired':
      return (
        <>
          <p>{T.expiredHint[language]}</p>
          <p>
            <a class='button' href={isMember ? paths.account() : paths.login(paths.account())}>
              {isMember ? word('accountSettings') : word('login')}
            </a>
          </p>
        </>
      )
    default:
      return state satisfies never
  }
}

function Result({ language, text }: { language: Language; text: string }) {
  return (
    <div class='notice good' role='status' tabindex={-1} data-focus>
      <p>
        <strong>{text}</strong>
      </p>
      <p>
        <a class='button' href={paths.home}>{words(language)('toEvents')}</a>
      </p>
    </div>
  )
}

const T = {
  title: { ko: '이메일 인증', en: 'Verify your e-mail' },
  confirm: { ko: '이 이메일로 인증하기', en: 'Verify this address' },
  confirmHint: { ko: '버튼을 누르면 인증이 완료됩니다.', en: 'Press the button to finish.' },
  login: {
    ko: '이메일을 변경하려면 변경을 요청한 계정으로 로그인해 주세요. 요청한 적이 없다면 이 창을 닫아 주세요.',
    en: 'To change the address, log in with the account that requested it. If you did not request it, close this page.',
  },
  other: {
    ko:
      '다른 계정으로 로그인되어 있습니다. 로그아웃한 뒤 링크를 다시 열어 주세요. 변경을 요청한 적이 없다면 이 창을 닫아 주세요.',
    en: 'You are logged in with another account. Log out, then open the link again. If you did not request it, close this page.',
  },
  verified: { ko: '이메일 인증이 완료되었습니다', en: 'Your e-mail address is verified' },
  changed: { ko: '이메일이 변경되었습니다', en: 'Your e-mail address has changed' },
  expiredHint: {
    ko: '이미 인증을 마쳤다면 다시 하지 않아도 됩니다. 계정 설정에서 인증 상태를 확인하고 새 링크를 받을 수 있습니다.',
    en: 'If you have verified your address already, you are done. Account settings show it, and send you a new link.',
  },
} as const satisfies Record<string, Text>
