import type { InputHTMLAttributes } from 'preact'
import type { Language } from '../../edge/contract/language.ts'
import type { Problem } from '../../edge/contract/problems.ts'
import { words } from '../text.ts'

type FieldProps = {
  name: string
  label: string
  hint?: string
  problem: Problem | undefined
  input: InputHTMLAttributes<HTMLInputElement>
}

/** An input with its label, its hint and its error. */
export function Field({ name, label, hint, problem, input }: FieldProps) {
  const isWrong = messageOf(problem, name) !== undefined
  const describedBy = [hint && `${name}-hint`, isWrong && `${name}-problem`].filter(Boolean).join(' ') || undefined
  return (
    <>
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        required
        title={hint}
        aria-invalid={isWrong || undefined}
        aria-describedby={describedBy}
        {...input}
      />
      {hint && <p class='hint' id={`${name}-hint`}>{hint}</p>}
      <FieldProblem problem={problem} field={name} />
    </>
  )
}

/** The message about one field, which names it in its `aria-describedby`. */
export function FieldProblem({ problem, field }: { problem: Problem | undefined; field: string }) {
  const message = messageOf(problem, field)
  return message ? <p class='field-problem' id={`${field}-problem`}>{message}</p> : null
}

type LoginFieldProps = { language: Language; problem: Problem | undefined }

/** Without `maxLength`, like all fields here: browsers would silently cut a longer text that is pasted. */
export function EmailField({ language, problem, value }: LoginFieldProps & { value: string }) {
  const input = { type: 'email', value, autocomplete: 'username', inputMode: 'email' } as const
  return <Field name='email' label={words(language)('email')} problem={problem} input={input} />
}

/** The rule of `origin/accounts.ts`, as a pattern that browsers check before they send the form. */
const PASSWORD = '.{8,128}'
/** The same for the password managers of Safari and others, which make a password of their own. */
const PASSWORD_RULES = 'minlength: 8; maxlength: 128; allowed: ascii-printable;'

/** A field for a new password. The page's script counts what is missing while the person types. */
export function NewPasswordField({ language, problem, label }: LoginFieldProps & { label?: string }) {
  const word = words(language)
  return (
    <Field
      name='password'
      label={label ?? word('password')}
      hint={word('passwordHint')}
      problem={problem}
      input={{
        type: 'password',
        pattern: PASSWORD,
        autocomplete: 'new-password',
        passwordrules: PASSWORD_RULES,
        'data-too-short': word('passwordTooShort'),
        'data-too-long': word('passwordTooLong'),
        'data-good': word('passwordGood'),
      } as InputHTMLAttributes<HTMLInputElement>}
    />
  )
}

/** A field for a nickname. */
export function NicknameField({ language, problem, value }: LoginFieldProps & { value: string }) {
  const word = words(language)
  const input = { type: 'text', value, pattern: NICKNAME, autocomplete: 'nickname' } as const
  return <Field name='nickname' label={word('nickname')} hint={word('nicknameHint')} problem={problem} input={input} />
}

/** Hangul that is pasted from a file name may be decomposed into up to three letters; the shop composes it and counts then. */
const NICKNAME = '[가-힣\u1100-\u11ffa-zA-Z0-9]{2,30}'

const messageOf = (problem: Problem | undefined, field: string) =>
  problem?.errors?.find((error) => error.field === field)?.message
