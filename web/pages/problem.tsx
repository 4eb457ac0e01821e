import type { Language } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import type { Problem } from '../../edge/contract/problem.ts'
import { Document } from '../render.tsx'
import { words } from '../text.ts'

type ProblemProps = { language: Language; problem: Problem; path: string }

/** The one page for everything that cannot be done: what it is, and the way out. */
export function ProblemPage({ language, problem, path }: ProblemProps) {
  const word = words(language)
  return (
    <Document language={language} title={problem.title} path={path}>
      <div class='narrow problem-page'>
        <p class='problem-status' aria-hidden='true'>{problem.status}</p>
        <h1>{problem.title}</h1>
        {problem.detail !== problem.title && <p>{problem.detail}</p>}
        {problem.retryAfterSeconds !== undefined && problem.retryAfterSeconds <= 600 && (
          <p class='muted'>
            {language === 'en' && 'Please wait '}
            <strong data-retry-seconds={problem.retryAfterSeconds}>{problem.retryAfterSeconds}</strong>
            {language === 'en' ? ' ' : ''}
            {word('tryAgainIn')}
          </p>
        )}
        <p class='actions'>
          <WayOut language={language} problem={problem} path={path} />
          <a class='button secondary' href={paths.home}>{word('home')}</a>
        </p>
      </div>
    </Document>
  )
}

function WayOut({ language, problem, path }: ProblemProps) {
  const word = words(language)
  const link = (href: string, label: string) => <a class='button' href={href}>{label}</a>
  const eventId = path.match(/^\/(?:events\/|queue\/event-)(\d+)/)?.[1]
  switch (problem.code) {
    case 'unauthenticated':
    case 'wrong_credentials':
      return link(paths.login(path), word('login'))
    case 'pass_required':
    case 'pass_invalid':
    case 'pass_in_use':
    case 'turn_missed':
    case 'ticket_used':
    case 'ticket_invalid':
      return eventId ? link(paths.queue(eventId), word('joinAgain')) : link(paths.home, word('toEvents'))
    case 'sale_not_open':
    case 'sale_closed':
    case 'sold_out':
      return eventId ? link(paths.event(eventId), word('toEvent')) : link(paths.home, word('toEvents'))
    case 'not_found':
      return link(paths.search(), word('search'))
    default:
      return link(path, word('tryAgain'))
  }
}
