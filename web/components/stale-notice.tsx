import type { Language } from '../../edge/contract/language.ts'
import { renderFragment } from '../render.tsx'
import { sentences } from '../text.ts'

/** The place of the notice that a page is out of date. It is empty: the edge fills it when it serves a stored page during an outage. */
export const StaleNotice = () => <p class='stale-notice' hidden></p>

const PLACEHOLDER = renderFragment(<StaleNotice />)
const MINUTE_MS = 60_000

/**
 * Fills the first notice of a page, or of a part of one, with the age of the information. Also removes the server's time, which is as old,
 * so that countdowns use the device's clock. Returns a text without a notice unchanged.
 */
export function showStaleNotice(html: string, language: Language, ageMs: number): string {
  if (!html.includes(PLACEHOLDER)) return html
  const text = sentences.stale(Math.floor(ageMs / MINUTE_MS))[language]
  const notice = renderFragment(<p class='stale-notice' role='status'>{text}</p>)
  return html.replace(PLACEHOLDER, () => notice).replace(/(<html[^>]*?) data-server-time="[^"]*"/, '$1')
}
