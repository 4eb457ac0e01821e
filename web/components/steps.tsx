import type { Language } from '../../edge/contract/language.ts'
import { words } from '../text.ts'

/** The steps of a booking: waiting, choosing, done. */
export function Steps({ language, current }: { language: Language; current: 0 | 1 | 2 }) {
  const word = words(language)
  return (
    <ol class='steps'>
      {[word('stepWait'), word('stepChoose'), word('stepDone')].map((step, i) => (
        <li key={step} class={i < current ? 'done' : undefined} aria-current={i === current ? 'step' : undefined}>{step}</li>
      ))}
    </ol>
  )
}
