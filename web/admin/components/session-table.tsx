import type { Language, Text } from '../../../edge/contract/language.ts'
import { deviceName } from '../../device-name.ts'
import { logTime } from '../pages/audit-texts.ts'
import { DataTable } from './data-table.tsx'

/** A session that can still be used. Times are ISO 8601. `isOwn`: the one in which the page is viewed. */
export type SessionRow = {
  id: string
  createdAt: string
  lastUsedAt: string
  address: string | null
  userAgent: string
  hasSecondFactor: boolean
  isOwn: boolean
}

type SessionTableProps = {
  language: Language
  sessions: SessionRow[]
  /** Where the form that ends a session is sent. */
  endAction(id: string): string
}

/** An operator's sessions, each with a button that ends it. */
export function SessionTable({ language, sessions, endAction }: SessionTableProps) {
  return (
    <DataTable
      caption={T.sessions[language]}
      rows={sessions}
      keyOf={({ id }) => id}
      columns={[
        {
          title: T.device[language],
          cell: ({ userAgent, isOwn }) => (
            <>
              {deviceName(userAgent) ?? T.unknown[language]} {isOwn && <span class='chip on-sale'>{T.own[language]}</span>}
            </>
          ),
        },
        { title: T.address[language], cell: ({ address }) => address ?? '–' },
        { title: T.login[language], cell: ({ createdAt }) => logTime(createdAt) },
        { title: T.lastUse[language], cell: ({ lastUsedAt }) => logTime(lastUsedAt) },
        { title: T.factor[language], cell: ({ hasSecondFactor }) => (hasSecondFactor ? T.yes : T.no)[language] },
        {
          title: T.act[language],
          cell: ({ id, isOwn, userAgent, address }) =>
            isOwn ? '–' : (
              <form method='post' action={endAction(id)}>
                <button
                  class='button small secondary'
                  type='submit'
                  aria-label={`${T.end[language]}: ${deviceName(userAgent) ?? T.unknown[language]} ${address ?? ''}`}
                >
                  {T.end[language]}
                </button>
              </form>
            ),
        },
      ]}
    />
  )
}

const T = {
  sessions: { ko: '로그인된 기기', en: 'Sessions' },
  device: { ko: '기기', en: 'Device' },
  own: { ko: '이 기기', en: 'This device' },
  unknown: { ko: '알 수 없는 기기', en: 'Unknown device' },
  address: { ko: 'IP 주소', en: 'IP address' },
  login: { ko: '로그인', en: 'Logged in' },
  lastUse: { ko: '최근 사용', en: 'Last used' },
  factor: { ko: '2단계 인증', en: 'Two-factor' },
  yes: { ko: '완료', en: 'Yes' },
  no: { ko: '아니요', en: 'No' },
  act: { ko: '작업', en: 'Act' },
  end: { ko: '로그아웃', en: 'Log out' },
} as const satisfies Record<string, Text>
