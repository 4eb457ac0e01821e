import type { Language } from '../../edge/contract/language.ts'
import type { Problem } from '../../edge/contract/problems.ts'
import { type TextName, words } from '../text.ts'

/** What went wrong, at the top of a form: announced, and focused by the page's script. */
export function ProblemNotice({ problem }: { problem: Problem | undefined }) {
  if (!problem) return null
  return (
    <div class='notice problem' role='alert' tabindex={-1} data-focus>
      <p>
        <strong>{problem.title}</strong>
      </p>
      {problem.detail !== problem.title && <p>{problem.detail}</p>}
    </div>
  )
}

/** Shown by the page's script when a form that htmx sent got no answer. */
export function NoAnswer({ language, hint }: { language: Language; hint: TextName }) {
  const word = words(language)
  return (
    <div class='notice problem' role='alert' data-no-response hidden>
      <p>
        <strong>{word('noAnswer')}</strong>
      </p>
      <p>{word(hint)}</p>
    </div>
  )
}

/** The message beside one field, to be named by its `aria-describedby`. */
export function FieldProblem({ problem, field }: { problem: Problem | undefined; field: string }) {
  const message = problem?.errors?.find((error) => error.field === field)?.message
  return message ? <p class='field-problem' id={`${field}-problem`}>{message}</p> : null
}

export const isWrong = (problem: Problem | undefined, field: string) =>
  problem?.errors?.some((error) => error.field === field) ?? false
