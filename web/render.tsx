import type { ComponentChildren, VNode } from 'preact'
import { renderToString } from 'preact-render-to-string'
import type { Language } from '../edge/contract/language.ts'
import { paths } from '../edge/contract/paths.ts'
import { assetUrl } from './assets.ts'
import { words } from './text.ts'

/** A whole page as HTML. */
export const renderPage = (page: VNode): string => `<!doctype html>${renderToString(page)}`
/** A part of a page, to be swapped into it. */
export const renderFragment = (part: VNode): string => renderToString(part)

/** Whether htmx asks for a part; it wants a whole page when it boosts a link, fills the body, or restores one from its history. */
export const wantsFragment = (headers: Headers): boolean =>
  headers.get('hx-request') === 'true' && headers.get('hx-request-type') !== 'full' &&
  headers.get('hx-boosted') !== 'true' && headers.get('hx-history-restore-request') !== 'true'

/** Who looks at a personal page; shared pages are rendered for nobody. */
export type Viewer = { nickname: string; isAdmin: boolean }

/**
 * What htmx may do under a policy that allows neither inline style nor eval: it brings no style sheet of its own, and going back loads
 * the page anew.
 */
const HTMX_CONFIG = JSON.stringify({ includeIndicatorCSS: false, history: 'reload', defaultTimeout: 15_000 })

type DocumentProps = {
  language: Language
  title: string
  description?: string
  image?: string | null
  /** The page's own path, to come back to after a detour. */
  path: string
  query?: string
  /** Whether the page has `#results`, to be renewed while one types. */
  liveSearch?: boolean
  serverTime?: string
  children: ComponentChildren
}

/** The frame of every page but the waiting one. The header is a guest's; a script puts the nickname in. */
export function Document(
  { language, title, description, image, path, query = '', liveSearch = false, serverTime, children }: DocumentProps,
) {
  const word = words(language)
  const other = language === 'ko' ? 'en' : 'ko'
  return (
    <html lang={language} data-server-time={serverTime}>
      <head>
        <meta charset='utf-8' />
        <meta name='viewport' content='width=device-width, initial-scale=1' />
        <title>{`${title} · NETicket`}</title>
        {description && <meta name='description' content={description} />}
        <meta property='og:title' content={title} />
        <meta property='og:type' content='website' />
        <meta property='og:site_name' content='NETicket' />
        {description && <meta property='og:description' content={description} />}
        {image && <meta property='og:image' content={image} />}
        <meta name='color-scheme' content='light dark' />
        <meta name='theme-color' content='#ffffff' media='(prefers-color-scheme: light)' />
        <meta name='theme-color' content='#1b1826' media='(prefers-color-scheme: dark)' />
        <meta name='htmx-config' content={HTMX_CONFIG} />
        <link rel='icon' href={assetUrl('favicon.svg')} type='image/svg+xml' />
        <link rel='stylesheet' href={assetUrl('app.css')} />
        <script src={assetUrl('htmx.js')} defer></script>
        <script src={assetUrl('app.js')} type='module'></script>
      </head>
      <body>
        <a class='skip' href='#main'>{word('skip')}</a>
        <header class='site-header'>
          <div class='bar'>
            <a class='logo' href={paths.home}>
              <Mark />NETicket
            </a>
            <form class='search' role='search' action='/search' method='get'>
              <label class='visually-hidden' for='q'>{word('search')}</label>
              <input
                id='q'
                name='q'
                type='search'
                value={query}
                maxLength={100}
                placeholder={word('searchPlaceholder')}
                autocomplete='off'
                enterkeyhint='search'
                hx-get={liveSearch ? paths.search() : undefined}
                hx-trigger='input changed delay:300ms'
                hx-target='#results'
                hx-swap='outerHTML'
                hx-replace-url='true'
                hx-sync='this:replace'
              />
              <button type='submit'>
                <svg aria-hidden='true' viewBox='0 0 24 24' width='20' height='20'>
                  <path d='m20 20-4.5-4.5M17 10.5a6.5 6.5 0 1 1-13 0 6.5 6.5 0 0 1 13 0Z' />
                </svg>
                <span class='visually-hidden'>{word('find')}</span>
              </button>
            </form>
            <nav class='account' aria-label={word('account')}>
              <a href={paths.login(path)} data-guest>{word('login')}</a>
              <a href={paths.signup(path)} data-guest>{word('signup')}</a>
              <a href={paths.me()} data-member hidden>
                <span class='nickname' data-nickname></span>
                {word('myPage')}
              </a>
              <form method='post' action={paths.logout} data-member hidden>
                <button class='link' type='submit'>{word('logout')}</button>
              </form>
              <a href={paths.language(other, path)} lang={other} hreflang={other}>{other === 'ko' ? '한국어' : 'English'}</a>
            </nav>
          </div>
        </header>
        <main id='main' tabindex={-1}>{children}</main>
        <footer class='site-footer'>
          <p>
            <strong>NETicket</strong> {word('tagline')}
          </p>
          <p>{word('zoneHint')}</p>
        </footer>
      </body>
    </html>
  )
}

function Mark() {
  return (
    <svg class='mark' aria-hidden='true' viewBox='0 0 32 24' width='28' height='21'>
      <path d='M4 0h24a4 4 0 0 1 4 4v4a4 4 0 0 0 0 8v4a4 4 0 0 1-4 4H4a4 4 0 0 1-4-4v-4a4 4 0 0 0 0-8V4a4 4 0 0 1 4-4Z' />
      <path class='mark-line' d='M21 4v16' />
    </svg>
  )
}
