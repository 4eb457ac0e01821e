import type { Language, Text } from '../../../edge/contract/language.ts'
import { paths } from '../../../edge/contract/paths.ts'
import { AdminDocument, type Viewer } from '../admin-document.tsx'

/** New recovery codes, which are shown once. */
export function RecoveryCodesPage({ language, viewer, codes }: { language: Language; viewer: Viewer; codes: string[] }) {
  return (
    <AdminDocument
      language={language}
      viewer={viewer}
      path={paths.admin.twoFactor()}
      title={T.title[language]}
      parent={{ href: paths.admin.account, title: T.account[language] }}
    >
      <div class='notice warn' role='status'>
        <p>
          <strong>{T.once[language]}</strong>
        </p>
        <p>{T.keep[language]}</p>
      </div>
      <ul class='panel recovery-codes'>
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <p>
        <a class='button' href={paths.admin.home}>{T.done[language]}</a>
      </p>
    </AdminDocument>
  )
}

const T = {
  title: { ko: '복구 코드', en: 'Recovery codes' },
  account: { ko: '내 계정', en: 'My account' },
  once: { ko: '이 코드는 지금 한 번만 표시됩니다', en: 'These codes are shown only now' },
  keep: {
    ko: '휴대전화와 다른 곳에 보관하세요. 인증 앱을 쓸 수 없을 때 코드 하나로 한 번 로그인할 수 있습니다.',
    en: 'Keep them somewhere other than your phone. If you lose your app, each code logs you in once.',
  },
  done: { ko: '보관했습니다', en: 'I have kept them' },
} as const satisfies Record<string, Text>
