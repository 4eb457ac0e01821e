import type { Language } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import { words } from '../text.ts'

export function SiteFooter({ language }: { language: Language }) {
  const word = words(language)
  return (
    <footer class='site-footer'>
      <p>
        <strong>NETicket</strong> {word('tagline')}
      </p>
      <p>{word('zoneHint')}</p>
      <p>
        <a href={paths.terms}>{word('terms')}</a> · <a href={paths.privacy}>{word('privacy')}</a>
      </p>
      <form class='narrow-only' method='post' action={paths.logout} data-member hidden>
        <button class='link' type='submit'>{word('logout')}</button>
      </form>
    </footer>
  )
}
