import { type CookieSource, cookieValues, LANGUAGE_COOKIE } from './cookies.ts'

export const LANGUAGES = ['ko', 'en'] as const
export type Language = (typeof LANGUAGES)[number]
/** A text in every supported language. */
export type Text = Record<Language, string>

const isLanguage = (tag: string | undefined): tag is Language => LANGUAGES.some((language) => language === tag)

/**
 * The language of a response: that of the address (`lang` of its query, so that each language of a page has an address), otherwise the
 * visitor's choice (a cookie), otherwise the first language of Accept-Language that is supported,
 * otherwise Korean. Languages are ordered by quality value (RFC 9110 §12.5.4).
 */
export function chooseLanguage(request: CookieSource, lang: string | null = null): Language {
  const requested = lang ?? undefined
  if (isLanguage(requested)) return requested
  const chosen = cookieValues(request, LANGUAGE_COOKIE).find(isLanguage)
  if (chosen) return chosen
  const accepted = request.headers.get('accept-language')
  if (!accepted) return 'ko'
  const preferred = accepted.slice(0, 200).split(',')
    .map((part) => {
      const [tag = '', ...options] = part.trim().toLowerCase().split(';')
      const quality = Number(options.find((option) => option.trim().startsWith('q='))?.trim().slice(2) ?? 1)
      return { language: LANGUAGES.find((language) => tag === language || tag.startsWith(`${language}-`)), quality }
    })
    .filter(({ language, quality }) => language !== undefined && quality > 0)
    .sort((a, b) => b.quality - a.quality)
  return preferred[0]?.language ?? 'ko'
}
