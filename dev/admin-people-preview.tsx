import type { VNode } from 'preact'
import type { Language } from '../edge/contract/language.ts'
import type { Viewer } from '../web/admin/admin-document.tsx'
import { AuditPage, type AuditPageEntry } from '../web/admin/pages/audit.tsx'
import { AuditEntryPage } from '../web/admin/pages/audit-entry.tsx'

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

/** The pages about operators and the audit log in every state. */
export function peoplePreviews(language: Language, viewer: Viewer): Record<string, VNode> {
  const audit = { language, viewer, entries, filter: NO_FILTER, next: 4_208, isFirst: true }
  return {
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
