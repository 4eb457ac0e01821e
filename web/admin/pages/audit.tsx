import type { Language, Text } from '../../../edge/contract/language.ts'
import { paths } from '../../../edge/contract/paths.ts'
import { EmptyNotice } from '../../components/notices.tsx'
import { count } from '../../format.ts'
import { AdminDocument, type Viewer } from '../admin-document.tsx'
import { DataTable } from '../components/data-table.tsx'
import { adminWords } from '../texts.ts'
import { ACTION_GROUPS, ACTION_NAMES, actionName, logTime } from './audit-texts.ts'

/** `at`: ISO 8601. `actor`: null for a command and for a background job. `hash`: hexadecimal. */
export type AuditPageEntry = {
  id: number
  at: string
  actor: { id: number; nickname: string | null; email: string | null } | null
  action: string
  subject: string
  reason: string
  address: string | null
  requestId: string | null
  hash: string | null
}

/** What the person entered; empty texts do not restrict. Days are `2026-11-28`. */
export type AuditPageFilter = { actor: string; action: string; subject: string; from: string; to: string }

/** The result of a check of the chain. `id`: the first row that does not follow; null if rows are missing at the end. */
export type AuditCheck =
  | { kind: 'intact'; rows: number; hash: string }
  | { kind: 'tampered'; rows: number; id: number | null }

type AuditPageProps = {
  language: Language
  viewer: Viewer
  filter: AuditPageFilter
  entries: AuditPageEntry[]
  /** The value of `before` that shows the next page; null on the last one. */
  next: number | null
  isFirst: boolean
  checked?: AuditCheck | undefined
}

export function AuditPage({ language, viewer, filter, entries, next, isFirst, checked }: AuditPageProps) {
  const query = queryOf(filter)
  return (
    <AdminDocument
      language={language}
      viewer={viewer}
      path={paths.admin.audit}
      title={adminWords(language)('audit')}
      lead={T.lead[language]}
      actions={<Actions language={language} query={query} />}
    >
      {checked && <CheckNotice language={language} checked={checked} />}
      <FilterForm language={language} filter={filter} />
      <section aria-label={T.acts[language]}>
        {entries.length === 0
          ? (
            <EmptyNotice title={T.nothing[language]} hint={T.nothingHint[language]}>
              <a class='button secondary' href={paths.admin.audit}>{T.showAll[language]}</a>
            </EmptyNotice>
          )
          : <ActTable language={language} entries={entries} />}
        {(next !== null || !isFirst) && (
          <nav class='pager' aria-label={T.pages[language]}>
            {!isFirst && <a href={`${paths.admin.audit}?${query}`}>{T.latest[language]}</a>}
            {next !== null && <a rel='next' href={`${paths.admin.audit}?${withBefore(filter, next)}`}>{T.older[language]}</a>}
          </nav>
        )}
      </section>
    </AdminDocument>
  )
}

function Actions({ language, query }: { language: Language; query: string }) {
  return (
    <>
      <a class='button secondary' href={`${paths.admin.auditExport}?${query}`} download>{T.export[language]}</a>
      <form method='post' action={paths.admin.auditCheck}>
        <button class='button' type='submit'>{T.check[language]}</button>
      </form>
    </>
  )
}

function ActTable({ language, entries }: { language: Language; entries: AuditPageEntry[] }) {
  return (
    <DataTable
      caption={T.acts[language]}
      rows={entries}
      keyOf={({ id }) => id}
      columns={[
        {
          title: T.act[language],
          cell: ({ id, action }) => <a href={paths.admin.auditEntry(id)}>{actionName(action, language)}</a>,
        },
        { title: T.at[language], cell: ({ at }) => <time dateTime={at}>{logTime(at)}</time> },
        { title: T.actor[language], cell: ({ actor }) => actorName(actor, language) },
        { title: T.subject[language], cell: ({ subject }) => <code>{subject}</code> },
        { title: adminWords(language)('reason'), cell: ({ reason }) => reason || '–' },
      ]}
    />
  )
}

export const actorName = (actor: AuditPageEntry['actor'], language: Language): string =>
  actor === null ? T.system[language] : actor.nickname ?? `${T.account[language]} ${actor.id}`

function CheckNotice({ language, checked }: { language: Language; checked: AuditCheck }) {
  const rows = count(checked.rows, language)
  if (checked.kind === 'intact') {
    return (
      <div class='notice good' role='status' tabindex={-1} data-focus>
        <p>
          <strong>{T.intact[language]}</strong>
        </p>
        <p>{language === 'ko' ? `기록 ${rows}건의 연결을 확인했습니다.` : `The chain of ${rows} rows was checked.`}</p>
        <p class='small'>
          {T.lastHash[language]}: <code class='hash'>{checked.hash}</code>
        </p>
      </div>
    )
  }
  return (
    <div class='notice problem' role='alert' tabindex={-1} data-focus>
      <p>
        <strong>{T.tampered[language]}</strong>
      </p>
      <p>
        {checked.id === null
          ? T.missing[language]
          : <a href={paths.admin.auditEntry(checked.id)}>{firstTampered(checked.id, language)}</a>}
      </p>
      <p>{language === 'ko' ? `그 앞의 기록 ${rows}건은 정상입니다.` : `The ${rows} rows before are intact.`}</p>
    </div>
  )
}

