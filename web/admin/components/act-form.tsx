import type { ComponentChildren } from 'preact'
import type { Language } from '../../../edge/contract/language.ts'
import type { Problem } from '../../../edge/contract/problems.ts'
import { FieldProblem } from '../../components/fields.tsx'
import { adminWords } from '../texts.ts'

type ActFormProps = {
  language: Language
  /** Unique on the page. */
  id: string
  action: string
  /** The button that opens the form, and the one that sends it. */
  label: string
  /** What the act does and what it cannot undo. */
  explanation: string
  /** The text to type before the act is done, for acts that cannot be undone. */
  confirmation?: string
  isDanger?: boolean
  /** The next step of the page, such as publishing a draft. */
  isMain?: boolean
  problem?: Problem | undefined
  /** The reason that was typed before the act was refused. */
  reason?: string | undefined
  /** More fields. */
  children?: ComponentChildren
}

/** An act that asks for a reason, and for the event's title if it is dangerous. It opens below its button, without a script. */
export function ActForm(props: ActFormProps) {
  const { language, id, action, label, explanation, confirmation, isDanger = false, isMain = false, problem, reason, children } =
    props
  const word = adminWords(language)
  return (
    <details class='act' open={problem !== undefined}>
      <summary class={`button ${isDanger ? 'danger' : isMain ? '' : 'secondary'}`}>{label}</summary>
      <form class='panel' method='post' action={action}>
        <p>{explanation}</p>
        {children}
        <label for={`${id}-reason`}>{word('reason')}</label>
        <input
          id={`${id}-reason`}
          name='reason'
          required
          maxLength={300}
          value={reason}
          aria-describedby={`${id}-reason-hint`}
        />
        <p class='hint' id={`${id}-reason-hint`}>{word('reasonHint')}</p>
        <FieldProblem problem={problem} field='reason' />
        {confirmation !== undefined && (
          <>
            <label for={`${id}-confirmation`}>
              {word('typeTitle')}: <strong>{confirmation}</strong>
            </label>
            <input id={`${id}-confirmation`} name='confirmation' required autocomplete='off' />
            <FieldProblem problem={problem} field='confirmation' />
          </>
        )}
        <button class={`button wide ${isDanger ? 'danger' : ''}`} type='submit'>{label}</button>
      </form>
    </details>
  )
}
