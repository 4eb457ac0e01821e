import type { Language } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import { words } from '../text.ts'
import { Mark } from './mark.tsx'

type SiteHeaderProps = { language: Language; path: string; query: string; liveSearch: boolean }

export function SiteHeader({ language, path, query, liveSearch }: SiteHeaderProps) {
  return (
    <header class='site-header'>
      <div class='bar'>
        <a class='logo' href={paths.home}>
          <Mark />NETicket
        </a>
        <SearchForm language={language} query={query} isLive={liveSearch} />
        <a class='search-link' href={paths.search()}>
          <SearchIcon />
          <span class='visually-hidden'>{words(language)('search')}</span>
        </a>
        <AccountLinks language={language} path={path} />
      </div>
    </header>
  )
}

function SearchForm({ language, query, isLive }: { language: Language; query: string; isLive: boolean }) {
  const word = words(language)
  return (
    <form id='search' class={isLive ? 'search live' : 'search'} role='search' action='/search' method='get'>
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
        hx-get={isLive ? paths.search() : undefined}
        hx-trigger='typed delay:300ms'
        hx-include='.filter'
        hx-target='#results'
        hx-swap='outerHTML'
        hx-replace-url='true'
        hx-sync='this:replace'
      />
      <button type='submit'>
        <SearchIcon />
        <span class='visually-hidden'>{word('find')}</span>
      </button>
    </form>
  )
}

function AccountLinks({ language, path }: { language: Language; path: string }) {
  const word = words(language)
  const other = language === 'ko' ? 'en' : 'ko'
  return (
    <nav class='account' aria-label={word('account')}>
      <a href={paths.login(path)} data-guest>{word('login')}</a>
      <a class='wide-only' href={paths.signup(path)} data-guest>{word('signup')}</a>
      <a href={paths.me()} data-member hidden>
        <bdi class='nickname wide-only' data-nickname></bdi>
        {word('myPage')}
      </a>
      {/* Without scripts nobody knows who is signed in. */}
      <noscript>
        <a href={paths.me()}>{word('myPage')}</a>
      </noscript>
      <form class='wide-only' method='post' action={paths.logout} data-member hidden>
        <button class='link' type='submit'>{word('logout')}</button>
      </form>
      <a class='language' href={paths.language(other, path)} lang={other} hreflang={other}>
        <abbr class='narrow-only' title={other === 'ko' ? '한국어' : 'English'}>{other === 'ko' ? '한' : 'EN'}</abbr>
        <span class='wide-only'>{other === 'ko' ? '한국어' : 'English'}</span>
      </a>
    </nav>
  )
}

const SearchIcon = () => (
  <svg class='search-icon' aria-hidden='true' viewBox='0 0 24 24' width='20' height='20'>
    <path d='m20 20-4.5-4.5M17 10.5a6.5 6.5 0 1 1-13 0 6.5 6.5 0 0 1 13 0Z' />
  </svg>
)
