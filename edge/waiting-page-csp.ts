import { waitingScript } from '../web/waiting-page/script.ts'
import { waitingStyle } from '../web/waiting-page/style.ts'

const hashOf = async (text: string) =>
  btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))))

/** The Content-Security-Policy of the waiting page. It allows the page's inline script and style by their hashes, and the script that
 * the page loads later. */
export const waitingPageCsp = [
  "default-src 'none'",
  `script-src 'sha256-${await hashOf(waitingScript)}' 'self'`,
  `style-src 'sha256-${await hashOf(waitingStyle)}'`,
  "connect-src 'self'",
  "img-src 'self' data:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')
