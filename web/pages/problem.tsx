import type { Language } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import type { Problem } from '../../edge/contract/problems.ts'
import { Document } from '../components/document.tsx'
import { ADVICE } from '../problem-advice.ts'
import { words } from '../text.ts'

type ProblemProps = { language: Language; problem: Problem; path: string }

/** The page for every problem: what happened, what to do next, and a link to continue. */
export function ProblemPage({ language, problem, path }: ProblemProps) {
  const word = words(language)
  const waitSeconds = problem.retryAfterSeconds !== undefined && problem.retryAfterSeconds <= LONGEST_WAIT_SECONDS
    ? problem.retryAfterSeconds
    : null
  const [beforeSeconds, afterSeconds] = word('tryAgainIn').split('%')
  return (
    <Document language={language} title={problem.title} path={pageOf(path)}>
      <div class='narrow problem-page'>
        <svg class='problem-mark' aria-hidden='true' viewBox='0 0 96 64' width='96' height='64'>
          <path d='M12 4h30l-4 9 6 9-6 9 6 9-6 9 4 9H12a8 8 0 0 1-8-8V42a10 10 0 0 0 0-20V12a8 8 0 0 1 8-8Z' />
          <path d='M54 4h30a8 8 0 0 1 8 8v10a10 10 0 0 0 0 20v10a8 8 0 0 1-8 8H54l-4-9 6-9-6-9 6-9-6-9Z' />
        </svg>
        <h1>{problem.title}</h1>
        <p class='lead'>{problem.detail === problem.title ? ADVICE[problem.code][language] : problem.detail}</p>
        {waitSeconds !== null && (
          <p class='muted'>
            {beforeSeconds}
            <strong data-retry-seconds={waitSeconds}>{waitSeconds}</strong>
            {afterSeconds}
          </p>
        )}
        <p class='actions'>
          <NextStep language={language} problem={problem} path={pageOf(path)} />
          <a class='button secondary' href={paths.home}>{word('home')}</a>
        </p>
        <p class='muted small'>{word('problemCode')} {problem.status} · {problem.code}</p>
      </div>
    </Document>
  )
}

/** A longer wait, for example for a sale that opens tomorrow, is not counted down in seconds. */
const LONGEST_WAIT_SECONDS = 600

/** The page that a form was sent from: a path that only accepts forms cannot be opened. */
const pageOf = (path: string) =>
  path.replace(/(?:\/tickets(?:\/leave)?|\/pass(?:\/extension)?|\/cancellation)$/, '').replace(/^\/logout$/, paths.home)

function NextStep({ language, problem, path }: ProblemProps) {
  const word = words(language)
  const link = (href: string, label: string) => <a class='button' href={href}>{label}</a>
  const eventId = path.match(/^\/(?:events\/|queue\/event-)(\d+)/)?.[1]
  switch (problem.code) {
    case 'unauthenticated':
    case 'wrong_credentials':
    case 'email_taken':
      return link(paths.login(path), word('login'))
    case 'email_unverified':
      return link(paths.account(), word('verifyEmail'))
    case 'code_required':
      return link(paths.admin.twoFactor(), word('continue'))
    case 'pass_required':
    case 'pass_invalid':
    case 'pass_in_use':
    case 'turn_missed':
    case 'ticket_used':
    case 'ticket_invalid':
    case 'not_your_turn':
      return eventId
        ? link(paths.queue(eventId), word(problem.code === 'not_your_turn' ? 'toQueue' : 'joinAgain'))
        : link(paths.home, word('toEvents'))
    case 'extension_used':
    case 'extension_early':
      return eventId ? link(paths.booking(eventId), word('toBooking')) : link(path, word('tryAgain'))
    case 'cross_site':
    case 'sale_not_open':
    case 'sale_closed':
    case 'sale_stopped':
    case 'sold_out':
      return eventId ? link(paths.event(eventId), word('toEvent')) : link(paths.home, word('toEvents'))
    case 'limit_exceeded':
    case 'cancel_closed':
    case 'internal':
      return link(paths.me(), word('toMyPage'))
    case 'not_found':
    case 'forbidden':
      return link(paths.search(), word('search'))
    default:
      return link(path, word('tryAgain'))
  }
}
