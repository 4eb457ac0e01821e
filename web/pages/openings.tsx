import type { EventCard } from '../../edge/contract/events.ts'
import type { Language } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import { Document } from '../components/document.tsx'
import { Poster } from '../components/poster.tsx'
import { EventStatusChip } from '../components/status-chip.tsx'
import { localDate, monthName, timeInKorea, weekdayNames, weekdayOf } from '../format.ts'
import { sentences, words } from '../text.ts'

type OpeningsProps = {
  language: Language
  /** `2026-12`, in Korea. */
  month: string
  /** The neighbouring months that have a page. */
  previous: string | null
  next: string | null
  /** The events whose sale opens in the month, by opening. */
  events: EventCard[]
  serverTime: string
  publicUrl: string | null
}

/** The openings of a month: a calendar that links to the days, and a list by day. */
export function OpeningsPage({ language, month, previous, next, events, serverTime, publicUrl }: OpeningsProps) {
  const word = words(language)
  const days = Map.groupBy(events, ({ opensAt }) => localDate(opensAt))
  return (
    <Document
      language={language}
      title={word('openingCalendar')}
      description={word('openingCalendar')}
      path={paths.openings(month)}
      publicUrl={publicUrl}
      serverTime={serverTime}
    >
      <h1>{word('openingCalendar')}</h1>
      <div class='openings'>
        <div class='month'>
          <nav class='month-nav' aria-label={word('openingCalendar')}>
            {previous ? <a href={paths.openings(previous)} rel='prev' aria-label={word('previousMonth')}>‹</a> : <span></span>}
            <strong>{monthName(month, language)}</strong>
            {next ? <a href={paths.openings(next)} rel='next' aria-label={word('nextMonth')}>›</a> : <span></span>}
          </nav>
          <Month language={language} month={month} days={days} today={localDate(serverTime)} />
        </div>
        <div class='opening-days'>
          {days.size === 0 && <p class='notice'>{word('noOpenings')}</p>}
          {[...days].map(([day, opening]) => <Day key={day} language={language} day={day} events={opening} />)}
        </div>
      </div>
    </Document>
  )
}

type MonthProps = { language: Language; month: string; days: Map<string, EventCard[]>; today: string }

function Month({ language, month, days, today }: MonthProps) {
  const first = `${month}-01`
  const length = new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).getUTCDate()
  const cells = [
    ...Array.from({ length: weekdayOf(first) }, () => null),
    ...Array.from({ length }, (_, i) => `${month}-${String(i + 1).padStart(2, '0')}`),
  ]
  const weeks = Array.from({ length: Math.ceil(cells.length / 7) }, (_, week) => cells.slice(week * 7, week * 7 + 7))
  return (
    <table>
      <thead>
        <tr>{weekdayNames(language).map((name) => <th key={name} scope='col'>{name}</th>)}</tr>
      </thead>
      <tbody>
        {weeks.map((week, i) => (
          <tr key={i}>
            {week.map((day, j) => (
              <td key={day ?? j} aria-current={day === today ? 'date' : undefined}>
                {day && <DayNumber language={language} day={day} openings={days.get(day)?.length ?? 0} />}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function DayNumber({ language, day, openings }: { language: Language; day: string; openings: number }) {
  const number = Number(day.slice(8))
  if (openings === 0) return <>{number}</>
  return (
    <a href={`#day-${day}`}>
      {number}
      <span class='visually-hidden'>{`: ${sentences.openings(openings)[language]}`}</span>
    </a>
  )
}

function Day({ language, day, events }: { language: Language; day: string; events: EventCard[] }) {
  const word = words(language)
  return (
    <section id={`day-${day}`} aria-labelledby={`title-${day}`}>
      <h2 id={`title-${day}`}>
        {sentences.day(Number(day.slice(5, 7)), Number(day.slice(8)), weekdayNames(language)[weekdayOf(day)]!)[language]}
      </h2>
      <ul>
        {events.map((event) => (
          <li key={event.id} class='opening'>
            <strong class='opening-time'>{timeInKorea(event.opensAt)}</strong>
            <Poster event={event} sizes='3.5rem' />
            <div>
              <a href={paths.event(event.id)}>
                <bdi>{event.title}</bdi>
              </a>
              <p class='muted small'>
                <bdi>{event.venue}</bdi>
              </p>
            </div>
            {event.status === 'upcoming'
              ? (
                <a class='button secondary small remind' href={paths.eventCalendar(event.id, 'opening')}>
                  <CalendarIcon />
                  <span>{word('remindMe')}</span>
                </a>
              )
              : <EventStatusChip language={language} event={event} />}
          </li>
        ))}
      </ul>
    </section>
  )
}

const CalendarIcon = () => (
  <svg class='search-icon' aria-hidden='true' viewBox='0 0 24 24' width='20' height='20'>
    <path d='M4 9h16M8 3v4m8-4v4M6 5h12a2 2 0 0 1 2 2v11a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2Zm6 7v5m-2.5-2.5h5' />
  </svg>
)
