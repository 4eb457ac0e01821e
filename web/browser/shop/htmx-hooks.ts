import type { HtmxRequestCtx } from 'htmx.org'
import { find } from '../dom.ts'
import { isUnresolved, onBookingEnd } from './booking.ts'
import { enableForms } from './forms.ts'
import { announceResults, isUnfinishedSearch } from './live-search.ts'

/** htmx also puts its own response headers into the context. */
type Context = HtmxRequestCtx & { hx?: { redirect?: string } }

/** Adapts htmx to the pages; `onSwap` runs after it has replaced a part of the page. */
export function hookIntoHtmx(onSwap: () => void): void {
  document.addEventListener('htmx:config:request', ({ detail }) => completeQuery(detail.ctx))
  document.addEventListener('htmx:before:request', (event) => {
    if (isNeedlessPoll(event.detail.ctx) || isUnfinishedSearch(event.detail.ctx)) event.preventDefault()
  })
  document.addEventListener('htmx:after:request', (event) => {
    if (!swapWholePage(event.detail.ctx)) event.preventDefault()
  })
  document.addEventListener('htmx:finally:request', ({ detail }) => {
    const ctx: Context = detail.ctx
    if (ctx.request.method === 'GET') return
    if (!ctx.hx?.redirect) enableForms()
    if (ctx.hx?.redirect) onBookingEnd(ctx, true)
    else if (!ctx.response || isUnresolved(ctx)) onBookingEnd(ctx, false)
  })
  document.addEventListener('htmx:error', ({ target }) => {
    const notice = target instanceof Element ? find('[data-no-response]', target) : null
    if (notice) notice.hidden = false
  })
  document.addEventListener('htmx:after:swap', ({ detail: { ctx } }) => {
    onSwap()
    if (ctx.request.method === 'GET' && find('[data-results-status]')) announceResults()
    if (ctx.request.method !== 'GET') restoreFocus(ctx.target)
  })
}

/**
 * A page may have its language from its address; then what htmx adds to it has that language too. Fields of a filter that are not set are
 * not put into the address.
 */
function completeQuery({ request }: HtmxRequestCtx): void {
  if (request.method !== 'GET' || !(request.body instanceof FormData)) return
  for (const [name, value] of [...request.body]) if (value === '' && name !== 'q') request.body.delete(name)
  const language = new URLSearchParams(location.search).get('lang')
  if (language) request.body.set('lang', language)
}

/** Skips a scheduled refresh in a hidden tab, and while a form in the refreshed part is being sent. */
function isNeedlessPoll({ sourceEvent, sourceElement }: HtmxRequestCtx): boolean {
  return sourceEvent?.type === 'every' && (document.hidden || find('[aria-busy]', sourceElement) !== null)
}

/**
 * Keeps a whole page from being swapped into a part of one: htmx swaps every response, including problem pages and the targets of redirects.
 * A form's response replaces the body, or is loaded if it was redirected. Returns false when htmx must not swap.
 */
function swapWholePage(ctx: HtmxRequestCtx): boolean {
  if (!/^<!doctype/i.test(ctx.text ?? '')) return true
  if (ctx.request.method === 'GET' || isUnresolved(ctx)) return false
  if (ctx.response?.raw.redirected) {
    location.assign(ctx.response.raw.url)
    return false
  }
  ctx.target = document.body
  ctx.swap = 'innerHTML'
  return true
}

/** Moves the focus to the replacement of a form that had the focus. */
function restoreFocus(target: Element): void {
  if (document.activeElement !== document.body) return
  const replacement = find(`#${target.id || 'main'}`) ?? find('#main')
  replacement?.focus()
}
