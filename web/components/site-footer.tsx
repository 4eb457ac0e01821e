import type { Language } from '../../edge/contract/language.ts'
import { words } from '../text.ts'

export function SiteFooter({ language }: { language: Language }) {
  const word = words(language)
  return (
    <footer class='site-footer'>
      <p>
        <strong>NETicket</strong> {word('tagline')}
      </p>
      <p>{word('zoneHint')}</p>
    </footer>
  )
}
