import type { EventFields, FieldChange, FieldConflict } from '../../../edge/contract/admin-events.ts'
import { NOTICE_PARTS } from '../../../edge/contract/events.ts'
import type { Language, Text } from '../../../edge/contract/language.ts'
import { paths } from '../../../edge/contract/paths.ts'
import type { Problem } from '../../../edge/contract/problems.ts'
import { FieldProblem } from '../../components/fields.tsx'
import { ProblemNotice } from '../../components/notices.tsx'
import { count } from '../../format.ts'
import { AdminDocument, type Viewer } from '../admin-document.tsx'
import { DataTable } from '../components/data-table.tsx'
import { nameOfField, warningOf } from '../event-texts.ts'
import { adminWords } from '../texts.ts'
import { BaseInputs, type EditedEvent } from './event-form.tsx'

type ReviewProps = {
  language: Language
  viewer: Viewer
  edited: EditedEvent
  fields: EventFields
  changes: FieldChange[]
  reason: string
  problem?: Problem | undefined
}

/** The changes of a published event before they are made, with what buyers will notice. */
export function EventReviewPage({ language, viewer, edited, fields, changes, reason, problem }: ReviewProps) {
  const types = typeNames(edited.base)
  return (
    <AdminDocument
      language={language}
      viewer={viewer}
      path={paths.admin.event(edited.id)}
      title={T.review[language]}
      lead={T.reviewHint[language]}
      parent={{ href: paths.admin.event(edited.id), title: edited.title }}
    >
      <ProblemNotice problem={problem} />
      <ProblemList problem={problem} />
      <DataTable
        caption={T.review[language]}
        rows={changes}
        keyOf={({ key }) => key}
        columns={[
          { title: T.field[language], cell: ({ key }) => nameOfField(key, language, types) },
          { title: T.before[language], cell: ({ key, before }) => <Value language={language} name={key} text={before} /> },
          {
            title: T.after[language],
            cell: ({ key, after }) => (
              <div>
                <strong>
                  <Value language={language} name={key} text={after} />
                </strong>
                {warningOf(key) && <p class='field-warning'>{warningOf(key)![language]}</p>}
              </div>
            ),
          },
        ]}
      />
      <form class='panel review' method='post' action={paths.admin.confirmChanges(edited.id)} encType='multipart/form-data'>
        <BaseInputs edited={edited} />
        <FieldInputs fields={fields} />
        <label for='reason'>{adminWords(language)('reason')}</label>
        <input id='reason' name='reason' required maxLength={300} value={reason} aria-describedby='reason-hint' />
        <p class='hint' id='reason-hint'>{adminWords(language)('reasonHint')}</p>
        <FieldProblem problem={problem} field='reason' />
        <p class='actions'>
          <button class='button' type='submit'>{T.apply[language]}</button>
          <button
            class='button secondary'
            type='submit'
            formaction={paths.admin.editEvent(edited.id)}
            formnovalidate
            name='again'
            value='1'
          >
            {T.again[language]}
          </button>
          <a class='button quiet' href={paths.admin.event(edited.id)}>{adminWords(language)('cancel')}</a>
        </p>
      </form>
    </AdminDocument>
  )
}

type ConflictProps = {
  language: Language
  viewer: Viewer
  /** The event as it is now: its version and its fields are what the changes go on top of. */
  edited: EditedEvent
  conflicts: FieldConflict[]
  merged: EventFields
  problem: Problem
}

