import type { VNode } from 'preact'
import { renderToString } from 'preact-render-to-string'

/** Renders a whole page. */
export const renderPage = (page: VNode): string => `<!doctype html>${renderToString(page)}`

/** Renders a part of a page that htmx swaps in. */
export const renderFragment = (part: VNode): string => renderToString(part)

/** Whether a request expects a part of a page. htmx expects a whole one for a boosted link, for the body, and to restore its history. */
export const wantsFragment = (headers: Headers): boolean =>
  headers.get('hx-request') === 'true' && headers.get('hx-request-type') !== 'full' &&
  headers.get('hx-boosted') !== 'true' && headers.get('hx-history-restore-request') !== 'true'
