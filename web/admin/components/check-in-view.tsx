import type { ComponentChildren } from 'preact'
import type { CheckInFigures, SeatName, Verdict } from '../../../edge/contract/check-in.ts'
import type { Language } from '../../../edge/contract/language.ts'
import { paths } from '../../../edge/contract/paths.ts'
import { count, timeOfDay } from '../../format.ts'
import { checkInSentences, type CheckInTextName, checkInWords } from '../check-in-texts.ts'
import type { CheckInActs, CheckInState, Scan } from '../check-in-state.ts'
import { CheckInInputs } from './check-in-inputs.tsx'

type ViewProps = { language: Language; state: CheckInState; acts?: CheckInActs | undefined }

/** The page at the door: the verdict first, then the camera, then the rest. */
export function CheckInView({ language, state, acts }: ViewProps) {
  const word = checkInWords(language)
  const { conflicts, recent } = state
  return (
    <div class='door'>
      <Connection language={language} state={state} acts={acts} />
      <Inside language={language} figures={state.figures} />
      <div class='door-verdict' role='status' aria-live='assertive'>
        {state.note && <p class='notice warn'>{word(state.note)}</p>}
        {state.current && <VerdictPanel language={language} scan={state.current} state={state} acts={acts} />}
      </div>
      {conflicts.length > 0 && (
        <section aria-labelledby='conflicts'>
          <h2 id='conflicts'>{word('conflicts')}</h2>
          <p>{word('conflictsHint')}</p>
          <ScanList language={language} scans={conflicts}>
            {(scan) => (
              <button class='button secondary small' type='button' onClick={() => acts?.onDismiss(scan)}>
                {word('dismiss')}
              </button>
            )}
          </ScanList>
        </section>
      )}
      <CheckInInputs language={language} state={state} acts={acts} />
      {recent.length > 0 && (
        <section aria-labelledby='recent'>
          <h2 id='recent'>{word('recent')}</h2>
          <ScanList language={language} scans={recent}>
            {(scan) => canUndo(scan) && <UndoButton language={language} scan={scan} acts={acts} />}
          </ScanList>
        </section>
      )}
    </div>
  )
}

function Connection({ language, state: { connection, listAsOf, pending }, acts }: ViewProps) {
  const word = checkInWords(language)
  const text: Record<CheckInState['connection'], string> = {
    loading: word('loading'),
    online: word('online'),
    offline: listAsOf ? word('offline') : word('noList'),
    login: word('loginNeeded'),
  }
  return (
    <div class={`door-connection ${connection}`}>
      <p role='status'>
        <strong>{text[connection]}</strong>
        {pending > 0 && <span class='chip few'>{checkInSentences.waiting(pending)[language]}</span>}
      </p>
      <p>
        {listAsOf && <span class='small'>{word('asOf')} {timeOfDay(listAsOf)}</span>}
        {connection === 'login' && <a class='button secondary small' href={paths.login('/check-in')}>{word('login')}</a>}
        <button class='button secondary small' type='button' onClick={() => acts?.onRefresh()}>{word('refresh')}</button>
      </p>
    </div>
  )
}

function Inside({ language, figures: { ticketTypes } }: { language: Language; figures: CheckInFigures }) {
  const sumOf = (key: 'seats' | 'admitted') => ticketTypes.reduce((sum, type) => sum + type[key], 0)
  return (
    <div class='door-inside'>
      <p>
        <span class='muted'>{checkInWords(language)('inside')}</span> <strong>{count(sumOf('admitted'), language)}</strong> /{' '}
        {count(sumOf('seats'), language)}
      </p>
      <ul>
        {ticketTypes.map(({ id, name, seats, admitted }) => (
          <li key={id}>{name} {count(admitted, language)} / {count(seats, language)}</li>
        ))}
      </ul>
    </div>
  )
}

const HEADINGS: Record<Verdict['kind'], CheckInTextName> = {
  admitted: 'admitted',
  used: 'used',
  cancelled: 'cancelled',
  other_event: 'otherEvent',
  unknown: 'unknown',
  unknown_key: 'unknownKey',
  invalid: 'invalid',
}

const headingOf = ({ verdict: { kind }, isPending, isUndone }: Scan): CheckInTextName =>
  isUndone ? 'undone' : kind === 'admitted' && isPending ? 'admittedOffline' : HEADINGS[kind]

const toneOf = ({ verdict: { kind }, isUndone }: Scan): string =>
  isUndone ? 'undone' : kind === 'admitted' ? 'good' : kind === 'unknown' ? 'warn' : 'bad'

const canUndo = ({ verdict, isUndone }: Scan): boolean => verdict.kind === 'admitted' && !isUndone

function VerdictPanel({ language, scan, state, acts }: ViewProps & { scan: Scan }) {
  const word = checkInWords(language)
  const { verdict } = scan
  return (
    <div class={`verdict ${toneOf(scan)}`} data-verdict={scan.isUndone ? 'undone' : verdict.kind}>
      <p class='verdict-heading'>{word(headingOf(scan))}</p>
      {'seat' in verdict && <Seat language={language} seat={verdict.seat} />}
      {verdict.kind === 'used' && <p>{checkInSentences.usedAt(timeOfDay(verdict.at), verdict.device)[language]}</p>}
      {verdict.kind === 'unknown' && state.connection !== 'online' && <p>{word('unknownOffline')}</p>}
      {canUndo(scan) && <UndoButton language={language} scan={scan} acts={acts} />}
    </div>
  )
}

function Seat({ language, seat: { code, ticketType, ordinal, quantity } }: { language: Language; seat: SeatName }) {
  return (
    <p>
      <strong>{ticketType}</strong> {checkInSentences.seat(ordinal, quantity)[language]}{' '}
      <span class='reservation-number'>{code}</span>
    </p>
  )
}

function UndoButton({ language, scan, acts }: { language: Language; scan: Scan; acts?: CheckInActs | undefined }) {
  const name = 'seat' in scan.verdict ? scan.verdict.seat.code : ''
  return (
    <button class='button secondary small' type='button' onClick={() => acts?.onUndo(scan)}>
      {checkInWords(language)('undo')}
      <span class='visually-hidden'>{name}</span>
    </button>
  )
}

type ScanListProps = { language: Language; scans: readonly Scan[]; children(scan: Scan): ComponentChildren }

function ScanList({ language, scans, children }: ScanListProps) {
  const word = checkInWords(language)
  return (
    <ul class='scans'>
      {scans.map((scan) => (
        <li key={scan.id} class={toneOf(scan)}>
          <p>
            <strong>{word(headingOf(scan))}</strong>
            {scan.verdict.kind === 'used' && (
              <span class='small'>{checkInSentences.usedAt(timeOfDay(scan.verdict.at), scan.verdict.device)[language]}</span>
            )}
          </p>
          {'seat' in scan.verdict && <Seat language={language} seat={scan.verdict.seat} />}
          {children(scan)}
        </li>
      ))}
    </ul>
  )
}
