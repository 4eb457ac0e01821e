/**
 * The script of the waiting page, which `web/build.ts` bundles and `web/pages/waiting.tsx` inlines. It polls the room's snapshot, shows the
 * visitor's position, and opens the target page when the turn has come.
 */
import { STATE_ELEMENT_ID, type WaitingPageState } from '../waiting-page/state.ts'
import { byId } from './dom.ts'
import { renderEachSecond } from './each-second.ts'
import { createServerClock } from './server-clock.ts'
import { createAnnouncer } from './waiting/announcer.ts'
import { rememberCommitment } from './waiting/draw.ts'
import { renderCountdown } from './waiting/page.ts'
import { createPoller } from './waiting/poller.ts'
import { createRoomApi } from './waiting/room-api.ts'
import type { Session } from './waiting/session.ts'
import { createStoredTicket } from './waiting/stored-ticket.ts'

const { room, language, texts, urls, snapshot, position, ended }: WaitingPageState = JSON.parse(
  byId(STATE_ELEMENT_ID).textContent,
)
const elapsedMs = () => performance.now()
const clock = createServerClock(elapsedMs)
clock.setAtLeast(Date.parse(snapshot.serverTime))
const session: Session = {
  room,
  language,
  texts,
  urls,
  clock,
  snapshot,
  position,
  isCalled: false,
  isOver: ended !== null,
  announcedEndMs: 0,
}
const ticket = createStoredTicket(room)
const poller = createPoller({
  session,
  ticket,
  api: createRoomApi(room, urls, ticket),
  announcer: createAnnouncer(elapsedMs),
  now: elapsedMs,
  random: Math.random,
})

byId('leave').addEventListener('submit', () => {
  poller.stop()
  ticket.clear()
})
// A page from the back-forward cache is out of date.
addEventListener('pageshow', (event: PageTransitionEvent) => event.persisted && location.reload())
document.addEventListener('visibilitychange', () => document.hidden || poller.refresh())
// The extras request the time from the server itself.
addEventListener('servertime', (event) => clock.set((event as CustomEvent<number>).detail))

renderEachSecond(() => renderCountdown(session))
rememberCommitment(session)
if (!navigator.cookieEnabled) poller.end('cookies')
if (!session.isOver) poller.start()
