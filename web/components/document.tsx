import type { ComponentChildren } from 'preact'
import { type Language, LANGUAGES } from '../../edge/contract/language.ts'
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
  description?: string | undefined
  /** The path of a raster image for shared links. */
  image?: string | null
  /** The address of the page for search engines and shared links; null if the shop's own address is not configured. */
  address?: PageAddress | null
  /** Whether search engines may list the page: not those for one person, nor steps of booking. */
  isIndexed?: boolean
  /** What the page shows, as schema.org describes it. */
  structured?: object | null
  /** The colour of the browser's frame, as `#rrggbb`; by default that of the page. */
  themeColor?: string | undefined
}

/** `site`: without a path, such as `https://shop.example`. */
type PageAddress = { site: string; path: string; language: Language }

type DocumentProps = Omit<HeadProps, 'address'> & {
  language: Language
  publicUrl?: string | null
  /** The page's own path, to return to after logging in or changing the language. */
  path: string
  /** The text in the search field. */
  query?: string
  /** Whether the header has a search field: not while somebody books. */
  hasSearch?: boolean
  /** Whether the page has a `#results` that is refreshed while the visitor types. */
  liveSearch?: boolean
  serverTime?: string
  /** Without scripts, for a preview. */
  isStatic?: boolean
  children: ComponentChildren
}

/** The frame of every page except the waiting page. It shows the links of a guest until a script reads the nickname from its cookie. */
export function Document(props: DocumentProps) {
  const { language, path, query = '', hasSearch = true, liveSearch = false, serverTime, publicUrl, children, ...head } = props
  const address = publicUrl ? { site: publicUrl, path, language } : null
  return (
    <html lang={language} data-server-time={serverTime}>
      <Head address={address} {...head} />
      <body>
        <a class='skip' href='#main'>{words(language)('skip')}</a>
        <SiteHeader language={language} path={path} query={query} hasSearch={hasSearch} liveSearch={liveSearch} />
        <StaleNotice />
        <main id='main' tabindex={-1}>{children}</main>
        <SiteFooter language={language} />
        <VisitBar language={language} />
      </body>
    </html>
  )
}

/**
 * `admin`: whether the page is one of the admin pages, which have a style sheet and a script of their own. `children`:
 * more elements.
 */
export function Head(
  {
    title,
    description,
    image,
    address = null,
    isIndexed = false,
    structured,
    themeColor,
    isStatic = false,
    admin = false,
    children,
  }:
    & HeadProps
    & {
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
      <Address address={address} image={image ?? null} />
      {structured && <script type='application/ld+json' dangerouslySetInnerHTML={{ __html: jsonForHtml(structured) }}></script>}
      <meta name='color-scheme' content='light dark' />
      <meta name='theme-color' content={themeColor ?? '#ffffff'} media='(prefers-color-scheme: light)' />
      <meta name='theme-color' content={themeColor ?? '#1b1826'} media='(prefers-color-scheme: dark)' />
      <meta name='htmx-config' content={HTMX_CONFIG} />
      <link rel='icon' href={assetUrl('favicon.svg')} type='image/svg+xml' />
      <link rel='preload' href={assetUrl('brand.woff2')} as='font' type='font/woff2' crossorigin='anonymous' />
      {!admin && !isStatic && <script src={assetUrl('member.js')}></script>}
      <link rel='stylesheet' href={assetUrl('app.css')} />
      {admin && <link rel='stylesheet' href={assetUrl('admin.css')} />}
      {!isIndexed && <meta name='robots' content='noindex' />}
      {!isStatic && <script src={assetUrl('htmx.js')} defer></script>}
      {!isStatic && <script src={assetUrl(admin ? 'admin.js' : 'app.js')} type='module'></script>}
      {children}
    </head>
  )
}

/** JSON that no text in it can end early: `<` exists in its strings only. */
const jsonForHtml = (value: object): string => JSON.stringify(value).replaceAll('<', '\\u003c')

/**
 * The canonical address, that of each language, and the image of shared links. All must be absolute. The address without `lang` is none of
 * them: its language is that of the visitor, so it would be a second address of each page.
 */
function Address({ address, image }: { address: PageAddress | null; image: string | null }) {
  if (!address) return null
  const { site, path, language } = address
  const inLanguage = (lang: Language) => `${site}${path}${path.includes('?') ? '&' : '?'}lang=${lang}`
  return (
    <>
      <link rel='canonical' href={inLanguage(language)} />
      {LANGUAGES.map((lang) => <link key={lang} rel='alternate' hreflang={lang} href={inLanguage(lang)} />)}
      <link rel='alternate' hreflang='x-default' href={inLanguage('en')} />
      <meta property='og:url' content={inLanguage(language)} />
      <meta property='og:locale' content={language === 'ko' ? 'ko_KR' : 'en_US'} />
      <meta property='og:image' content={site + (image ?? assetUrl('share.png'))} />
      <meta name='twitter:card' content='summary_large_image' />
    </>
  )
}
