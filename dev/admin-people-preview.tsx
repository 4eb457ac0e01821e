import type { VNode } from 'preact'
import type { Language } from '../edge/contract/language.ts'
import type { Viewer } from '../web/admin/admin-document.tsx'
import { AuditPage, type AuditPageEntry } from '../web/admin/pages/audit.tsx'
import { AuditEntryPage } from '../web/admin/pages/audit-entry.tsx'
import { AccountPage } from '../web/admin/pages/account.tsx'
import { RecoveryCodesPage } from '../web/admin/pages/recovery-codes.tsx'
import { TwoFactorPage, type TwoFactorState } from '../web/admin/pages/two-factor.tsx'
import { type OperatorRow, PeoplePage } from '../web/admin/pages/people.tsx'
import { OperatorPage } from '../web/admin/pages/operator.tsx'
import { InvitationPage } from '../web/pages/invitation.tsx'
import type { SessionRow } from '../web/admin/components/session-table.tsx'
import { describeProblem } from '../edge/contract/problems.ts'
import { drawQrCode } from '../origin/qr-code.ts'

const HASH = '5f7c'.repeat(16)
const entry: AuditPageEntry = {
  id: 4_211,
  at: '2026-11-28T09:00:03.000Z',
  actor: { id: 1, nickname: '관리자', email: 'admin@neticket.local' },
  action: 'event.change',
  subject: 'event:7',
  reason: '음향 문제로 <b>남산</b> 공연장과 협의',
  address: '203.0.113.7',
  requestId: '01a20779-e460-7683-8278-e5fe340e79a3',
  hash: HASH,
}
const entries: AuditPageEntry[] = [
  entry,
  { ...entry, id: 4_210, action: 'operator.login', subject: 'user:1', reason: '' },
  { ...entry, id: 4_209, actor: null, action: 'some.other', subject: 'event:7', reason: '' },
  { ...entry, id: 4_208, actor: { id: 9, nickname: null, email: null }, action: 'event.seats' },
]
const NO_FILTER = { actor: '', action: '', subject: '', from: '', to: '' }

const session: SessionRow = {
  id: '01a20779-e460-7683-8278-e5fe340e79a3',
  createdAt: '2026-11-28T07:12:44.000Z',
  lastUsedAt: '2026-11-28T09:00:03.000Z',
  address: '203.0.113.7',
  userAgent: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/143.0.0.0 Safari/537.36',
  hasSecondFactor: true,
  isOwn: true,
}
const sessions: SessionRow[] = [
  session,
  { ...session, id: 'b', userAgent: 'curl/8 <b>남산</b>', isOwn: false, hasSecondFactor: false },
  { ...session, id: 'c', userAgent: '', address: null, isOwn: false },
]
const operator: OperatorRow = {
  id: 1,
  email: 'admin@neticket.local',
  nickname: '관리자',
  role: 'owner',
  hasSecondFactor: true,
  lastLoginAt: entry.at,
  sessions: 2,
}
const operators: OperatorRow[] = [
  operator,
  { ...operator, id: 2, nickname: '김매니저', role: 'manager', hasSecondFactor: false, lastLoginAt: null, sessions: 0 },
  { ...operator, id: 3, nickname: 'support1', email: `${'long.address.'.repeat(5)}of@support.example`, role: 'support' },
]
const EXPIRES = '2026-12-01T09:00:00.000Z'
const invitation = { id: 5, email: 'new@neticket.example', role: 'viewer' as const, expiresAt: EXPIRES }
const LINK = `https://tickets.example/invitation?token=${'a1B2'.repeat(11).slice(1)}`
const URI = 'otpauth://totp/NETicket:%EA%B4%80%EB%A6%AC%EC%9E%90?issuer=NETicket&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
const PENDING: TwoFactorState = {
  kind: 'pending',
  secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
  uri: URI,
  qr: drawQrCode(URI),
}
const CODES = Array.from({ length: 10 }, (_, i) => `ABCD-EFGH-IJKL-MN${22 + i}`)

