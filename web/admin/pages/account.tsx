import type { Language, Text } from '../../../edge/contract/language.ts'
import { paths } from '../../../edge/contract/paths.ts'
import { AdminDocument, type Viewer } from '../admin-document.tsx'
import { type SessionRow, SessionTable } from '../components/session-table.tsx'

type AccountProps = {
  language: Language
  viewer: Viewer
  email: string
  hasSecondFactor: boolean
  sessions: SessionRow[]
  /** Whether sessions were just ended. */
  isDone: boolean
}

/** An operator's own account: the second factor, and where they are logged in. */
export function AccountPage({ language, viewer, email, hasSecondFactor, sessions, isDone }: AccountProps) {
  return (
    <AdminDocument language={language} viewer={viewer} path={paths.admin.account} title={T.title[language]} lead={email}>
      {isDone && <p class='notice good' role='status'>{T.ended[language]}</p>}
      <section aria-labelledby='two-factor'>
        <h2 id='two-factor'>{T.twoFactor[language]}</h2>
        <p class={`notice ${hasSecondFactor ? 'good' : 'warn'}`}>{(hasSecondFactor ? T.on : T.off)[language]}</p>
        <p>
          <a class={`button ${hasSecondFactor ? 'secondary' : ''}`} href={paths.admin.twoFactor()}>
            {(hasSecondFactor ? T.manage : T.setUp)[language]}
          </a>
        </p>
      </section>
      <section aria-labelledby='sessions'>
        <h2 id='sessions'>{T.sessions[language]}</h2>
        <p class='muted'>{T.sessionsHint[language]}</p>
        <SessionTable language={language} sessions={sessions} endAction={paths.admin.endOwnSession} />
      </section>
    </AdminDocument>
  )
}

const T = {
  title: { ko: '내 계정', en: 'My account' },
  ended: { ko: '로그아웃했습니다. 모든 서버에서 곧바로 적용됩니다.', en: 'Logged out. It takes effect everywhere at once.' },
  twoFactor: { ko: '2단계 인증', en: 'Two-factor authentication' },
  on: { ko: '사용 중입니다.', en: 'It is on.' },
  off: { ko: '아직 설정하지 않았습니다.', en: 'It is not set up yet.' },
  manage: { ko: '관리', en: 'Manage' },
  setUp: { ko: '설정하기', en: 'Set it up' },
  sessions: { ko: '로그인된 기기', en: 'Where you are logged in' },
  sessionsHint: {
    ko: '모르는 기기가 있으면 로그아웃하고 비밀번호를 바꾸세요.',
    en: 'If you do not know a device, log it out and change your password.',
  },
} as const satisfies Record<string, Text>
