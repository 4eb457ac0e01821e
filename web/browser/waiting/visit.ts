import type { View } from '../../waiting-page/view.ts'
import { byId } from '../dom.ts'
import { solveProofOfWork } from '../proof-of-work.ts'
import type { Announcer } from './announcer.ts'
import { showView } from './page.ts'
import { isChallenge, isJoined, type Reply, type RoomApi, UnexpectedReply } from './room-api.ts'
import { type Session, setPosition } from './session.ts'
import type { StoredTicket } from './stored-ticket.ts'

export type VisitParts = { session: Session; api: RoomApi; ticket: StoredTicket; announcer: Announcer; stop(): void }

/**
 * Joins the queue, with a proof of work if the room requires one. Returns when to try again, in milliseconds; null when there is nothing to
 * wait for: the visitor has a position, the page has ended, or the next snapshot decides.
 */
export async function join(parts: VisitParts, solution: string | null = null): Promise<number | null> {
  const { session, api, ticket } = parts
  const reply = await withLock(`join-${session.room}`, () => api.join(solution))
  if (reply.isOk && isJoined(reply.body)) {
    setPosition(session, reply.body)
    ticket.set(reply.body.ticket)
    return null
  }
  const view = FINAL_VIEWS[reply.code ?? '']
  if (view) return end(parts, view)
  switch (reply.code) {
    case 'work_required':
      if (solution !== null || !isChallenge(reply.body.challenge)) throw new UnexpectedReply(reply)
      showView(session, 'work')
      return join(parts, await solveProofOfWork(reply.body.challenge))
    case 'queue_full':
      showView(session, 'full')
      return reply.retryAfterMs
    case 'sale_not_open':
    case 'sale_closed':
      return null
    default:
      throw new UnexpectedReply(reply)
  }
}

/**
 * Exchanges the queue ticket for a pass and opens the target page. Returns when to try again, in milliseconds; null when the page has ended.
 * A request whose response was lost can be repeated: the room returns the same pass.
 */
export async function enter(parts: VisitParts): Promise<number | null> {
  const { session, api } = parts
  announceTurn(parts)
  const reply = await api.claimPass()
  if (reply.isOk) return openTarget(parts)
  const view = FINAL_VIEWS[reply.code ?? '']
  if (view) return end(parts, view)
  switch (reply.code) {
    case 'ticket_used': // Another tab of this browser has claimed the pass, which is a cookie.
      return openTarget(parts)
    case 'sold_out':
      return 3_000
    case 'not_your_turn':
      if (reply.body.roomFull === true) showView(session, 'deferred')
      return Math.max(1_000, pollAfterMs(reply))
    case 'ticket_invalid':
      losePosition(parts)
      return 500
    default:
      throw new UnexpectedReply(reply)
  }
}

/** Discards a position that is no longer valid; the page explains this and joins again. */
export function losePosition({ session, ticket }: Pick<VisitParts, 'session' | 'ticket'>): void {
  ticket.clear()
  setPosition(session, null)
  session.isCalled = false
  byId('lost').hidden = false
}

/** The final views of refusals that the visitor has to act on. */
const FINAL_VIEWS: Partial<Record<string, 'login' | 'verify' | 'missed'>> = {
  unauthenticated: 'login',
  email_unverified: 'verify',
  turn_missed: 'missed',
}

/** Shows a final view and stops polling; the visitor chooses how to continue. */
export function end(parts: VisitParts, view: View): null {
  parts.stop()
  parts.ticket.clear()
  byId('slip').hidden = true
  byId('leave').hidden = true
  byId('again').hidden = view === 'login' || view === 'cookies'
  byId('login').hidden = view !== 'login'
  showView(parts.session, view)
  parts.announcer.announceNow(parts.session.texts[view])
  return null
}

function announceTurn({ session, announcer }: VisitParts): void {
  showView(session, 'turn')
  byId('slip').hidden = true
  if (session.isCalled) return
  session.isCalled = true
  announcer.announceNow(`${session.texts.turn}. ${session.texts.turnHint}`)
}

function openTarget({ session, ticket, stop }: VisitParts): null {
  stop()
  ticket.clear()
  // The extras say how long the page must stay for their tone.
  setTimeout(() => location.replace(session.urls.target), Number(document.body.dataset.stay ?? 0))
  return null
}

const pollAfterMs = ({ body }: Reply) => typeof body.pollAfterMs === 'number' ? body.pollAfterMs : 0

/** Runs one task at a time in all tabs of a browser, so that a second tab joins with the first tab's cookie. */
function withLock<Value>(name: string, task: () => Promise<Value>): Promise<Value> {
  // The Web Locks API exists in secure contexts only.
  return navigator.locks ? navigator.locks.request(name, task) : task()
}
