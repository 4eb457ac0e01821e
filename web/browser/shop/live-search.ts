import type { HtmxRequestCtx } from 'htmx.org'
import { find, setText } from '../dom.ts'

/** A result is announced when it has stayed for so long: a list that changes with each key is not read out. */
const ANNOUNCE_AFTER_MS = 800

let isComposing = false
let announcement: ReturnType<typeof setTimeout> | undefined

const isSearch = (target: EventTarget | null): target is HTMLInputElement =>
  target instanceof HTMLInputElement && target.type === 'search'

/**
 * Searches while the visitor types, by the event `typed`. While an input method composes a character, as for every Korean syllable, the page
 * neither searches nor announces anything: what is in the field is not yet what was typed.
 */
export function startLiveSearch(): void {
  document.addEventListener('compositionstart', ({ target }) => {
    if (!isSearch(target)) return
    isComposing = true
    clearTimeout(announcement)
  })
  document.addEventListener('compositionend', ({ target }) => {
    if (!isSearch(target)) return
    isComposing = false
    target.dispatchEvent(new Event('typed'))
    announceResults()
  })
  document.addEventListener('input', ({ target }) => {
    if (isSearch(target) && !isComposing) target.dispatchEvent(new Event('typed'))
  })
  document.addEventListener('submit', (event) => {
    if (isComposing && event.target instanceof HTMLFormElement && event.target.id === 'search') event.preventDefault()
  })
}

/** Whether a request belongs to a text that is still being composed. The end of the composition searches again. */
export const isUnfinishedSearch = ({ sourceElement }: HtmxRequestCtx): boolean => isComposing && isSearch(sourceElement)

/** Announces the number of results to screen readers, once they have stayed for a moment. */
export function announceResults(): void {
  clearTimeout(announcement)
  if (isComposing) return
  announcement = setTimeout(() => {
    const status = find('[data-results-status]')
    const summary = find('[data-summary]')?.dataset.summary
    if (status && summary !== undefined) setText(status, summary)
  }, ANNOUNCE_AFTER_MS)
}
