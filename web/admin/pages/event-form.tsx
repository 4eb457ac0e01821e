import type { ComponentChildren, InputHTMLAttributes } from 'preact'
import type { EventFields } from '../../../edge/contract/admin-events.ts'
import { NOTICE_PARTS } from '../../../edge/contract/events.ts'
import type { Language, Text } from '../../../edge/contract/language.ts'
import { paths } from '../../../edge/contract/paths.ts'
import type { Problem } from '../../../edge/contract/problems.ts'
import { Field, FieldProblem } from '../../components/fields.tsx'
import { ProblemNotice } from '../../components/notices.tsx'
import { AdminDocument, type Viewer } from '../admin-document.tsx'
import { FIELD_NAMES } from '../event-texts.ts'
import { GENRE_NAMES, REGION_NAMES } from '../../filter-texts.ts'
import { adminWords } from '../texts.ts'

/** The event that is edited: `base` is what the form showed at first, by which the changes are found. */
export type EditedEvent = { id: number; title: string; version: number; published: boolean; base: EventFields }

type EventFormProps = {
  language: Language
  viewer: Viewer
  /** Null for a new event. */
  edited: EditedEvent | null
  fields: EventFields
  zones: readonly string[]
  problem?: Problem | undefined
  /** Whether the form was sent without a change. */
  isUnchanged?: boolean
}

export function EventFormPage(props: EventFormProps) {
  const { language, viewer, edited, problem, isUnchanged = false } = props
  const action = edited ? paths.admin.editEvent(edited.id) : paths.admin.events
  return (
    <AdminDocument
      language={language}
      viewer={viewer}
      path={edited ? action : paths.admin.newEvent}
      title={T[edited ? 'edit' : 'create'][language]}
      lead={edited?.published ? T.liveHint[language] : T.draftHint[language]}
      parent={edited
        ? { href: paths.admin.event(edited.id), title: edited.title }
        : { href: paths.admin.events, title: adminWords(language)('allEvents') }}
      tabs={edited ? { eventId: edited.id, current: 'event' } : undefined}
    >
      <form class='event-form' method='post' action={action} encType='multipart/form-data' novalidate>
        {isUnchanged && <p class='notice' role='status'>{T.unchanged[language]}</p>}
        <ProblemNotice problem={problem} />
        {edited && <BaseInputs edited={edited} />}
        {/* The first button is the one that the Enter key presses. */}
        <button class='visually-hidden' type='submit' tabindex={-1} aria-hidden='true'>{T.save[language]}</button>
        <Basics {...props} />
        <Times {...props} />
        <TicketTypes {...props} />
        <Notices {...props} />
        <p class='actions'>
          <button class='button' type='submit'>{T[edited?.published ? 'review' : 'save'][language]}</button>
          <a class='button quiet' href={edited ? paths.admin.event(edited.id) : paths.admin.events}>
            {adminWords(language)('cancel')}
          </a>
        </p>
      </form>
    </AdminDocument>
  )
}

/** What the form was made from. */
export function BaseInputs({ edited: { version, base } }: { edited: Pick<EditedEvent, 'version' | 'base'> }) {
  return (
    <>
      <input type='hidden' name='version' value={version} />
      <input type='hidden' name='base' value={JSON.stringify(base)} />
    </>
  )
}

type TextName = 'title' | 'titleEn' | 'venue' | 'venueEn' | 'startsAt' | 'opensAt' | 'closesAt' | 'limitPerPerson'

function FormField(
  { props: { language, fields, problem }, name, hint, input }: {
    props: EventFormProps
    name: TextName
    hint?: string
    input?: InputHTMLAttributes<HTMLInputElement>
  },
) {
  return (
    <div>
      <Field
        name={name}
        label={FIELD_NAMES[name]![language]}
        {...(hint !== undefined && { hint })}
        problem={problem}
        input={{ value: fields[name], maxLength: 100, autocomplete: 'off', ...input }}
      />
    </div>
  )
}

function Group({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <fieldset class='panel'>
      <legend>{title}</legend>
      {children}
    </fieldset>
  )
}

function Basics(props: EventFormProps) {
  const { language } = props
  return (
    <Group title={T.basics[language]}>
      <div class='fields'>
        <FormField props={props} name='title' />
        <FormField props={props} name='titleEn' input={{ required: false, lang: 'en' }} />
        <FormField props={props} name='venue' input={{ required: false }} />
        <FormField props={props} name='venueEn' input={{ required: false, lang: 'en' }} />
        <Choice props={props} name='genre' names={GENRE_NAMES} />
        <Choice props={props} name='region' names={REGION_NAMES} />
      </div>
    </Group>
  )
}

/** One of a list, or none. */
function Choice(
  { props: { language, fields, problem }, name, names }: {
    props: EventFormProps
    name: 'genre' | 'region'
    names: Record<string, Text>
  },
) {
  return (
    <div>
      <label for={name}>{FIELD_NAMES[name]![language]}</label>
      <select id={name} name={name}>
        <option value=''>{T.noChoice[language]}</option>
        {Object.entries(names).map(([value, text]) => (
          <option key={value} value={value} selected={value === fields[name]}>{text[language]}</option>
        ))}
      </select>
      <FieldProblem problem={problem} field={name} />
    </div>
  )
}

