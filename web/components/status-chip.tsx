import type { EventCard } from '../../edge/contract/events.ts'
import type { Language } from '../../edge/contract/language.ts'
import type { Reservation } from '../../edge/contract/reservations.ts'
import { shortDateTime } from '../format.ts'
import { sentences, words } from '../text.ts'

/** Below this share of its seats, an event is shown as nearly sold out. */
const FEW_SHARE = 0.05

type EventStatusProps = { language: Language; event: Pick<EventCard, 'status' | 'opensAt' | 'left' | 'total'> }

export function EventStatusChip({ language, event }: EventStatusProps) {
  const word = words(language)
  switch (event.status) {
    case 'upcoming':
      return <span class='chip upcoming'>{sentences.opens(shortDateTime(event.opensAt, language))[language]}</span>
    case 'on_sale':
      return event.left < event.total * FEW_SHARE
        ? <span class='chip few'>{word('fewLeft')}</span>
        : <span class='chip on-sale'>{word('onSale')}</span>
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

export function ReservationStatusChip({ language, status }: { language: Language; status: Reservation['status'] }) {
  return <span class={`chip ${status === 'confirmed' ? 'on-sale' : 'over'}`}>{words(language)(status)}</span>
}
