import type { EventDetail } from '../edge/contract/events.ts'
import type { Language } from '../edge/contract/language.ts'
import { paths } from '../edge/contract/paths.ts'

const AVAILABILITY: Record<EventDetail['status'], string> = {
  upcoming: 'PreOrder',
  on_sale: 'InStock',
  stopped: 'OutOfStock',
  sold_out: 'SoldOut',
  closed: 'Discontinued',
  cancelled: 'Discontinued',
}

/** An event for search engines: `Event` of schema.org. `site`: the shop's address without a path. */
export function structuredEvent(event: EventDetail, site: string, language: Language): object {
  const url = site + paths.event(event.id)
  const image = rasterImageOf(event)
  return {
    '@context': 'https://schema.org',
    '@type': 'Event',
    name: event.title,
    startDate: event.startsAt,
    eventStatus: `https://schema.org/${event.status === 'cancelled' ? 'EventCancelled' : 'EventScheduled'}`,
    eventAttendanceMode: 'https://schema.org/OfflineEventAttendanceMode',
    inLanguage: language,
    location: { '@type': 'Place', name: event.venue, address: event.venue },
    ...(image && { image: [site + image] }),
    offers: event.ticketTypes.map(({ name, price, left }) => ({
      '@type': 'Offer',
      name,
      price,
      priceCurrency: 'KRW',
      url,
      validFrom: event.opensAt,
      validThrough: event.closesAt,
      availability: `https://schema.org/${event.status === 'on_sale' && left === 0 ? 'SoldOut' : AVAILABILITY[event.status]}`,
    })),
  }
}

/** The path of an event's image if it is one of pixels: sites that show shared links do not draw SVG. */
export const rasterImageOf = ({ imageUrl }: Pick<EventDetail, 'imageUrl'>): string | null =>
  imageUrl !== null && !imageUrl.endsWith('.svg') ? imageUrl : null
