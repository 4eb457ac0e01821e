import type { EventCard } from '../../edge/contract/events.ts'
import type { Language } from '../../edge/contract/language.ts'
import type { Reservation } from '../../edge/contract/reservations.ts'
import { count, timeInKorea } from '../format.ts'
import { isJustOpened, openingDay } from '../opening-day.ts'
import { sentences, words } from '../text.ts'

/** Below this share of its seats, an event, or a ticket type, is nearly sold out. */
const FEW_SHARE = 0.05
/** So few seats are shown as a number. */
const COUNTED_SEATS = 100

export const isFew = ({ left, total }: { left: number; total: number }): boolean => left > 0 && left < total * FEW_SHARE

type EventStatusProps = { language: Language; event: Pick<EventCard, 'status' | 'opensAt' | 'left' | 'total'> }

export function EventStatusChip({ language, event }: EventStatusProps) {
  const word = words(language)
  switch (event.status) {
    case 'upcoming':
      return <span class='chip upcoming'>{word('upcoming')}</span>
    case 'on_sale':
      return isFew(event) ? <span class='chip few'>{word('fewLeft')}</span> : <span class='chip on-sale'>{word('onSale')}</span>
    case 'stopped':
      return <span class='chip over'>{word('stopped')}</span>
    case 'sold_out':
      return <span class='chip over'>{word('soldOut')}</span>
    case 'closed':
      return <span class='chip over'>{word('ended')}</span>
    case 'cancelled':
      return <span class='chip over'>{word('eventCancelled')}</span>
    default:
      return event.status satisfies never
  }
}

/** What is not as usual about an event of a list: nothing for one that simply is on sale. `now`: ISO 8601. */
export function ExceptionChip(
  { language, event, now }: {
    language: Language
    event: Pick<EventCard, 'status' | 'opensAt' | 'left' | 'total'>
    now: string
  },
) {
  const word = words(language)
  if (event.status === 'upcoming') return <span class='chip upcoming'>{openingDay(event.opensAt, now, language)}</span>
  if (event.status !== 'on_sale') return <EventStatusChip language={language} event={event} />
  if (isFew(event)) {
    const isCounted = event.left <= COUNTED_SEATS
    return <span class='chip few'>{isCounted ? sentences.onlyLeft(count(event.left, language))[language] : word('fewLeft')}</span>
  }
  if (!isJustOpened(event, now)) return null
  return <span class='chip open'>{sentences.openedAt(timeInKorea(event.opensAt))[language]}</span>
}

export function ReservationStatusChip({ language, status }: { language: Language; status: Reservation['status'] }) {
  return <span class={`chip ${status === 'confirmed' ? 'on-sale' : 'over'}`}>{words(language)(status)}</span>
}
