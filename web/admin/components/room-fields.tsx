import type { AdminRoomSettings } from '../../../edge/contract/admin-rooms.ts'
import type { Language, Text } from '../../../edge/contract/language.ts'
import type { Problem } from '../../../edge/contract/problems.ts'
import { Field, FieldProblem } from '../../components/fields.tsx'
import { R } from '../room-texts.ts'

export type RoomFieldsProps = {
  language: Language
  /** Prefix of the ids: several forms of a page have the same fields. */
  id: string
  /** The fields as they were sent, or the room's own settings. */
  values: Record<string, string>
  /** What applies to empty fields. */
  inherited: AdminRoomSettings
  problem: Problem | undefined
}

const NUMBERS = {
  perMinute: R.rateField,
  capacity: R.capacity,
  turnSeconds: R.turnSeconds,
  passSeconds: R.passSeconds,
  idleSeconds: R.idleSeconds,
  lobbySeconds: R.lobbySeconds,
} as const
export type NumberName = keyof typeof NUMBERS
export const NUMBER_NAMES = Object.keys(NUMBERS) as NumberName[]

const CHOICES = {
  mode: { title: R.mode, options: { draw: R.draw, fifo: R.fifo, passthrough: R.passthrough, closed: R.closed } },
  identity: { title: R.identity, options: { anyone: R.anyone, account: R.account, verified: R.verified } },
  work: { title: R.work, options: { always: R.always, adaptive: R.adaptive, never: R.never } },
} as const satisfies Record<string, { title: Text; options: Record<string, Text> }>
export type ChoiceName = keyof typeof CHOICES
export const CHOICE_NAMES = Object.keys(CHOICES) as ChoiceName[]

/** A number that may be left empty. The placeholder shows what applies then. */
export function NumberField({ name, ...props }: RoomFieldsProps & { name: NumberName }) {
  const { language, id, values, inherited, problem } = props
  const fieldId = `${id}-${name}`
  const hasProblem = problem?.errors?.some(({ field }) => field === name)
  return (
    <div class='field'>
      <label for={fieldId}>{NUMBERS[name][language]}</label>
      <input
        id={fieldId}
        name={name}
        inputMode='numeric'
        pattern='[0-9]*'
        maxLength={8}
        value={values[name] ?? ''}
        placeholder={inherited[name] === undefined ? undefined : `${R.byDefault[language]} ${inherited[name]}`}
        aria-invalid={hasProblem || undefined}
        aria-describedby={hasProblem ? `${name}-problem` : undefined}
      />
      <FieldProblem problem={problem} field={name} />
    </div>
  )
}

/** A choice whose first option is what applies without one. */
export function ChoiceField({ name, ...props }: RoomFieldsProps & { name: ChoiceName }) {
  const { language, id, values, inherited, problem } = props
  const { title, options } = CHOICES[name]
  const labels: Record<string, Text> = options
  const standard = inherited[name]
  return (
    <div class='field'>
      <label for={`${id}-${name}`}>{title[language]}</label>
      <select id={`${id}-${name}`} name={name}>
        <option value=''>
          {R.byDefault[language]}
          {standard === undefined ? '' : ` (${labels[standard]![language]})`}
        </option>
        {Object.entries(labels).map(([value, text]) => (
          <option key={value} value={value} selected={values[name] === value}>{text[language]}</option>
        ))}
      </select>
      <FieldProblem problem={problem} field={name} />
    </div>
  )
}

/** The message in both languages. */
export function MessageFields({ language, id, values, problem }: RoomFieldsProps) {
  return (
    <>
      {(['Ko', 'En'] as const).map((which) => (
        <div class='field' key={which}>
          <label for={`${id}-message${which}`}>{(which === 'Ko' ? R.messageKo : R.messageEn)[language]}</label>
          <input id={`${id}-message${which}`} name={`message${which}`} maxLength={120} value={values[`message${which}`] ?? ''} />
        </div>
      ))}
      <p class='hint'>{R.messageHint[language]}</p>
      <FieldProblem problem={problem} field='message' />
    </>
  )
}

/** All settings, with a reason. */
export function SettingsForm({ action, version, ...props }: RoomFieldsProps & { action: string; version: number }) {
  const { language, problem } = props
  return (
    <form class='panel room-settings' method='post' action={action}>
      <input type='hidden' name='version' value={String(version)} />
      <div class='field-grid'>
        {CHOICE_NAMES.map((name) => <ChoiceField key={name} name={name} {...props} />)}
        {NUMBER_NAMES.map((name) => <NumberField key={name} name={name} {...props} />)}
      </div>
      <MessageFields {...props} />
      <ReasonField language={language} problem={problem} value={props.values.reason ?? ''} />
      <button class='button' type='submit'>{SAVE[language]}</button>
    </form>
  )
}

function ReasonField({ language, problem, value }: { language: Language; problem: Problem | undefined; value: string }) {
  return (
    <Field name='reason' label={REASON[language]} hint={HINT[language]} problem={problem} input={{ value, maxLength: 300 }} />
  )
}

const SAVE: Text = { ko: '저장', en: 'Save' }
const REASON: Text = { ko: '사유', en: 'Reason' }
const HINT: Text = { ko: '감사 로그에 남습니다.', en: 'It is kept in the audit log.' }
