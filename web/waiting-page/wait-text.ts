import type { Language } from '../../edge/contract/language.ts'
import type { WaitingTexts } from './texts.ts'

/** A wait in whole minutes, rounded up, so that the wait is rarely longer than announced. */
export function waitText(waitMs: number, texts: Pick<WaitingTexts, 'under' | 'minutes'>, language: Language): string {
  const minutes = Math.ceil(waitMs / 60_000)
  return minutes <= 1 ? texts.under : texts.minutes.replace('%', minutes.toLocaleString(language))
}
