/** Kinds of events and regions, by which lists are filtered. An event may have neither. */
export const GENRES = [
  'kpop',
  'rock',
  'indie',
  'hiphop',
  'jazz',
  'classical',
  'musical',
  'theatre',
  'festival',
  'trot',
  'fanmeeting',
] as const
export type Genre = (typeof GENRES)[number]

export const REGIONS = ['seoul', 'gyeonggi', 'gangwon', 'chungcheong', 'jeolla', 'gyeongsang', 'jeju', 'abroad'] as const
export type Region = (typeof REGIONS)[number]

/** `ended`: closed or cancelled. */
export const LISTED_STATUSES = ['on_sale', 'upcoming', 'sold_out', 'ended'] as const
export type ListedStatus = (typeof LISTED_STATUSES)[number]

/** What a list of events is narrowed to. Dates are those of the event at its venue, `2026-12-24`, both included. */
export type EventFilter = {
  genre?: Genre | undefined
  region?: Region | undefined
  status?: ListedStatus | undefined
  from?: string | undefined
  to?: string | undefined
}

/** The parameters of a filter in an address, in their order. */
export const FILTER_NAMES = ['genre', 'region', 'status', 'from', 'to'] as const satisfies (keyof EventFilter)[]

export const isFiltered = (filter: EventFilter): boolean => FILTER_NAMES.some((name) => filter[name] !== undefined)
