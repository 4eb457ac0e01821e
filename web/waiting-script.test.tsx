import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ensureProgram } from '../db/local/programs.ts'
import type { Snapshot } from '../edge/contract/room.ts'
import { WaitingPage } from './pages/waiting.tsx'
import { renderPage } from './render.tsx'

let browser: Browser
let page: Page
let server: ReturnType<typeof Bun.serve>
/** What the room is like at the moment, and what was asked of it. */
let room: Pick<Snapshot, 'phase' | 'serving' | 'drawn' | 'seed' | 'commitment'> & {
  place: number
  away: boolean
  claim: number
  polls: number
}

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: ensureProgram('chromium', () => {}), args: ['--no-sandbox'] })
  server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: answer })
})
afterAll(async () => {
  await browser.close()
  await server.stop(true)
})
beforeEach(async () => {
  room = { phase: 'open', serving: 0, drawn: null, seed: null, commitment: null, place: 30, away: false, claim: 201, polls: 0 }
  page = await browser.newPage({ baseURL: `http://127.0.0.1:${server.port}` })
  await page.goto('/queue/event-1')
  await page.locator('#ahead', { hasText: /^30$/ }).waitFor()
  return () => page.close()
})

test('says so while the room does not answer, asks ever more rarely, and goes on', async () => {
  room.away = true
  await page.locator('#trouble').waitFor()
  const polls = room.polls
  await page.waitForTimeout(3_000)
  expect(await page.locator('#trouble').isVisible()).toBe(true)
  expect(room.polls - polls).toBeLessThanOrEqual(2)
  room.away = false
  room.serving = 10
  await page.locator('#ahead', { hasText: /^20$/ }).waitFor({ timeout: 15_000 })
  expect(await page.locator('#trouble').isVisible()).toBe(false)
})

test('learns its new place from the draw', async () => {
  Object.assign(room, { drawn: 100, place: 7 })
  await page.locator('#ahead', { hasText: /^7$/ }).waitFor()
})

test('tells a pause and a sold out house, and keeps the place', async () => {
  room.phase = 'paused'
  await page.getByRole('heading', { name: '잠시 멈췄습니다' }).waitFor()
  room.phase = 'sold_out'
  await page.getByRole('heading', { name: '지금은 모두 매진되었습니다' }).waitFor()
  expect(await page.locator('#ahead').textContent()).toBe('30')
})

test('goes in when the turn has come', async () => {
  room.serving = 31
  await page.waitForURL('**/events/1/booking')
})

test('offers another place when the turn was missed', async () => {
  Object.assign(room, { claim: 410, serving: 31 })
  await page.getByRole('heading', { name: '입장 시간이 지났습니다' }).waitFor()
  Object.assign(room, { place: 50, claim: 201 })
  await page.getByRole('button', { name: '다시 줄 서기' }).click()
  await page.locator('#ahead', { hasText: /^19$/ }).waitFor()
})

function answer(request: Request): Response {
  const asPage = request.headers.get('accept')?.includes('text/html')
  switch (`${request.method} ${new URL(request.url).pathname}`) {
    case 'GET /queue/event-1':
      if (asPage) return new Response(waitingPage(), { headers: { 'content-type': 'text/html; charset=utf-8' } })
      room.polls++
      return room.away ? Response.json({ code: 'busy', retryAfterSeconds: 1 }, { status: 503 }) : Response.json(snapshot())
    case 'POST /queue/event-1/tickets':
      if (asPage) return new Response(null, { status: 303, headers: { location: '/queue/event-1' } })
      return Response.json({ ticket: 'a-ticket', index: 1, place: room.place, ahead: room.place }, { status: 201 })
    case 'POST /queue/event-1/pass':
      return Response.json(room.claim === 201 ? { pass: 'a-pass' } : { code: 'turn_missed' }, { status: room.claim })
    default:
      return new Response('')
  }
}

const snapshot = (): Snapshot => ({
  room: 'event-1',
  phase: room.phase,
  epoch: 1,
  serving: room.serving,
  issued: 100,
  drawn: room.drawn,
  commitment: room.commitment,
  seed: room.seed,
  opensAt: null,
  serverTime: new Date().toISOString(),
  perMinute: 6_000,
  vacant: 0,
  outflow: 6_000,
  heldBy: 'rate',
  seatsLeft: 10,
  pollAfterMs: 300,
})

const waitingPage = () =>
  renderPage(
    <WaitingPage
      language='ko'
      room='event-1'
      snapshot={snapshot()}
      position={null}
      title='여정'
      passMinutes={10}
      lobbyMinutes={30}
      insideUrl='/events/1/booking'
      outsideUrl='/events/1'
    />,
  )
