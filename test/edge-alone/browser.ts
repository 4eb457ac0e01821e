import type { Position, Snapshot } from '../../edge/contract/rooms.ts'
import { type Answer, send } from '../http.ts'
import { until } from '../until.ts'

/** The `Accept` header of browsers for a page. */
export const ACCEPT_PAGE = 'text/html,application/xhtml+xml,*/*;q=0.8'

type Ticket = Position & { index: number; ticket: string }
/** `protocol`: what the trusted proxy reports; by default it reports none, which means HTTP. */
type BrowserOptions = { address?: string; at?: string; protocol?: 'http' | 'https' }

/** Returns a function that opens a browser with its own cookies and address. Browsers follow no redirects. */
export function createBrowsers(edgeUrl: string) {
  let opened = 0
  return ({ address = `10.8.${(opened >> 8) & 255}.${opened++ & 255}`, at = edgeUrl, protocol }: BrowserOptions = {}) => {
    const cookies: Record<string, string> = {}
    let url = at
    async function request(method: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
      const cookie = Object.entries(cookies).map(([name, value]) => `${name}=${value}`).join('; ')
      const response = await send(url + path, {
        method,
        headers: {
          'x-forwarded-for': address,
          ...(protocol && { 'x-forwarded-proto': protocol }),
          ...(cookie && { cookie }),
          ...headers,
        },
      })
      keepCookies(response.headers, cookies)
      return response
    }
    /** Joins the room. With a ticket it returns the position of that ticket. */
    const join = async (room: string): Promise<Ticket> => (await request('POST', `/queue/${room}/tickets`)).body
    const claim = (room: string) => request('POST', `/queue/${room}/pass`)
    return {
      cookies,
      request,
      get: (path: string, headers: Record<string, string> = {}) => request('GET', path, { accept: ACCEPT_PAGE, ...headers }),
      join,
      claim,
      leave: (room: string) => request('DELETE', `/queue/${room}/tickets`),
      snapshot: async (room: string): Promise<Snapshot> => (await request('GET', `/queue/${room}`)).body,

      /** Claims a pass when the position is called. */
      async enter(room: string): Promise<Answer> {
        let response: Answer | null = null
        await until(async () => {
          if ((await join(room)).pollAfterMs === 0) response = await claim(room)
          return response?.status === 201
        })
        return response!
      },

      /** Sends the waiting page's form until it redirects out of the queue. */
      async submitUntilAdmitted(path: string): Promise<Answer> {
        let response = await request('POST', path, { accept: ACCEPT_PAGE })
        await until(async () => {
          if (response.location && !response.location.startsWith('/queue/')) return true
          response = await request('POST', path, { accept: ACCEPT_PAGE })
          return false
        })
        return response
      },

      /** Sends all further requests to another edge. */
      moveTo: (other: string) => void (url = other),
    }
  }
}

export type Browser = ReturnType<ReturnType<typeof createBrowsers>>

function keepCookies(headers: Headers, cookies: Record<string, string>): void {
  for (const cookie of headers.getSetCookie()) {
    const [, name, value] = cookie.match(/^([^=]+)=([^;]*)/)!
    // A browser ignores it (RFC 6265bis §5.7).
    if (name!.startsWith('__Host-') && !/; Secure(;|$)/.test(cookie)) continue
    if (/max-age=0/i.test(cookie)) delete cookies[name!]
    else cookies[name!] = value!
  }
}
