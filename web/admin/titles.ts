import type { Language } from '../../edge/contract/language.ts'

/** An event's title in the language of the page. A draft may have none in English. */
export const titleOf = ({ title, titleEn }: { title: string; titleEn: string }, language: Language): string =>
  (language === 'en' && titleEn) || title

/** A ticket type's name in the language of the page. */
export const typeNameOf = ({ name, nameEn }: { name: string; nameEn: string }, language: Language): string =>
  (language === 'en' && nameEn) || name

/** A venue in the language of the page. */
export const venueOf = ({ venue, venueEn }: { venue: string; venueEn: string }, language: Language): string =>
  (language === 'en' && venueEn) || venue
