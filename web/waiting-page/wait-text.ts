import type { Language } from '../../edge/contract/language.ts'
import type { WaitingTexts } from './texts.ts'

/** Above an hour, a wait is said in steps of this many minutes. */
const LONG_STEP = 5

type WaitTexts = Pick<WaitingTexts, 'under' | 'minutes' | 'hours' | 'about' | 'atMost'>

/**
 * A wait in hours and minutes, rounded up, so that the wait is rarely longer than announced. `isLimit`: the draw decides, and this is the
 * longest wait.
 */
export function waitText(waitMs: number, isLimit: boolean, texts: WaitTexts, language: Language): string {
  let minutes = Math.ceil(waitMs / 60_000)
  if (minutes <= 1) return texts.under
  if (minutes > 60) minutes = Math.ceil(minutes / LONG_STEP) * LONG_STEP
  const parts = [[texts.hours, Math.floor(minutes / 60)], [texts.minutes, minutes % 60]] as const
  const said = parts.filter(([, value]) => value).map(([text, value]) => text.replace('%', value.toLocaleString(language)))
  return texts[isLimit ? 'atMost' : 'about'].replace('%', said.join(' '))
}
