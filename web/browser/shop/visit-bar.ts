import { eventRoom, type OwnVisit } from '../../../edge/contract/rooms.ts'
import { count, countdownText } from '../../format.ts'
import { find, findAll, setText } from '../dom.ts'
import { msToNextSecond, renderEachSecond } from '../each-second.ts'
import type { ServerClock } from '../server-clock.ts'
import { withStorage } from '../storage.ts'
import { bookingPanel } from './booking-choice.ts'

/** The rooms whose state a page asks for, at most. */
const MAX_ROOMS = 3
const ASK_AGAIN_MS = 15_000
const SHORTEST_MS = 5_000
/** The waiting page keeps its ticket under the first, this page the rooms that the visitor has passed under the second. */
const REMEMBERED = /^(?:ticket|visit)-(event-[1-9]\d*)$/

type Found = { room: string; visit: OwnVisit }

/** Shows the visitor's place in a queue or their open booking, on pages that are the same for everyone. */
export function startVisitBar(clock: ServerClock): void {
  const panel = bookingPanel()
  const ownRoom = panel && eventRoom(panel.dataset.event!)
  if (ownRoom) withStorage(() => localStorage.setItem(`visit-${ownRoom}`, '1'), undefined)
  let endsAtMs: number | null = null
  /** The end after which the server was asked: it may have another time. */
  let askedAfterMs = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  const renderTime = () => {
    const text = endsAtMs === null ? '' : countdownText(Math.ceil((endsAtMs - clock.now()) / 1000), language())
    for (const time of findAll('[data-visit-time]')) setText(time, text)
    const leftMs = (endsAtMs ?? 0) - clock.now()
    if (endsAtMs !== null && leftMs <= 0 && endsAtMs !== askedAfterMs) {
      askedAfterMs = endsAtMs
      void refresh()
    }
    return msToNextSecond(leftMs)
  }

  async function refresh(): Promise<void> {
    clearTimeout(timer)
    endsAtMs = null
    const rooms = rememberedRooms().filter((room) => room !== ownRoom)
    if (rooms.length === 0 || document.hidden) return show(null)
    const found = (await Promise.all(rooms.map(ask))).filter((answer) => answer !== null)
    const shown = mostUrgent(found)
    if (shown?.visit.kind === 'booking') endsAtMs = Date.parse(shown.visit.endsAt)
    show(shown)
    renderTime()
    const pauseMs = shown?.visit.kind === 'waiting' ? shown.visit.pollAfterMs : ASK_AGAIN_MS
    if (shown) timer = setTimeout(() => void refresh(), Math.max(SHORTEST_MS, pauseMs))
  }

  document.addEventListener('visibilitychange', () => void refresh())
  renderEachSecond(renderTime)
  void refresh()
}

const language = () => document.documentElement.lang === 'ko' ? 'ko' : 'en'

/** The rooms that this browser remembers, newest names last; null storage has none. */
function rememberedRooms(): string[] {
  const names = withStorage(() => Object.keys(localStorage), [])
  const interrupted = find('[data-visit-of]')?.dataset.visitOf
  const rooms = names.flatMap((name) => REMEMBERED.exec(name)?.[1] ?? []).concat(interrupted ?? [])
  return [...new Set(rooms)].slice(-MAX_ROOMS)
}

async function ask(room: string): Promise<Found | null> {
  const response = await fetch(`/queue/${room}/visit`, { headers: { accept: 'application/json' } }).catch(() => null)
  if (response?.status === 404) forget(room)
  const visit: OwnVisit | null = response?.ok ? await response.json().catch(() => null) : null
  if (visit?.kind === 'none') forget(room)
  return visit && visit.kind !== 'none' ? { room, visit } : null
}

/** The ticket of the waiting page stays: it may still be good where the cookie is lost. */
const forget = (room: string) => withStorage(() => localStorage.removeItem(`visit-${room}`), undefined)

const URGENCY = { turn: 3, booking: 2, waiting: 1, none: 0 } as const

const mostUrgent = (found: Found[]): Found | null =>
  found.sort((a, b) => URGENCY[b.visit.kind] - URGENCY[a.visit.kind])[0] ?? null

function show(found: Found | null): void {
  showNotice(found)
  const bar = find<HTMLAnchorElement>('[data-visit-bar]')
  const text = bar && find('[data-visit-text]', bar)
  if (!bar || !text) return
  bar.hidden = found === null || find('[data-visit-of]')?.hidden === false
  if (!found || found.visit.kind === 'none') return
  bar.href = found.visit.path
  bar.classList.toggle('urgent', found.visit.kind !== 'waiting')
  setText(text, textOf(bar, found.visit))
}

function textOf({ dataset }: HTMLElement, visit: Exclude<OwnVisit, { kind: 'none' }>): string {
  const { waiting = '', lobby = '', turn = '', booking = '' } = dataset
  if (visit.kind === 'booking') return booking
  if (visit.kind === 'turn') return turn
  return visit.phase === 'lobby' ? lobby : waiting.replace('%', count(visit.ahead, language()))
}

/** On a page that interrupts a booking: shows that the turn goes on, and keeps the pass in use (booking-form.ts). */
function showNotice(found: Found | null): void {
  const notice = find('[data-visit-of]')
  if (!notice) return
  const isOwn = found?.room === notice.dataset.visitOf && found?.visit.kind === 'booking'
  notice.hidden = !isOwn
  if (isOwn) notice.dataset.pass = `/queue/${found!.room}/pass`
  else delete notice.dataset.pass
}
