import type { ComponentChildren } from 'preact'
import type { Language } from '../../edge/contract/language.ts'
import { dateTime } from '../format.ts'

type CountdownProps = {
  language: Language
  label: string
  /** The opening of a sale: its seats are refreshed when the countdown ends. */
  opensAt?: string
  /** The end of a pass. */
  endsAt?: string
  /** The address that renews the pass while the page is open. */
  passUrl?: string
  /** What to show after the end instead of 00:00. */
  overText?: string
  /** What to show without scripts; the date and time by default. */
  children?: ComponentChildren
  note?: string
}

/** A point in time that the page's script replaces with a countdown to it. */
export function Countdown({ language, label, opensAt, endsAt, passUrl, overText, children, note }: CountdownProps) {
  return (
    <p class='countdown-line'>
      <span>{label}</span>
      <strong
        class='countdown'
        data-opens-at={opensAt}
        data-ends-at={endsAt}
        data-pass={passUrl}
        data-over-text={overText}
      >
        {children ?? dateTime((opensAt ?? endsAt)!, language)}
      </strong>
      {note && <span>{note}</span>}
    </p>
  )
}
