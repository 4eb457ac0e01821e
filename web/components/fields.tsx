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

export function EmailField({ language, problem, value }: LoginFieldProps & { value: string }) {
  const input = { type: 'email', value, maxLength: 254, autocomplete: 'username', inputMode: 'email' } as const
  return <Field name='email' label={words(language)('email')} problem={problem} input={input} />
}

const messageOf = (problem: Problem | undefined, field: string) =>
  problem?.errors?.find((error) => error.field === field)?.message
