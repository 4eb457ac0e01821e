import type { Snapshot } from '../../../edge/contract/rooms.ts'
import type { Announcer } from './announcer.ts'
import { applyDraw, rememberCommitment } from './draw.ts'
import { createLiveSteps } from './live-steps.ts'
import { render, renderUpdateTime, showTrouble } from './page.ts'
import { pollIntervalMs, retryIntervalMs } from './poll-interval.ts'
import { type RoomApi, UnexpectedReply } from './room-api.ts'
import { isCalledNow, type Session } from './session.ts'
import type { StoredTicket } from './stored-ticket.ts'
import { end, enter, join, losePosition, type VisitParts } from './visit.ts'

type PollerParts = {
  session: Session
  api: RoomApi
  ticket: StoredTicket
  announcer: Announcer
  now: () => number
  random: () => number
}

/** A poll that is this recent is not repeated when the visitor returns to the tab. */
const RECENT_MS = 2_000

export type Poller = {
  start(): void
  /** Polls at once unless the last poll is recent, for example when the visitor returns to the tab. */
  refresh(): void
  stop(): void
  /** Stops with a view that the visitor has to act on. */
  end(view: 'cookies'): void
}

/**
 * Follows the room: fetches the snapshot, joins, claims the pass when the turn has come, and schedules the next poll. A poll is a request for
 * the room's snapshot, the same for every visitor; the page compares it with its own position.
 */
export function createPoller({ session, api, ticket, announcer, now, random }: PollerParts): Poller {
  let timer: ReturnType<typeof setTimeout> | undefined
  let polledAt = now()
  let failures = 0
  let isFirstPoll = session.position === null
  const steps = createLiveSteps(session, now, (snapshot) => void receiveStep(snapshot))
  const parts: VisitParts = { session, api, ticket, announcer, stop }

  function stop() {
    session.isOver = true
    clearTimeout(timer)
    steps.close()
  }

  function schedule(delayMs: number) {
    clearTimeout(timer)
    if (!session.isOver) timer = setTimeout(() => void poll(), delayMs)
  }

  async function poll(isPageLoad = false) {
    polledAt = now()
    try {
      if (!isPageLoad) await receive(await api.snapshot())
      schedule(await act(isPageLoad))
      failures = 0
      showTrouble(false)
    } catch (error) {
      failures++
      // First, so that no fault of the page ends the polls.
      schedule(retryIntervalMs(failures, error instanceof UnexpectedReply ? error.retryAfterMs : 0, random()))
      showTrouble(true)
      if (!session.isCalled && !session.isOver) render(session, announcer)
    }
  }

  /** Joins or claims the pass as the snapshot allows; returns when to poll again, milliseconds. */
  async function act(isPageLoad: boolean): Promise<number> {
    // A visitor who joined with the button of another page has a ticket in its cookie only. Joining again returns it.
    const needsTicket = !session.position || (isPageLoad && !ticket.headers().authorization)
    const retryMs = needsTicket && session.snapshot.phase !== 'closed' ? await join(parts) : null
    if (session.isOver) return 0
    if (isPageLoad && session.snapshot.seed) await drawPosition()
    if (isCalledNow(session)) return await enter(parts) ?? 0
    // The view of a full queue or a failed proof of work stays until the next attempt.
    if (retryMs) return retryMs
    session.isCalled = false
    render(session, announcer)
    steps.openWhenNear()
    const hasStream = steps.isOpen()
    const isFirst = isFirstPoll && session.position !== null
    if (isFirst) isFirstPoll = false
    return pollIntervalMs({ session, random: random(), isFirst, hasStream, isHidden: document.hidden })
  }

  async function receive(snapshot: Snapshot) {
    if (session.position && snapshot.epoch !== session.snapshot.epoch) losePosition(parts)
    const isDrawn = snapshot.drawn !== session.snapshot.drawn
    session.snapshot = snapshot
    session.clock.setAtLeast(Date.parse(snapshot.serverTime))
    renderUpdateTime(session)
    rememberCommitment(session)
    if (isDrawn) await drawPosition()
  }

  /**
   * The draw changes the position of each visitor who joined before the opening. A page that cannot compute the new position requests it by
   * joining again.
   */
  async function drawPosition() {
    if (session.position && !await applyDraw(session)) await join(parts)
  }

  async function receiveStep(snapshot: Snapshot) {
    await receive(snapshot)
    failures = 0
    showTrouble(false)
    if (session.isCalled || session.isOver) return
    // Visitors who are called in one step spread their claims over half a second.
    if (isCalledNow(session)) schedule(random() * 500)
    else render(session, announcer)
  }

  return {
    start: () => void poll(true),
    refresh: () => {
      if (now() - polledAt > RECENT_MS) schedule(0)
    },
    stop,
    end: (view) => end(parts, view),
  }
}
