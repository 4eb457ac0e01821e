import type { ComponentChildren } from 'preact'
import type { Language } from '../../edge/contract/language.ts'
import type { Problem } from '../../edge/contract/problems.ts'
import { type TextName, words } from '../text.ts'

/** The problem with a form, at its top, and ways to continue. Screen readers announce it, and the page's script moves the focus to it. */
export function ProblemNotice({ problem, children }: { problem: Problem | undefined; children?: ComponentChildren }) {
  if (!problem) return null
  return (
    <div class='notice problem' role='alert' tabindex={-1} data-focus>
      <p>
        <strong>{problem.title}</strong>
      </p>
      {problem.detail !== problem.title && <p>{problem.detail}</p>}
      {children}
    </div>
  )
}

/** Shown by the page's script when a form that htmx sent got no response. */
export function NoResponseNotice({ language, hint }: { language: Language; hint: TextName }) {
  const word = words(language)
  return (
    <div class='notice problem' role='alert' data-no-response hidden>
      <p>
        <strong>{word('noResponse')}</strong>
      </p>
      <p>{word(hint)}</p>
    </div>
  )
}

/** Shown in place of an empty list, with a way to continue. */
export function EmptyNotice({ title, hint, children }: { title: string; hint: string; children: ComponentChildren }) {
  return (
    <div class='notice empty'>
      <p>
        <strong>{title}</strong>
      </p>
      <p>{hint}</p>
      <p>{children}</p>
    </div>
  )
}