const firstTampered = (id: number, language: Language) =>
  language === 'ko' ? `처음 어긋난 기록: ${id}번` : `The first row that does not match: no. ${id}`

function FilterForm({ language, filter }: { language: Language; filter: AuditPageFilter }) {
  const isSet = Object.values(filter).some((value) => value !== '')
  return (
    <form class='filters' method='get' action={paths.admin.audit} role='search'>
      <div>
        <label for='actor'>{T.actor[language]}</label>
        <input id='actor' name='actor' value={filter.actor} maxLength={254} placeholder={T.actorHint[language]} />
      </div>
      <div>
        <label for='action'>{T.act[language]}</label>
        <ActionSelect language={language} chosen={filter.action} />
      </div>
      <div>
        <label for='subject'>{T.subject[language]}</label>
        <input id='subject' name='subject' value={filter.subject} maxLength={120} placeholder='event:7' />
      </div>
      <div>
        <label for='from'>{T.from[language]}</label>
        <input id='from' name='from' type='date' value={filter.from} />
      </div>
      <div>
        <label for='to'>{T.to[language]}</label>
        <input id='to' name='to' type='date' value={filter.to} />
      </div>
      <div class='filter-actions'>
        <button class='button' type='submit'>{adminWords(language)('search')}</button>
        {isSet && <a href={paths.admin.audit}>{T.showAll[language]}</a>}
      </div>
    </form>
  )
}

/** All acts by their names. A kind of acts, which only an address can have, is shown as it is. */
function ActionSelect({ language, chosen }: { language: Language; chosen: string }) {
  const isListed = chosen === '' || chosen in ACTION_NAMES
  return (
    <select id='action' name='action'>
      <option value=''>{T.anyAct[language]}</option>
      {!isListed && <option value={chosen} selected>{chosen}</option>}
      {ACTION_GROUPS.map(({ section, actions }) => (
        <optgroup key={section} label={adminWords(language)(section)}>
          {actions.map((action) => (
            <option key={action} value={action} selected={action === chosen}>{actionName(action, language)}</option>
          ))}
        </optgroup>
      ))}
    </select>
  )
}

const queryOf = (filter: AuditPageFilter): string =>
  String(new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== '')))

const withBefore = (filter: AuditPageFilter, before: number): string =>
  String(new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== '').concat([['before', String(before)]])))

const T = {
  lead: {
    ko: '운영자의 모든 작업과 로그인이 기록됩니다. 시각은 한국 시간입니다.',
    en: 'Every act and every login of an operator. Times are in Korea.',
  },
  acts: { ko: '작업', en: 'Acts' },
  act: { ko: '작업', en: 'Act' },
  anyAct: { ko: '모든 작업', en: 'Any act' },
  at: { ko: '시각', en: 'When' },
  actor: { ko: '운영자', en: 'Who' },
  actorHint: { ko: '닉네임, 이메일 또는 번호', en: 'Nickname, e-mail or id' },
  subject: { ko: '대상', en: 'Subject' },
  from: { ko: '시작일', en: 'From' },
  to: { ko: '종료일', en: 'To' },
  system: { ko: '시스템', en: 'System' },
  account: { ko: '계정', en: 'Account' },
  export: { ko: 'CSV로 내보내기', en: 'Export as CSV' },
  check: { ko: '변조 여부 점검', en: 'Check the chain' },
  intact: { ko: '변조된 기록이 없습니다', en: 'The log is intact' },
  lastHash: { ko: '마지막 해시', en: 'Last hash' },
  tampered: { ko: '변조된 기록이 있습니다', en: 'The log was tampered with' },
  missing: { ko: '마지막 기록이 지워졌습니다.', en: 'Rows at the end were removed.' },
  nothing: { ko: '해당하는 기록이 없습니다', en: 'No acts match' },
  nothingHint: { ko: '조건을 줄이거나 기간을 넓혀 보세요.', en: 'Remove a condition, or widen the period.' },
  showAll: { ko: '전체 보기', en: 'Show all' },
  pages: { ko: '페이지', en: 'Pages' },
  latest: { ko: '최신 기록', en: 'Latest' },
  older: { ko: '이전 기록', en: 'Older' },
} as const satisfies Record<string, Text>
