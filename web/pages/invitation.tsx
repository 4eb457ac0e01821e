import type { Language, Text } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import type { Problem } from '../../edge/contract/problems.ts'
import type { OperatorRole } from '../../edge/contract/roles.ts'
import { ROLE_NAMES } from '../admin/texts.ts'
import { Document } from '../components/document.tsx'
import { NewPasswordField, NicknameField } from '../components/fields.tsx'
import { ProblemNotice } from '../components/notices.tsx'
import { words } from '../text.ts'

/** What the person does next: make an account, log in, accept, or log out of another account first. */
export type InvitationState = 'new_account' | 'login' | 'confirm' | 'other_account'

type InvitationProps = {
  language: Language
  email: string
  role: OperatorRole
  state: InvitationState
  token: string
  nickname: string
  problem?: Problem | undefined
}

/** An invitation to become an operator. */
export function InvitationPage(props: InvitationProps) {
  const { language, email, role, token, problem } = props
  return (
    <Document language={language} title={T.title[language]} path={paths.invitation(token)}>
      <div class='narrow'>
        <h1>{T.title[language]}</h1>
        <p class='lead'>{leadOf(email, ROLE_NAMES[role][language], language)}</p>
        <ProblemNotice problem={problem} />
        <Step {...props} />
      </div>
    </Document>
  )
}

const leadOf = (email: string, role: string, language: Language) =>
  language === 'ko'
    ? `${email} 님을 NETicket 운영자(${role})로 초대합니다.`
    : `${email} is invited to run NETicket as an operator (${role}).`

function Step({ language, state, token, nickname, problem }: InvitationProps) {
  const word = words(language)
  switch (state) {
    case 'new_account':
      return (
        <form class='panel' method='post' action={paths.invitation()}>
          <input type='hidden' name='token' value={token} />
          <NicknameField language={language} problem={problem} value={nickname} />
          <NewPasswordField language={language} problem={problem} />
          <button class='button wide' type='submit'>{T.join[language]}</button>
        </form>
      )
    case 'login':
      return (
        <div class='panel'>
          <p>{T.hasAccount[language]}</p>
          <a class='button wide' href={paths.login(paths.invitation(token))}>{word('login')}</a>
        </div>
      )
    case 'confirm':
      return (
        <form class='panel' method='post' action={paths.invitation()}>
          <input type='hidden' name='token' value={token} />
          <p>{T.confirm[language]}</p>
          <button class='button wide' type='submit'>{T.join[language]}</button>
        </form>
      )
    case 'other_account':
      return (
        <form class='panel' method='post' action={paths.logout}>
          <p>{T.other[language]}</p>
          <button class='button wide' type='submit'>{word('logout')}</button>
        </form>
      )
    default:
      return state satisfies never
  }
}

const T = {
  title: { ko: '운영자 초대', en: 'Invitation' },
  join: { ko: '초대 수락', en: 'Accept the invitation' },
  hasAccount: {
    ko: '이 이메일에는 이미 계정이 있습니다. 로그인하면 초대를 수락할 수 있습니다.',
    en: 'This e-mail already has an account. Log in to accept.',
  },
  confirm: {
    ko: '수락하면 이 계정으로 관리 페이지를 쓸 수 있고, 다른 기기에서는 로그아웃됩니다.',
    en: 'With this account you can then use the admin pages. Your other devices are logged out.',
  },
  other: {
    ko: '다른 계정으로 로그인되어 있습니다. 로그아웃한 뒤 초대 링크를 다시 열어 주세요.',
    en: 'You are logged in with another account. Log out, then open the link again.',
  },
} as const satisfies Record<string, Text>
