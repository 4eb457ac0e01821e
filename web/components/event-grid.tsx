import type { EventCard as EventCardData } from '../../edge/contract/events.ts'
import type { Language } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import { shortDateTime } from '../format.ts'
import { Highlighted } from './highlighted.tsx'
import { Poster } from './poster.tsx'
import { PriceFrom } from './price.tsx'
import { ExceptionChip } from './status-chip.tsx'

type Ranges = [start: number, end: number][]
/** What a search has found, by the id of an event. */
export type MarksById = ReadonlyMap<number, { title: Ranges; venue: Ranges }>
type EventGridProps = {
  language: Language
  events: EventCardData[]
  /** The server's time, ISO 8601. */
  now: string
  isRow?: boolean
  marks?: MarksById | undefined
}

/** Events as a grid of cards, or as one row that scrolls. */
export function EventGrid({ language, events, now, isRow = false, marks }: EventGridProps) {
  return (
    <ul class={isRow ? 'cards row' : 'cards'}>
      {events.map((event) => (
        <li key={event.id}>
          <EventCard language={language} event={event} now={now} marks={marks?.get(event.id)} />
        </li>
      ))}
    </ul>
  )
}

type EventCardProps = {
  language: Language
  event: EventCardData
  now: string
  marks: { title: Ranges; venue: Ranges } | undefined
}

function EventCard({ language, event, now, marks }: EventCardProps) {
  return (
    <a class={`card ${event.status}`} href={paths.event(event.id)}>
      <Poster event={event} />
      <span class='card-facts'>
        <strong class='card-title'>
          <Highlighted text={event.title} ranges={marks?.title} />
        </strong>
        <span class='card-when'>{shortDateTime(event.startsAt, language, event.zone, now)}</span>
        <span class='card-venue'>
          <Highlighted text={event.venue} ranges={marks?.venue} />
        </span>
        <span class='card-offer'>
          <strong class='card-price'>
            <PriceFrom language={language} won={event.priceFrom} />
          </strong>
          <ExceptionChip language={language} event={event} now={now} />
        </span>
      </span>
    </a>
  )
}
