import type { Language } from '../../../edge/contract/language.ts'
import { paths } from '../../../edge/contract/paths.ts'
import type { Problem } from '../../../edge/contract/problems.ts'
import { type Rehearsal, REHEARSAL_LIMITS } from '../../../edge/contract/rehearsals.ts'
import { Field } from '../../components/fields.tsx'
import { EmptyNotice, ProblemNotice } from '../../components/notices.tsx'
import { count, dateTime } from '../../format.ts'
import { AdminDocument, type Viewer } from '../admin-document.tsx'
import { DataTable } from '../components/data-table.tsx'
import { RehearsalSheetView } from '../components/rehearsal-sheet.tsx'
import { duration, isActive, rehearsalWords, verdictOf } from '../rehearsal-texts.ts'
import { titleOf } from '../titles.ts'

export type RehearsalPageProps = {
  language: Language
  viewer: Viewer
  event: { id: number; title: string; titleEn: string }
  /** Newest first. */
  items: Rehearsal[]
  /** What the form contains. */
  input: { buyers: string; seconds: string; expected: string }
  /** Why no rehearsal can start now, or what is wrong with the form. */
  problem: Problem | undefined
}

export function RehearsalPage(props: RehearsalPageProps) {
  const { language, viewer, event } = props
  const word = rehearsalWords(language)
  return (
    <AdminDocument
      language={language}
      viewer={viewer}
      path={paths.admin.rehearsal(event.id)}
      title={word('title')}
      lead={word('lead')}
      parent={{ href: paths.admin.event(event.id), title: titleOf(event, language) }}
      tabs={{ eventId: event.id, current: 'rehearsal' }}
    >
      <RehearsalState {...props} />
    </AdminDocument>
  )
}

/** The part that htmx replaces while a rehearsal runs: progress; then the sheet, the form and the history. */
export function RehearsalState(props: RehearsalPageProps) {
  const { language, event, items } = props
  const [latest] = items
  if (latest && isActive(latest)) {
    return (
      <div id='rehearsal' hx-get={paths.admin.rehearsal(event.id)} hx-trigger='every 2s' hx-swap='outerHTML'>
        <Progress language={language} eventId={event.id} rehearsal={latest} />
      </div>
    )
  }
  return (
    <div id='rehearsal'>
      <StartForm {...props} />
      {latest ? <Result language={language} rehearsal={latest} /> : <NoRehearsal language={language} />}
      {items.length > 1 && <History language={language} items={items} />}
    </div>
  )
}

function Progress({ language, eventId, rehearsal }: { language: Language; eventId: number; rehearsal: Rehearsal }) {
  const word = rehearsalWords(language)
  const { state, progress, buyers, seconds } = rehearsal
  const of = (part: number, whole: number) => `${count(part, language)} / ${count(whole, language)}`
  return (
    <section aria-labelledby='running' aria-live='polite'>
      <h2 id='running'>{word('running')}</h2>
      {state === 'stopping' && <p class='notice warn'>{word('stopping')}</p>}
      {state === 'removing' && <p class='notice'>{word('removing')}</p>}
      {!progress ? <p class='notice'>{word('preparing')}</p> : (
        <>
          <progress class='rehearsal-progress' aria-label={word('booked')} max={buyers} value={progress.admitted} />
          <dl class='figures'>
            <div>
              <dt>{word('elapsed')}</dt>
              <dd>{`${duration(progress.elapsedSeconds, language)} / ${duration(seconds, language)}`}</dd>
            </div>
            <div>
              <dt>{word('joined')}</dt>
              <dd>{of(progress.joined, buyers)}</dd>
            </div>
            <div>
              <dt>{word('admitted')}</dt>
              <dd>{of(progress.admitted, buyers)}</dd>
            </div>
            <div>
              <dt>{word('booked')}</dt>
              <dd>{count(progress.booked, language)}</dd>
            </div>
            <div>
              <dt>{word('seatsLeft')}</dt>
              <dd>{count(progress.seatsLeft, language)}</dd>
            </div>
          </dl>
        </>
      )}
      {state === 'running' && (
        <form method='post' action={paths.admin.stopRehearsal(eventId)}>
          <button class='button danger' type='submit'>{word('stop')}</button>
        </form>
      )}
    </section>
  )
}

function StartForm({ language, event, items, input, problem }: RehearsalPageProps) {
  const word = rehearsalWords(language)
  const { buyers, seconds, expected } = REHEARSAL_LIMITS
  const label = word(items.length > 0 ? 'again' : 'start')
  const number = (value: string, { min, max }: { min: number; max: number }) =>
    ({ type: 'number', inputMode: 'numeric', value, min, max }) as const
  const isRefused = problem !== undefined && !problem.errors
  return (
    <section aria-label={label}>
      <ProblemNotice problem={problem} />
      <details class='act' open={items.length === 0 || problem?.errors !== undefined}>
        <summary class={`button ${items.length > 0 || isRefused ? 'secondary' : ''}`}>{label}</summary>
        <form class='panel rehearsal-form' method='post' action={paths.admin.rehearsal(event.id)}>
          <Field
            name='expected'
            label={word('expected')}
            hint={word('expectedHint')}
            problem={problem}
            input={number(input.expected, expected)}
          />
          <Field
            name='buyers'
            label={word('buyers')}
            hint={word('buyersHint')}
            problem={problem}
            input={number(input.buyers, buyers)}
          />
          <Field
            name='seconds'
            label={word('seconds')}
            hint={word('secondsHint')}
            problem={problem}
            input={number(input.seconds, seconds)}
          />
          <button class='button wide' type='submit'>{word('start')}</button>
        </form>
      </details>
    </section>
  )
}

function Result({ language, rehearsal: { sheet, startedAt, buyers } }: { language: Language; rehearsal: Rehearsal }) {
  const word = rehearsalWords(language)
  return (
    <section aria-labelledby='result'>
      <h2 id='result'>{word('result')}</h2>
      <p class='muted'>{`${dateTime(startedAt, language)} · ${word('buyers')} ${count(buyers, language)}`}</p>
      {sheet ? <RehearsalSheetView language={language} sheet={sheet} /> : <p class='notice warn'>{word('noneHint')}</p>}
    </section>
  )
}

const NoRehearsal = ({ language }: { language: Language }) => (
  <EmptyNotice title={rehearsalWords(language)('empty')} hint={rehearsalWords(language)('emptyHint')}>{null}</EmptyNotice>
)

function History({ language, items }: { language: Language; items: Rehearsal[] }) {
  const word = rehearsalWords(language)
  const p99 = ({ sheet }: Rehearsal) => sheet ? `${count(sheet.steps.book.p99Ms, language)} ms` : '–'
  return (
    <section aria-labelledby='history'>
      <h2 id='history'>{word('history')}</h2>
      <DataTable
        caption={word('history')}
        rows={items.slice(1)}
        keyOf={({ id }) => id}
        columns={[
          { title: word('startedAt'), cell: ({ startedAt }) => dateTime(startedAt, language) },
          { title: word('result'), cell: ({ sheet }) => verdictOf(sheet, language) },
          { title: word('buyers'), isNumber: true, cell: ({ buyers }) => count(buyers, language) },
          {
            title: word('peak'),
            isNumber: true,
            cell: ({ sheet }) => sheet ? count(sheet.bookings.peakPerSecond, language) : '–',
          },
          { title: 'p99', isNumber: true, cell: p99 },
        ]}
      />
    </section>
  )
}
