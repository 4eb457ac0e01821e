import { aheadOf, awaitsDraw, estimateWaitMs } from '../../../edge/contract/wait-estimate.ts'
import { countdownText, timeOfDay } from '../../format.ts'
import type { HeldPosition } from '../../waiting-page/state.ts'
import { waitText } from '../../waiting-page/wait-text.ts'
import { chooseView, countsDown, isCalling, untilOpenMs, type View } from '../../waiting-page/view.ts'
import { byId, setText } from '../dom.ts'
import { msToNextSecond } from '../each-second.ts'
import type { Announcer } from './announcer.ts'
import { reviseEnd } from './estimate.ts'
import type { Session } from './session.ts'

/** Shows a view: headline, hint, tab title and colours. */
export function showView({ texts }: Session, view: View): void {
  document.body.dataset.view = view
  setText(byId('head'), texts[view])
  setText(byId('hint'), texts[`${view}Hint`])
  setTitle(texts[view])
}

/** Shows the newest snapshot. */
export function render(session: Session, announcer: Announcer): void {
  const { snapshot, position, clock, texts, language } = session
  const view = chooseView(snapshot, position, untilOpenMs(snapshot, clock.now()))
  showView(session, view)
  const hasFigures = position !== null && snapshot.phase !== 'closed'
  byId('countdown').hidden = !countsDown(view)
  byId('figures').hidden = !hasFigures
  byId('slip').hidden = !countsDown(view) && !hasFigures
  byId('position').hidden = awaitsDraw(snapshot)
  byId('crowd').hidden = !awaitsDraw(snapshot)
  byId('leave').hidden = position === null
  setText(byId('message'), snapshot.message?.[language] ?? '')
  byId('message').hidden = !snapshot.message
  renderCountdown(session)
  if (!hasFigures) return
  const summary = renderFigures(session, position)
  if (isCalling(snapshot)) setTitle(summary)
  announcer.announce(view, `${texts[view]}. ${summary}`)
}

/** Shows the time until the opening; returns the milliseconds until it changes. */
export function renderCountdown({ snapshot, clock: { now }, language }: Session): number {
  const leftMs = untilOpenMs(snapshot, now())
  if (!byId('countdown').hidden) setText(byId('clock'), countdownText(Math.ceil(leftMs / 1000), language))
  return msToNextSecond(leftMs)
}

export function renderUpdateTime({ clock }: Session): void {
  byId('updated').textContent = timeOfDay(clock.now())
}

/** Shows or hides the note that the connection has failed. */
export function showTrouble(isInTrouble: boolean): void {
  byId('trouble').hidden = !isInTrouble
}

/** Returns the figures as a sentence. */
function renderFigures(session: Session, position: HeldPosition): string {
  const { snapshot, texts, language } = session
  const count = (value: number) => value.toLocaleString(language)
  const ahead = aheadOf(snapshot, position.position)
  byId('ahead').textContent = count(ahead)
  const crowd = (byId('issued').textContent = count(snapshot.issued - snapshot.gone))
  const max = position.position + 1
  Object.assign(byId('progress'), { max, value: max - ahead })
  renderEstimate(session, position)
  return awaitsDraw(snapshot) ? texts.inLobby.replace('%', crowd) : texts.aheadOfYou.replace('%', count(ahead))
}

function renderEstimate(session: Session, position: HeldPosition): void {
  const { snapshot, texts, language } = session
  if (!isCalling(snapshot) && snapshot.phase !== 'lobby') {
    session.announcedEndMs = 0
    byId('eta').textContent = '–'
    return
  }
  const nowMs = session.clock.now()
  const { endMs, explanation } = reviseEnd(session.announcedEndMs, nowMs + estimateWaitMs(snapshot, position.position), nowMs)
  session.announcedEndMs = endMs
  byId('eta').textContent = waitText(endMs - nowMs, awaitsDraw(snapshot), texts, language)
  // Before the opening nobody has been slow.
  if (explanation === 'keep' || snapshot.phase === 'lobby') return
  byId('why').hidden = explanation === 'hide'
  if (explanation === 'show') byId('why').textContent = explain(session)
}

function explain({ snapshot: { heldBy }, texts }: Session): string {
  // While its store does not respond, a room calls no visitor, so there is no estimate to explain.
  const reason = heldBy === 'store' ? 'rate' : heldBy
  return texts[`why_${reason}`]
}

function setTitle(text: string): void {
  document.title = `${text} · NETicket`
}
