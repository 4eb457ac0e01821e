import { LANGUAGE_COOKIE } from './cookies.ts'

export const LANGUAGES = ['ko', 'en'] as const
export type Language = (typeof LANGUAGES)[number]
/** One text in each language that we speak. */
export type Text = Record<Language, string>

const CHOSEN = new RegExp(`(?:^|;\\s*)${LANGUAGE_COOKIE}=(ko|en)(?:;|$)`)

/**
 * The language of an answer: the visitor's own choice (a cookie) first, then the first language of Accept-Language that we speak,
 * else Korean. Quality values are honoured as far as their order goes (RFC 9110 §12.5.4).
 */
export function chooseLanguage(headers: Headers): Language {
  const chosen = headers.get('cookie')?.match(CHOSEN)?.[1]
  if (chosen) return chosen as Language
  const accepted = headers.get('accept-language')
  if (!accepted) return 'ko'
  const wanted = accepted.slice(0, 200).split(',')
    .map((part) => {
      const [tag = '', ...options] = part.trim().toLowerCase().split(';')
      const quality = Number(options.find((option) => option.trim().startsWith('q='))?.trim().slice(2) ?? 1)
      return { language: LANGUAGES.find((language) => tag === language || tag.startsWith(`${language}-`)), quality }
    })
    .filter(({ language, quality }) => language !== undefined && quality > 0)
    .sort((a, b) => b.quality - a.quality)
  return wanted[0]?.language ?? 'ko'
}
