import type { ComponentChildren } from 'preact'
import type { Language } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import { may, type OperatorRole, type Permission } from '../../edge/contract/roles.ts'
import { Head } from '../components/document.tsx'
import { Mark } from '../components/mark.tsx'
import { words } from '../text.ts'
import { EventNav, type EventTabs } from './components/event-nav.tsx'
import { type AdminTextName, adminWords, ROLE_NAMES } from './texts.ts'

/** The operator who looks at a page. */
export type Viewer = { nickname: string; role: OperatorRole }

type AdminDocumentProps = {
  language: Language
  viewer: Viewer
  /** The page's own path, to return to after changing the language. */
  path: string
  title: string
  /** A line below the title. */
  lead?: ComponentChildren
  /** Links and buttons beside the title. */
  actions?: ComponentChildren
  /** The page above this one, as a link above the title. */
  parent?: { href: string; title: string }
  /** Links to the other pages of the event that the page belongs to. */
  tabs?: EventTabs | undefined
  serverTime?: string
  /** More elements of the head, such as a script of this page alone. */
  head?: ComponentChildren
  children: ComponentChildren
}

/** The frame of every admin page. */
export function AdminDocument(props: AdminDocumentProps) {
  const { language, viewer, path, title, lead, actions, parent, tabs, serverTime, head, children } = props
  return (
    <html lang={language} data-server-time={serverTime}>
      <Head title={title} admin>{head}</Head>
      <body class='admin'>
        <a class='skip' href='#main'>{words(language)('skip')}</a>
        <AdminHeader language={language} viewer={viewer} path={path} />
        <main id='main' tabindex={-1}>
          <header class='page-head'>
            <div>
              {parent && <a class='parent' href={parent.href}>{parent.title}</a>}
              <h1>{title}</h1>
              {lead && <p class='muted'>{lead}</p>}
            </div>
            {actions && <div class='page-actions'>{actions}</div>}
          </header>
          {tabs && <EventNav language={language} role={viewer.role} path={path} {...tabs} />}
          {children}
        </main>
      </body>
    </html>
  )
}

/** The sections in the order of an operator's day. */
const SECTIONS: readonly [AdminTextName, string, Permission][] = [
  ['overview', paths.admin.home, 'figures.read'],
  ['events', paths.admin.events, 'figures.read'],
  ['seats', paths.admin.seats, 'figures.read'],
  ['rooms', paths.admin.rooms, 'figures.read'],
  ['reservations', paths.admin.reservations, 'reservations.read'],
  ['checkIn', paths.checkIn(), 'tickets.check'],
  ['reports', paths.admin.reports, 'reports.read'],
  ['people', paths.admin.people, 'people.manage'],
  ['audit', paths.admin.audit, 'audit.read'],
]

type HeaderProps = { language: Language; viewer: Viewer; path: string }

/** A bar with a menu that opens on phones, a column at the side on wider screens. The menu needs no script. */
function AdminHeader({ language, viewer, path }: HeaderProps) {
  const word = adminWords(language)
  return (
    <header class='admin-header'>
      <a class='logo' href={paths.admin.home}>
        <Mark />NETicket <span class='admin-mark'>{word('adminPages')}</span>
      </a>
      <input type='checkbox' id='admin-menu' class='visually-hidden menu-switch' aria-label={word('menu')} />
      <label class='menu-label' for='admin-menu' aria-hidden='true'>{word('menu')}</label>
      <div class='admin-menu'>
        <nav aria-label={word('adminPages')}>
          <ul>
            {SECTIONS.filter(([, , permission]) => may(viewer.role, permission)).map(([name, href]) => (
              <li key={name}>
                <a href={href} aria-current={isCurrent(path, href) ? 'page' : undefined}>{word(name)}</a>
              </li>
            ))}
          </ul>
        </nav>
        <AccountMenu language={language} viewer={viewer} path={path} />
      </div>
    </header>
  )
}

function AccountMenu({ language, viewer, path }: HeaderProps) {
  const other = language === 'ko' ? 'en' : 'ko'
  return (
    <div class='admin-account'>
      <p>
        <strong>{viewer.nickname}</strong> <span class='muted small'>{ROLE_NAMES[viewer.role][language]}</span>
      </p>
      <a href={paths.admin.account}>{adminWords(language)('account')}</a>
      <a href={paths.home}>{adminWords(language)('toShop')}</a>
      <a href={paths.language(other, path)} lang={other} hreflang={other}>{other === 'ko' ? '한국어' : 'English'}</a>
      <form method='post' action={paths.logout}>
        <button class='link' type='submit'>{words(language)('logout')}</button>
      </form>
    </div>
  )
}

/** Whether a section's pages include the path. */
const isCurrent = (path: string, section: string): boolean => {
  const pathname = path.split('?')[0]!
  return pathname === section || (section !== paths.admin.home && pathname.startsWith(`${section}/`))
}
