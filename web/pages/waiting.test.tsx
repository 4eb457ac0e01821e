import { expect, test } from 'vitest'
import type { Snapshot } from '../../edge/contract/rooms.ts'
import { renderPage } from '../render.tsx'
import { WaitingPage } from './waiting.tsx'

const SNAPSHOT: Snapshot = {
  room: 'event-7',
  phase: 'lobby',
  epoch: 1,
  serving: 0,
  issued: 4_000,
  gone: 0,
  drawn: null,
  commitment: 'ab'.repeat(32),
  seed: null,
  opensAt: '2026-12-24T09:10:00Z',
  serverTime: '2026-12-24T09:00:00Z',
  perMinute: 6_000,
  vacant: 100,
  outflow: 60,
  heldBy: 'rate',
  seatsLeft: 500,
  message: null,
  pollAfterMs: 2_000,
}
const POSITION = { index: 3, position: 3, ahead: 3_999, phase: 'lobby', etaSeconds: 5_400, pollAfterMs: 2_000 } as const

function pageOf(position: typeof POSITION | null, change: Partial<Snapshot> = {}): string {
  const page = (
    <WaitingPage
      language='ko'
      room='event-7'
      snapshot={Object.assign({}, SNAPSHOT, change)}
      position={position}
      title='여정'
      passMinutes={10}
      lobbyMinutes={30}
      insideUrl='/events/7/booking'
      outsideUrl='/events/7'
      eventId={7}
    />
  )
  return renderPage(page).replace(/<script[^>]*>[^]*?<\/script>|<style>[^]*?<\/style>/g, '')
}
const reloads = (page: string) => /http-equiv="refresh"/.test(page)
const shown = (page: string) => page.replace(/<(\w+)[^>]* hidden>[^]*?<\/\1>/g, '').replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')

test('without scripts, a page that waits for a press to join does not reload; one with a position does', () => {
  const asking = pageOf(null)
  expect(asking).toMatch(/<noscript><form method="post" action="\/queue\/event-7\/tickets[^>]*><button/)
  expect(reloads(asking)).toBe(false)
  expect(reloads(pageOf(POSITION))).toBe(true)
  // Before the lobby there is nothing to press.
  expect(reloads(pageOf(null, { phase: 'closed' }))).toBe(true)
})

test('before the draw the page says the longest wait as such, in hours and minutes', () => {
  expect(shown(pageOf(POSITION))).toContain('최대 1시간 30분')
  expect(shown(pageOf(POSITION, { phase: 'open', commitment: null }))).toContain('약 1시간 30분')
})

test('what the script shows after joining has its place before', () => {
  const [before, after] = [pageOf(null), pageOf(POSITION)]
  for (const id of ['slip', 'figures', 'countdown', 'position', 'crowd', 'hint']) {
    const start = (page: string) => page.match(new RegExp(`<\\w+ id="${id}"[^>]*>`))![0]
    expect(start(before), id).toBe(start(after))
  }
})
