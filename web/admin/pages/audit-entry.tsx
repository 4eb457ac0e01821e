import type { Language, Text } from '../../../edge/contract/language.ts'
import { paths } from '../../../edge/contract/paths.ts'
import { AdminDocument, type Viewer } from '../admin-document.tsx'
import { DataTable } from '../components/data-table.tsx'
import { adminWords } from '../texts.ts'
import { actorName, type AuditPageEntry } from './audit.tsx'
import { actionName, fieldName, logTime } from './audit-texts.ts'

/** Values by their path in the detail, such as `ticketTypes.0.price`. A value that is missing on one side is null there. */
type Detail = {
  changes: { field: string; before: string | null; after: string | null }[]
  others: { field: string; value: string }[]
}

type AuditEntryProps = { language: Language; viewer: Viewer; entry: AuditPageEntry; detail: Detail }

/** One act: who, what, when, from where and why, and the values before and after. */
export function AuditEntryPage({ language, viewer, entry, detail }: AuditEntryProps) {
  const { id, at, actor, action, subject, reason } = entry
  const word = adminWords(language)
  return (
    <AdminDocument
      language={language}
      viewer={viewer}
      path={paths.admin.auditEntry(id)}
      title={actionName(action, language)}
      parent={{ href: paths.admin.audit, title: word('audit') }}
    >
      <dl class='facts panel'>
        <dt>{T.at[language]}</dt>
        <dd>
          <time dateTime={at}>{logTime(at)}</time> KST
        </dd>
        <dt>{T.actor[language]}</dt>
        <dd>
          {actorName(actor, language)}
          {actor?.email && <span class='muted small'>{` ${actor.email}`}</span>}
        </dd>
        <dt>{T.subject[language]}</dt>
        <dd>
          <code>{subject}</code>{' '}
          <a class='small' href={`${paths.admin.audit}?${new URLSearchParams({ subject })}`}>{T.history[language]}</a>
        </dd>
        <dt>{word('reason')}</dt>
        <dd>{reason || '–'}</dd>
        {detail.others.map(({ field, value }) => (
          <>
            <dt>{fieldName(field, language) || T.detail[language]}</dt>
            <dd class='value'>{value}</dd>
          </>
        ))}
      </dl>
      {detail.changes.length > 0 && <Changes language={language} changes={detail.changes} />}
      <Proof language={language} entry={entry} />
    </AdminDocument>
  )
}

function Changes({ language, changes }: { language: Language; changes: Detail['changes'] }) {
  return (
    <section aria-labelledby='changes'>
      <h2 id='changes'>{T.changes[language]}</h2>
      <DataTable
        caption={T.changes[language]}
        rows={changes}
        keyOf={({ field }) => field}
        columns={[
          { title: T.field[language], cell: ({ field }) => fieldName(field, language) },
          { title: T.before[language], cell: ({ before }) => before === null ? '–' : <del class='value'>{before}</del> },
          { title: T.after[language], cell: ({ after }) => after === null ? '–' : <ins class='value'>{after}</ins> },
        ]}
      />
    </section>
  )
}

/** What identifies the row, for an investigation. */
function Proof({ language, entry: { id, action, address, requestId, hash } }: Pick<AuditEntryProps, 'language' | 'entry'>) {
  return (
    <section aria-labelledby='proof'>
      <h2 id='proof'>{T.proof[language]}</h2>
      <dl class='facts panel small'>
        <dt>{T.number[language]}</dt>
        <dd>{id}</dd>
        <dt>{T.code[language]}</dt>
        <dd>
          <code>{action}</code>
        </dd>
        <dt>{T.address[language]}</dt>
        <dd>{address ?? '–'}</dd>
        <dt>{T.request[language]}</dt>
        <dd>
          <code class='hash'>{requestId ?? '–'}</code>
        </dd>
        <dt>SHA-256</dt>
        <dd>
          <code class='hash'>{hash ?? '–'}</code>
        </dd>
      </dl>
    </section>
  )
}

const T = {
  at: { ko: '시각', en: 'When' },
  actor: { ko: '운영자', en: 'Who' },
  subject: { ko: '대상', en: 'Subject' },
  history: { ko: '이 대상의 기록', en: 'Its history' },
  detail: { ko: '내용', en: 'Detail' },
  changes: { ko: '변경 내용', en: 'Changes' },
  field: { ko: '항목', en: 'Field' },
  before: { ko: '변경 전', en: 'Before' },
  after: { ko: '변경 후', en: 'After' },
  proof: { ko: '기록 정보', en: 'About this row' },
  number: { ko: '번호', en: 'No.' },
  code: { ko: '작업 코드', en: 'Code' },
  address: { ko: 'IP 주소', en: 'IP address' },
  request: { ko: '요청 번호', en: 'Request' },
} as const satisfies Record<string, Text>
