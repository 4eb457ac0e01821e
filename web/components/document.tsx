import type { ComponentChildren } from 'preact'
import type { Language } from '../../edge/contract/language.ts'
import { assetUrl } from '../assets.ts'
import { words } from '../text.ts'
import { SiteFooter } from './site-footer.tsx'
import { SiteHeader } from './site-header.tsx'
import { StaleNotice } from './stale-notice.tsx'
import { VisitBar } from './visit-bar.tsx'

/**
 * Settings for htmx under a policy that allows neither inline styles nor eval: it adds no style sheet, and going back in the history reloads
 * the page.
 */
const HTMX_CONFIG = JSON.stringify({ includeIndicatorCSS: false, history: 'reload', defaultTimeout: 15_000 })

type HeadProps = {
  title: string
  description?: string
  image?: string | null
  /** The colour of the browser's frame, as `#rrggbb`; by default that of the page. */
  themeColor?: string | undefined
}

type DocumentProps = HeadProps & {
  language: Language
  /** The page's own path, to return to after logging in or changing the language. */
  path: string
  /** The text in the search field. */
  query?: string
  /** Whether the page has a `#results` that is refreshed while the visitor types. */
  liveSearch?: boolean
  serverTime?: string
  /** Without scripts, for a preview. */
  isStatic?: boolean
  children: ComponentChildren
}

/** The frame of every page except the waiting page. It shows the links of a guest until a script reads the nickname from its cookie. */
export function Document(props: DocumentProps) {
  const { language, path, query = '', liveSearch = false, serverTime, children, ...head } = props
  return (
    <html lang={language} data-server-time={serverTime}>
      <Head {...head} />
      <body>
        <a class='skip' href='#main'>{words(language)('skip')}</a>
        <SiteHeader language={language} path={path} query={query} liveSearch={liveSearch} />
        <StaleNotice />
        <main id='main' tabindex={-1}>{children}</main>
        <SiteFooter language={language} />
        <VisitBar language={language} />
      </body>
    </html>
  )
}

/**
 * `admin`: whether the page is one of the admin pages, which have a style sheet and a script of their own and are not indexed. `children`:
 * more elements.
 */
export function Head(
  { title, description, image, themeColor, isStatic = false, admin = false, children }: HeadProps & {
    isStatic?: boolean
    admin?: boolean
    children?: ComponentChildren
  },
) {
  return (
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
      <meta name='theme-color' content={themeColor ?? '#ffffff'} media='(prefers-color-scheme: light)' />
      <meta name='theme-color' content={themeColor ?? '#1b1826'} media='(prefers-color-scheme: dark)' />
      <meta name='htmx-config' content={HTMX_CONFIG} />
      <link rel='icon' href={assetUrl('favicon.svg')} type='image/svg+xml' />
      <link rel='stylesheet' href={assetUrl('app.css')} />
      {admin && <link rel='stylesheet' href={assetUrl('admin.css')} />}
      {admin && <meta name='robots' content='noindex' />}
      {!isStatic && <script src={assetUrl('htmx.js')} defer></script>}
      {!isStatic && <script src={assetUrl(admin ? 'admin.js' : 'app.js')} type='module'></script>}
      {children}
    </head>
  )
}