/** Two editors have changed one event: both versions, and a way to put yours on top of theirs. */
export function EventConflictPage({ language, viewer, edited, conflicts, merged, problem }: ConflictProps) {
  const types = typeNames(edited.base)
  const value = (name: string, text: string) => <Value language={language} name={name} text={text} />
  return (
    <AdminDocument
      language={language}
      viewer={viewer}
      path={paths.admin.event(edited.id)}
      title={T.conflict[language]}
      lead={T.conflictHint[language]}
      parent={{ href: paths.admin.event(edited.id), title: edited.title }}
    >
      <ProblemNotice problem={problem} />
      <DataTable
        caption={T.conflict[language]}
        rows={conflicts}
        keyOf={({ key }) => key}
        columns={[
          {
            title: T.field[language],
            cell: ({ key, base, theirs, yours }) => (
              <>
                {nameOfField(key, language, types)}{' '}
                {theirs !== base && yours !== base && theirs !== yours && <span class='chip bad'>{T.both[language]}</span>}
              </>
            ),
          },
          { title: T.before[language], cell: ({ key, base }) => value(key, base) },
          {
            title: T.theirs[language],
            cell: ({ key, base, theirs }) => theirs === base ? T.same[language] : <strong>{value(key, theirs)}</strong>,
          },
          {
            title: T.yours[language],
            cell: ({ key, base, yours }) => yours === base ? T.same[language] : <strong>{value(key, yours)}</strong>,
          },
        ]}
      />
      <form class='panel review' method='post' action={paths.admin.editEvent(edited.id)} encType='multipart/form-data'>
        <BaseInputs edited={edited} />
        <FieldInputs fields={merged} />
        <p>{T.onTopHint[language]}</p>
        <p class='actions'>
          <button class='button' type='submit'>{T.onTop[language]}</button>
          <button class='button secondary' type='submit' name='again' value='1'>{T.again[language]}</button>
          <a class='button quiet' href={paths.admin.event(edited.id)}>{T.drop[language]}</a>
        </p>
      </form>
    </AdminDocument>
  )
}

/** Each fault of a form whose fields are not shown here. */
function ProblemList({ problem }: { problem: Problem | undefined }) {
  const errors = problem?.errors?.filter(({ field }) => field !== 'reason') ?? []
  if (errors.length === 0) return null
  return <ul class='field-problem'>{errors.map(({ field, message }) => <li key={field}>{message}</li>)}</ul>
}

/** A value as people read it: `2026-12-24T19:00` without its T, numbers with separators, an empty one in words. */
function Value({ language, name, text }: { language: Language; name: string; text: string }) {
  if (text === '') return <span class='muted'>{T.empty[language]}</span>
  const isNumber = /\.(price|seats)$/.test(name) && /^\d+$/.test(text)
  const shown = isNumber ? count(Number(text), language) : /^(starts|opens|closes)At$/.test(name) ? text.replace('T', ' ') : text
  return <span class='value'>{shown}</span>
}

const typeNames = ({ ticketTypes }: EventFields) => new Map(ticketTypes.map(({ id, name }) => [id, name]))

/** All fields of the form, hidden. */
function FieldInputs({ fields }: { fields: EventFields }) {
  const { notice, ticketTypes, ...basics } = fields
  const hidden = (name: string, value: string) => <input key={name} type='hidden' name={name} value={value} />
  return (
    <>
      {Object.entries(basics).map(([name, value]) => hidden(name, value))}
      {NOTICE_PARTS.flatMap((part) =>
        (['ko', 'en'] as const).map((side) => hidden(`notice.${part}.${side}`, notice[part][side]))
      )}
      {ticketTypes.flatMap((type, i) => Object.entries(type).map(([name, value]) => hidden(`type.${i}.${name}`, value)))}
    </>
  )
}

const T = {
  review: { ko: '변경 내용 확인', en: 'Review the changes' },
  reviewHint: { ko: '아직 저장되지 않았습니다.', en: 'Nothing has been saved yet.' },
  field: { ko: '항목', en: 'Field' },
  before: { ko: '이전', en: 'Before' },
  after: { ko: '이후', en: 'After' },
  apply: { ko: '변경 적용', en: 'Apply the changes' },
  again: { ko: '다시 수정', en: 'Edit again' },
  conflict: { ko: '다른 사람이 먼저 저장했습니다', en: 'Someone else has saved first' },
  conflictHint: {
    ko: '입력하신 내용은 그대로 남아 있습니다. 두 변경을 비교해 주세요.',
    en: 'What you entered is kept. Compare both changes.',
  },
  theirs: { ko: '저장된 변경', en: 'Theirs (saved)' },
  yours: { ko: '내 변경', en: 'Yours' },
  both: { ko: '둘 다 변경', en: 'both' },
  same: { ko: '그대로', en: 'unchanged' },
  onTopHint: {
    ko: '저장된 변경은 두고, 내가 바꾼 항목만 그 위에 적용합니다. 둘 다 바꾼 항목은 내 값이 됩니다.',
    en: 'Keeps what they saved and applies only the fields that you changed. Where both changed a field, yours is used.',
  },
  onTop: { ko: '내 변경을 위에 적용', en: 'Apply mine on top' },
  drop: { ko: '내 변경 버리기', en: 'Discard mine' },
  empty: { ko: '비어 있음', en: 'empty' },
} as const satisfies Record<string, Text>
