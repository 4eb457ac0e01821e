import type { VNode } from 'preact'
import { renderToString } from 'preact-render-to-string'

/** Renders a whole page. */
export const renderPage = (page: VNode): string => `<!doctype html>${renderToString(page)}`

/** Renders a part of a page that htmx swaps in. */
export const renderFragment = (part: VNode): string => renderToString(part)
