/** In every response of ours, so that no browser guesses its type. */
export const NO_SNIFFING = ['x-content-type-options', 'nosniff'] as const
/** The Content-Security-Policy of pages that load their scripts and styles from this site. */
export const PAGE_CSP = [
  "default-src 'self'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')
/** Pages of ours send their address to no other site. */
export const PAGE_REFERRER = ['referrer-policy', 'same-origin'] as const
