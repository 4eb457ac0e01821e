import type { EventCard as EventCardData } from '../../edge/contract/events.ts'
import type { Language } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import { shortDateTime } from '../format.ts'
import { Poster } from './poster.tsx'
import { PriceFrom } from './price.tsx'
import { EventStatusChip } from './status-chip.tsx'

type EventGridProps = { language: Language; events: EventCardData[]; isRow?: boolean }

/** Events as a grid of cards, or as one row that scrolls. */
export function EventGrid({ language, events, isRow = false }: EventGridProps) {
  return (
    <ul class={isRow ? 'cards row' : 'cards'}>
      {events.map((event) => (
        <li key={event.id}>
          <EventCard language={language} event={event} />
        </li>
      ))}
    </ul>
  )
}

function EventCard({ language, event }: { language: Language; event: EventCardData }) {
  return (
    <a class={`card ${event.status}`} href={paths.event(event.id)}>
      <Poster event={event} />
      <span class='card-facts'>
        <EventStatusChip language={language} event={event} />
        <strong class='card-title'>{event.title}</strong>
        <span class='muted small'>{shortDateTime(event.startsAt, language)}</span>
        <span class='muted small'>{event.venue}</span>
        <span class='card-price'>
          <PriceFrom language={language} won={event.priceFrom} />
        </span>
      </span>
    </a>
  )
}
