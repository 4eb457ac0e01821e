import type { Language } from '../../../edge/contract/language.ts'
import type { LiveFrame, ProcessHealth, TimelinePoint } from '../../../edge/contract/live.ts'
import { describeProblem, type ProblemCode, PROBLEMS } from '../../../edge/contract/problems.ts'
import { count, timeOfDay } from '../../format.ts'
import { type LiveTextName, liveWords } from '../live-texts.ts'
import { type Column, DataTable } from './data-table.tsx'

export type LiveDetailProps = {
  language: Language
  frame: LiveFrame | null
  /** The names of ticket types by id. */
  names: Record<string, string>
  /** The last points, newest first. */
  points: TimelinePoint[]
}

/** The tables of a live board. The server and the page's script render it. */
export function LiveDetail({ language, frame, names, points }: LiveDetailProps) {
  const word = liveWords(language)
  return (
    <>
      {frame && <SeatTable language={language} frame={frame} names={names} />}
      {frame && <Refusals language={language} frame={frame} />}
      {frame && frame.processes.length > 0 && <Processes language={language} frame={frame} />}
      <details class='live-table'>
        <summary>{word('table')}</summary>
        <PointTable language={language} points={points} />
      </details>
    </>
  )
}

function SeatTable({ language, frame, names }: { language: Language; frame: LiveFrame; names: Record<string, string> }) {
  const word = liveWords(language)
  if (frame.seats.length === 0) return null
  const number = (
    title: LiveTextName,
    pick: (row: LiveFrame['seats'][number]) => number,
  ): Column<LiveFrame['seats'][number]> => ({
    title: word(title),
    isNumber: true,
    cell: (row) => count(pick(row), language),
  })
  return (
    <section aria-labelledby='live-seats'>
      <h2 id='live-seats'>{word('ticketTypes')}</h2>
      <DataTable
        caption={word('ticketTypes')}
        rows={frame.seats}
        keyOf={({ id }) => id}
        columns={[
          { title: word('ticketType'), cell: ({ id }) => names[id] ?? `#${id}` },
          number('left', ({ left }) => left),
          number('sold', ({ sold }) => sold),
          number('total', ({ total }) => total),
        ]}
      />
    </section>
  )
}

function Refusals({ language, frame }: { language: Language; frame: LiveFrame }) {
  const word = liveWords(language)
  const refusals = Object.entries(frame.refusals).sort(([, a], [, b]) => b - a)
  return (
    <section aria-labelledby='live-refusals'>
      <h2 id='live-refusals'>{word('refusals')}</h2>
      {refusals.length === 0 ? <p class='muted'>{word('noRefusals')}</p> : (
        <ul class='refusals'>
          {refusals.map(([code, refused]) => (
            <li key={code}>
              <span>{titleOf(code, language)}</span> <strong>{count(refused, language)}</strong>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

/** What buyers read when they are refused. A process of another release may count a code that this one does not know. */
const titleOf = (code: string, language: Language): string => isKnown(code) ? describeProblem(code, language).title : code
const isKnown = (code: string): code is ProblemCode => Object.hasOwn(PROBLEMS, code)

/** A process that has not reported for longer than this is shown as silent. */
const SILENT_MS = 5_000

function Processes({ language, frame }: { language: Language; frame: LiveFrame }) {
  const word = liveWords(language)
  const atMs = Math.max(...frame.processes.map(({ reportedAt }) => Date.parse(reportedAt)))
  return (
    <section aria-labelledby='live-processes'>
      <h2 id='live-processes'>{word('processes')}</h2>
      <DataTable
        caption={word('processes')}
        rows={frame.processes}
        keyOf={({ id }) => id}
        columns={[
          { title: word('process'), cell: ({ kind, id }) => `${kind} ${id.slice(-6)}` },
          { title: word('state'), cell: (process) => <ProcessState language={language} process={process} atMs={atMs} /> },
          { title: word('redis'), isNumber: true, cell: ({ redisMs }) => `${redisMs} ms` },
          { title: word('upSince'), cell: ({ upSince }) => timeOfDay(upSince) },
          { title: word('version'), cell: ({ version }) => version },
        ]}
      />
    </section>
  )
}

function ProcessState({ language, process, atMs }: { language: Language; process: ProcessHealth; atMs: number }) {
  const { kind, isHealthy, reportedAt } = process
  const isSilent = atMs - Date.parse(reportedAt) > SILENT_MS
  const state: LiveTextName = isSilent ? 'silent' : isHealthy ? 'healthy' : kind === 'edge' ? 'noOrigin' : 'noDatabase'
  return <span class={`light ${state === 'healthy' ? 'agreed' : 'drift'}`}>{liveWords(language)(state)}</span>
}

function PointTable({ language, points }: { language: Language; points: TimelinePoint[] }) {
  const word = liveWords(language)
  const number = (title: LiveTextName, pick: (point: TimelinePoint) => number | null): Column<TimelinePoint> => ({
    title: word(title),
    isNumber: true,
    cell: (point) => {
      const value = pick(point)
      return value === null ? '–' : count(value, language)
    },
  })
  if (points.length === 0) return <p class='muted'>{word('noChart')}</p>
  return (
    <DataTable
      caption={word('table')}
      rows={points}
      keyOf={({ at }) => at}
      columns={[
        { title: word('time'), cell: ({ at }) => timeOfDay(at) },
        number('bookings', ({ bookings }) => bookings),
        number('left', ({ left }) => left),
        number('refusedShort', ({ refused }) => refused),
        number('cancellations', ({ cancellations }) => cancellations),
        number('waiting', ({ waiting }) => waiting),
        number('active', ({ active }) => active),
        number('p95', ({ p95 }) => p95),
        number('errorsShort', ({ errors }) => errors),
      ]}
    />
  )
}
