import type { Language } from '../../edge/contract/language.ts'
import { money } from '../format.ts'
import { words } from '../text.ts'

/** A price in won; "free" for 0. */
export const Price = ({ language, won }: { language: Language; won: number }) => (
  <>{won === 0 ? words(language)('free') : money(won, language)}</>
)

/** The lowest price of an event; nothing when it has no ticket types. */
export function PriceFrom({ language, won }: { language: Language; won: number | null }) {
  if (won === null) return null
  if (won === 0) return <Price language={language} won={won} />
  const from = words(language)('from')
  return <>{language === 'ko' ? `${money(won, language)}${from}` : `${from} ${money(won, language)}`}</>
}
