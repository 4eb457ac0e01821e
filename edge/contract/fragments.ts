/** The request headers of htmx by which a page and its part differ. */
export const FRAGMENT_HEADERS = ['hx-request', 'hx-request-type', 'hx-boosted', 'hx-history-restore-request'] as const

/** Whether a request expects a part of a page. htmx expects a whole one for a boosted link, for the body, and to restore its history. */
export const wantsFragment = (headers: Headers): boolean =>
  headers.get('hx-request') === 'true' && headers.get('hx-request-type') !== 'full' &&
  headers.get('hx-boosted') !== 'true' && headers.get('hx-history-restore-request') !== 'true'