function Times(props: EventFormProps) {
  const { language, fields, zones, problem } = props
  const time = { type: 'datetime-local', step: 60 } as const
  return (
    <Group title={T.times[language]}>
      <label for='zone'>{FIELD_NAMES.zone![language]}</label>
      <select id='zone' name='zone'>
        {zones.map((zone) => <option key={zone} value={zone} selected={zone === fields.zone}>{zone}</option>)}
      </select>
      <p class='hint'>{T.zoneHint[language]}</p>
      <FieldProblem problem={problem} field='zone' />
      <div class='fields'>
        <FormField props={props} name='opensAt' input={time} />
        <FormField props={props} name='closesAt' input={time} />
        <FormField props={props} name='startsAt' input={time} />
        <FormField props={props} name='limitPerPerson' input={{ type: 'number', min: 1, max: 100 }} />
      </div>
    </Group>
  )
}

function TicketTypes({ language, fields, problem, edited }: EventFormProps) {
  return (
    <Group title={T.ticketTypes[language]}>
      <p class='hint'>{T[edited?.published ? 'typesLiveHint' : 'typesHint'][language]}</p>
      <FieldProblem problem={problem} field='ticketTypes' />
      <ul class='type-rows' data-type-rows>
        {fields.ticketTypes.map((type, i) => (
          <li key={i} data-type-row>
            <input type='hidden' name={`type.${i}.id`} value={type.id} />
            <TypeField language={language} problem={problem} i={i} name='name' value={type.name} />
            <TypeField language={language} problem={problem} i={i} name='nameEn' value={type.nameEn} />
            <TypeField language={language} problem={problem} i={i} name='price' value={type.price} isNumber />
            <TypeField language={language} problem={problem} i={i} name='seats' value={type.seats} isNumber />
          </li>
        ))}
      </ul>
      <button class='button secondary' type='submit' name='add' value='type' data-add-type>{T.addType[language]}</button>
    </Group>
  )
}

type TypeFieldProps = {
  language: Language
  problem: Problem | undefined
  i: number
  name: 'name' | 'nameEn' | 'price' | 'seats'
  value: string
  isNumber?: boolean
}

function TypeField({ language, problem, i, name, value, isNumber = false }: TypeFieldProps) {
  const input = isNumber
    ? { inputMode: 'numeric' as const, pattern: '[0-9,]*', maxLength: 13 }
    : { maxLength: 40, ...(name === 'nameEn' && { lang: 'en' }) }
  return (
    <div class={isNumber ? 'number' : undefined}>
      <Field
        name={`type.${i}.${name}`}
        label={FIELD_NAMES[name]![language]}
        problem={problem}
        input={{ value, required: false, autocomplete: 'off', ...input }}
      />
    </div>
  )
}

function Notices({ language, fields, problem }: EventFormProps) {
  return (
    <Group title={T.notice[language]}>
      {NOTICE_PARTS.map((part) => (
        <div key={part} class='fields'>
          {(['ko', 'en'] as const).map((side) => {
            const name = `notice.${part}.${side}`
            return (
              <div key={side}>
                <label for={name}>{FIELD_NAMES[part]![language]} ({T[side][language]})</label>
                <textarea id={name} name={name} rows={part === 'refund' || part === 'cast' ? 4 : 2} maxLength={1000} lang={side}>
                  {fields.notice[part][side]}
                </textarea>
                <FieldProblem problem={problem} field={name} />
              </div>
            )
          })}
        </div>
      ))}
    </Group>
  )
}

const T = {
  create: { ko: '공연 만들기', en: 'New event' },
  edit: { ko: '공연 수정', en: 'Edit event' },
  draftHint: {
    ko: '작성 중인 공연은 운영자만 볼 수 있습니다. 공연명과 시각만 있으면 저장할 수 있습니다.',
    en: 'Only operators see a draft. A title and the times are enough to save it.',
  },
  liveHint: {
    ko: '게시된 공연입니다. 저장하기 전에 바뀌는 내용을 확인합니다.',
    en: 'This event is published. You review the changes before they are saved.',
  },
  unchanged: { ko: '바뀐 내용이 없습니다.', en: 'Nothing has changed.' },
  basics: { ko: '기본 정보', en: 'Basics' },
  noChoice: { ko: '정하지 않음', en: 'None' },
  times: { ko: '일시와 한도', en: 'Times and limit' },
  zoneHint: { ko: '아래 시각은 모두 이 시간대의 시각입니다.', en: 'All times below are on the clock of this zone.' },
  ticketTypes: { ko: '좌석 등급', en: 'Ticket types' },
  typesHint: { ko: '칸을 모두 비우면 그 등급은 저장되지 않습니다.', en: 'Empty all fields of a row to leave it out.' },
  typesLiveHint: {
    ko: '게시된 공연의 등급은 삭제할 수 없습니다. 좌석 수를 판매된 만큼 줄이면 더 이상 팔리지 않습니다.',
    en: 'Ticket types of a published event cannot be removed. Reduce the seats to those sold, and no more are sold.',
  },
  addType: { ko: '등급 추가', en: 'Add a ticket type' },
  notice: { ko: '공연 안내', en: 'Notices' },
  ko: { ko: '한국어', en: 'Korean' },
  en: { ko: '영어', en: 'English' },
  save: { ko: '저장', en: 'Save' },
  review: { ko: '변경 내용 확인', en: 'Review the changes' },
} as const satisfies Record<string, Text>