/** The pages about operators and the audit log in every state. */
export function peoplePreviews(language: Language, viewer: Viewer): Record<string, VNode> {
  const audit = { language, viewer, entries, filter: NO_FILTER, next: 4_208, isFirst: true }
  const account = { language, viewer, email: 'admin@neticket.local', sessions, isDone: false }
  const factor = { language, viewer, isRequired: true, next: '/admin' }
  const wrong = describeProblem('validation_failed', language, { errors: [{ field: 'code', message: '다시 확인해 주세요.' }] })
  const people = { language, viewer, operators, ownId: 1, invitations: [invitation], entered: { email: '', role: 'viewer' } }
  const detail = { language, viewer, operator, sessions }
  const taken = describeProblem('already_operator', language)
  const last = describeProblem('last_owner', language)
  const invited = { language, email: invitation.email, role: invitation.role, token: 'token', nickname: '' }
  return {
    'admin people': <PeoplePage {...people} />,
    'admin people, invited': <PeoplePage {...people} invited={{ ...invitation, link: LINK }} />,
    'admin people, wrong': (
      <PeoplePage {...people} invitations={[]} entered={{ email: '"<b>', role: 'owner' }} problem={taken} done='removed' />
    ),
    'admin operator': <OperatorPage {...detail} />,
    'admin operator, last owner': <OperatorPage {...detail} failed={{ act: 'role', problem: last }} />,
    'admin operator, logged out': <OperatorPage {...detail} operator={operators[1]!} sessions={[]} done='sessions' />,
    ...Object.fromEntries((['new_account', 'login', 'confirm', 'other_account'] as const).map((state) => [
      `invitation, ${state}`,
      <InvitationPage key={state} {...invited} state={state} />,
    ])),
    'invitation, wrong': <InvitationPage {...invited} state='new_account' problem={wrong} />,
    'admin account': <AccountPage {...account} hasSecondFactor />,
    'admin account, without second factor': <AccountPage {...account} hasSecondFactor={false} isDone />,
    'admin two-factor': <TwoFactorPage {...factor} state={{ kind: 'none' }} />,
    'admin two-factor, setup': <TwoFactorPage {...factor} state={PENDING} />,
    'admin two-factor, setup, wrong': <TwoFactorPage {...factor} state={PENDING} problem={wrong} />,
    'admin two-factor, code': <TwoFactorPage {...factor} state={{ kind: 'code_needed' }} />,
    'admin two-factor, active': <TwoFactorPage {...factor} state={{ kind: 'active', since: entry.at, recoveryCodesLeft: 9 }} />,
    'admin recovery codes': <RecoveryCodesPage language={language} viewer={viewer} codes={CODES} />,
    'admin audit': <AuditPage {...audit} />,
    'admin audit, intact': <AuditPage {...audit} checked={{ kind: 'intact', rows: 4_211, hash: HASH }} />,
    'admin audit, tampered': <AuditPage {...audit} checked={{ kind: 'tampered', rows: 17, id: 4_208 }} />,
    'admin audit, cut': <AuditPage {...audit} checked={{ kind: 'tampered', rows: 17, id: null }} />,
    'admin audit, nothing': (
      <AuditPage {...audit} entries={[]} next={null} isFirst={false} filter={{ ...NO_FILTER, actor: '"<없음>' }} />
    ),
    'admin audit entry': (
      <AuditEntryPage
        language={language}
        viewer={viewer}
        entry={entry}
        detail={{
          changes: [
            { field: 'stopMessage', before: '', after: '음향 문제로 10분 뒤에 다시 시작합니다.' },
            { field: 'ticketTypes.1.seats', before: '120', after: '150' },
            { field: 'ticketTypes.2.id', before: null, after: '9' },
          ],
          others: [{ field: 'version', value: '12' }],
        }}
      />
    ),
    'admin audit entry, without detail': (
      <AuditEntryPage
        language={language}
        viewer={viewer}
        entry={{ ...entry, actor: null, reason: '', address: null, requestId: null, hash: null }}
        detail={{ changes: [], others: [] }}
      />
    ),
  }
}
