import type { Language, Text } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import { deviceName } from '../device-name.ts'
import { dateTime } from '../format.ts'

/** A session that can still be used. Times are ISO 8601. `isOwn`: the one in which the page is viewed. */
export type OwnSession = {
  id: string
  createdAt: string
  lastUsedAt: string
  address: string | null
  userAgent: string
  isOwn: boolean
}

/** A person's sessions, each with a button that ends it, and one for all others. */
export function OwnSessions({ language, sessions }: { language: Language; sessions: OwnSession[] }) {
  return (
    <>
      <ul class='own-sessions'>
        {sessions.map((session) => (
          <li key={session.id}>
            <SessionItem language={language} session={session} />
          </li>
        ))}
      </ul>
      {sessions.some(({ isOwn }) => !isOwn) && (
        <form method='post' action={paths.accountPart('sessions')}>
          <button class='button secondary' type='submit'>{T.endOthers[language]}</button>
        </form>
      )}
    </>
  )
}

function SessionItem({ language, session }: { language: Language; session: OwnSession }) {
  const { id, lastUsedAt, address, userAgent, isOwn } = session
  const device = deviceName(userAgent) ?? T.unknown[language]
  return (
    <>
      <span>
        <strong>{device}</strong> {isOwn && <span class='chip on-sale'>{T.own[language]}</span>}
        <span class='muted small'>
          {T.lastUse[language]} {dateTime(lastUsedAt, language)}
          {address && ` · ${address}`}
        </span>
      </span>
      {!isOwn && (
        <form method='post' action={paths.ownSession(id)}>
          <button class='button small secondary' type='submit' aria-label={`${T.end[language]}: ${device} ${address ?? ''}`}>
            {T.end[language]}
          </button>
        </form>
      )}
    </>
  )
}

const T = {
  own: { ko: '이 기기', en: 'This device' },
  unknown: { ko: '알 수 없는 기기', en: 'Unknown device' },
  lastUse: { ko: '최근 사용', en: 'Last used' },
  end: { ko: '로그아웃', en: 'Log out' },
  endOthers: { ko: '다른 기기 모두 로그아웃', en: 'Log out all other devices' },
} as const satisfies Record<string, Text>
