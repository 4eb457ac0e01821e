import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ensureProgram } from '../../dev/programs.ts'
import { commitmentTo, prepareDraw } from '../../edge/contract/draw.ts'
import type { Snapshot } from '../../edge/contract/rooms.ts'
import { createProofOfWork } from '../../edge/proof-of-work.ts'
import { WaitingPage } from '../pages/waiting.tsx'
import { renderPage } from '../render.tsx'
import { bundle } from '../build.ts'
import { waitingExtras } from '../waiting-page/script.ts'
import type { ProofOfWorkChallenge } from './proof-of-work.ts'

const SEED = 'ab'.repeat(32)
const POSTER = {
  template: '/images/a-{width}.{format}',
  widths: [320, 640],
  width: 640,
  height: 853,
  alt: '무대',
  color: '#3a5fb3',
}
const PIXEL = '<svg xmlns="http://www.w3.org/2000/svg" width="3" height="4"><rect width="3" height="4" fill="#3a5fb3"/></svg>'
const work = createProofOfWork({
  secret: new TextEncoder().encode('a secret of the page test, long enough'),
  joinsWithoutWork: 0,
  now: Date.now,
})

let browser: Browser
let proofOfWorkModule: string
let page: Page
let server: ReturnType<typeof Bun.serve>
/** The state of the room that the server imitates, and the requests that it has received. */
let room: Pick<Snapshot, 'phase' | 'serving' | 'drawn' | 'seed' | 'commitment' | 'heldBy' | 'outflow' | 'vacant' | 'message'> & {
  position: number
  issued: number
  isDown: boolean
  /** The status of the response to a claim. */
  claim: number
  polls: number
  /** The code with which the room rejects a join. */
  rejection: string | null
  hasStreams: boolean
  /** How often a visitor has left the queue. */
  left: number
  /** Whether the browser sends a ticket in its cookie, so that the server renders the page with the position. */
  hasCookie: boolean
}

beforeAll(async () => {
  proofOfWorkModule = await bundle('proof-of-work.ts', 'esm')
  browser = await chromium.launch({ executablePath: ensureProgram('chromium', () => {}), args: ['--no-sandbox'] })
  server = Bun.serve({ port: 0, idleTimeout: 60, hostname: '127.0.0.1', fetch: respond })
})
afterAll(async () => {
  await browser.close()
  await server.stop(true)
})
beforeEach(async () => {
  room = {
    phase: 'open',
    serving: 0,
    drawn: null,
    seed: null,
    message: null,
    commitment: null,
    heldBy: 'rate',
    outflow: 6_000,
    vacant: 0,
    position: 30,
    issued: 100,
    isDown: false,
    claim: 201,
    polls: 0,
    rejection: null,
    hasStreams: true,
    left: 0,
    hasCookie: false,
  }
  page = await browser.newPage({ baseURL: `http://127.0.0.1:${server.port}` })
  await open()
  return () => page.close()
})

/** Opens the page and waits for what it loads later. */
async function open(): Promise<void> {
  await page.goto('/queue/event-1')
  await page.locator('#ahead', { hasText: /^30$/ }).waitFor()
  await page.waitForFunction(() => document.adoptedStyleSheets.length > 0)
}

test('shows a connection problem, backs off, and recovers', async () => {
  room.isDown = true
  await page.locator('#trouble').waitFor()
  const polls = room.polls
  await page.waitForTimeout(3_000)
  expect(await page.locator('#trouble').isVisible()).toBe(true)
  expect(room.polls - polls).toBeLessThanOrEqual(2)
  room.isDown = false
  room.serving = 10
  await page.locator('#ahead', { hasText: /^20$/ }).waitFor({ timeout: 15_000 })
  expect(await page.locator('#trouble').isVisible()).toBe(false)
})

test('goes on polling while the snapshot is older than its ticket, as for the second visitor of a room', async () => {
  Object.assign(room, { position: 1, issued: 1 })
  await page.reload()
  await page.locator('#ahead', { hasText: /^1$/ }).waitFor()
  room.serving = 2
  await page.waitForURL('**/events/1/booking')
})

test('computes its drawn position and verifies it against the commitment', async () => {
  Object.assign(room, { phase: 'lobby', commitment: await commitmentTo(SEED, 'event-1', 1) })
  await page.reload()
  await page.getByText('추첨 참여 인원').waitFor()
  Object.assign(room, { phase: 'open', drawn: 100, seed: SEED })
  const position = (await prepareDraw(SEED, 100)).positionOf(1)
  await page.getByText(`추첨 결과: 100명 중 ${position + 1}번째`).waitFor()
  expect(await page.locator('#ahead').textContent()).toBe(String(position))
  expect(await page.locator('#draw').getAttribute('class')).toBe('good')
})

test('warns when the draw does not match the commitment that it saw first', async () => {
  Object.assign(room, { phase: 'lobby', commitment: await commitmentTo(SEED, 'event-1', 1) })
  await page.reload()
  await page.getByText('추첨 참여 인원').waitFor()
  // The commitment of another seed: the page compares it with the first commitment that it saw.
  const other = SEED.replaceAll('a', 'b')
  Object.assign(room, { phase: 'open', drawn: 100, seed: other, commitment: await commitmentTo(other, 'event-1', 1) })
  await page.getByText('처음 공개한 값과 다릅니다').waitFor()
})

test('warns when the draw that it saw promised is given up', async () => {
  Object.assign(room, { phase: 'lobby', commitment: await commitmentTo(SEED, 'event-1', 1) })
  await page.reload()
  await page.getByText('추첨 참여 인원').waitFor()
  Object.assign(room, { phase: 'open', drawn: 0, seed: '' })
  await page.getByText('처음 공개한 값과 다릅니다').waitFor()
})

test('extends an announced wait only with an explanation', async () => {
  room.outflow = 60
  room.position = 300
  await page.reload()
  const eta = page.locator('#eta')
  await eta.filter({ hasText: '약 7분' }).waitFor()
  Object.assign(room, { outflow: 20, heldBy: 'capacity' })
  await page.getByText('앞선 예매가 지연되어').waitFor()
  await eta.filter({ hasText: '약 19분' }).waitFor()
  room.outflow = 120
  await eta.filter({ hasText: '약 4분' }).waitFor()
  expect(await page.locator('#why').isVisible()).toBe(false)
})

test('receives each step near the front of the queue without polling', async () => {
  // The page that beforeEach opened would open a stream too.
  await page.goto('about:blank')
  room.position = 20
  room.outflow = 600
  await Promise.all([page.waitForResponse('**/queue/event-1/events'), page.goto('/queue/event-1')])
  const polls = room.polls
  for (const serving of [5, 10, 15]) {
    room.serving = serving
    await page.locator('#ahead', { hasText: new RegExp(`^${20 - serving}$`) }).waitFor()
  }
  expect(room.polls - polls).toBeLessThanOrEqual(1)
  room.serving = 21
  await page.waitForURL('**/events/1/booking')
})

test('A84: polls at the usual pace, without a notice, while no stream is free', async () => {
  const errors: string[] = []
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  await page.goto('about:blank')
  Object.assign(room, { position: 20, outflow: 600, hasStreams: false })
  await page.clock.install()
  await Promise.all([page.waitForResponse('**/queue/event-1/events'), page.goto('/queue/event-1')])
  const polls = room.polls
  // A page with a stream polls every ten seconds, one without a stream every two.
  for (let seconds = 0; seconds < 6 && room.polls === polls; seconds++) await page.clock.runFor(1_000)
  expect(room.polls).toBeGreaterThan(polls)
  room.serving = 21
  await page.clock.runFor(5_000)
  await page.waitForURL('**/events/1/booking')
  expect(await page.locator('#trouble').isVisible()).toBe(false)
  expect(errors).toEqual([])
})

test('waits for capacity when the room is full at its turn', async () => {
  Object.assign(room, { claim: 425, serving: 31 })
  await page.getByRole('heading', { name: '차례가 왔습니다' }).waitFor()
  room.claim = 201
  await page.waitForURL('**/events/1/booking')
})

test('solves the proof of work that joining requires', async () => {
  room.rejection = 'work_required'
  await page.context().clearCookies()
  await page.reload()
  await page.locator('#ahead', { hasText: /^30$/ }).waitFor()
  expect(room.rejection).toBe('done')
})

test('renders while it solves a proof of work, and would not without its pauses (negative control)', async () => {
  const challenge = { algorithm: 'SHA-256' as const, challenge: '0'.repeat(64), salt: 'salt', maxnumber: 100_000, signature: '' }
  const withPauses = await framesWhileSolving(challenge, true)
  expect(withPauses.outcome).toBe('no solution')
  expect(withPauses.frames).toBeGreaterThan(2)
  expect((await framesWhileSolving(challenge, false)).frames).toBeLessThanOrEqual(2)
})

declare global {
  var solveProofOfWork: typeof import('./proof-of-work.ts').solveProofOfWork | undefined
}

/** Counts the frames that the page renders while it solves a challenge, with the pauses of `solveProofOfWork` or without them. */
async function framesWhileSolving(challenge: ProofOfWorkChallenge, hasPauses: boolean) {
  await page.addScriptTag({
    type: 'module',
    content: "import { solveProofOfWork } from '/proof-of-work.js'; globalThis.solveProofOfWork = solveProofOfWork",
  })
  await page.waitForFunction(() => globalThis.solveProofOfWork)
  return page.evaluate(async ([challenge, hasPauses]) => {
    let frames = 0
    const count = () => void (frames++, requestAnimationFrame(count))
    requestAnimationFrame(count)
    const pause = hasPauses ? undefined : () => Promise.resolve()
    const outcome = await globalThis.solveProofOfWork!(challenge, pause).catch((error: Error) => error.message)
    return { frames, outcome }
  }, [challenge, hasPauses] as const)
}

test('shows a full queue, and a link to log in where the room requires an account', async () => {
  room.rejection = 'queue_full'
  await page.reload()
  await page.getByRole('heading', { name: '대기열이 가득 찼습니다' }).waitFor()
  room.rejection = 'unauthenticated'
  await page.getByRole('heading', { name: '로그인이 필요합니다' }).waitFor()
  expect(await page.getByRole('link', { name: '로그인' }).getAttribute('href')).toBe(
    '/login?next=%2Fqueue%2Fevent-1%3Fto%3D%252Fevents%252F1%252Fbooking',
  )
})

test('explains that the e-mail address has to be verified, and does not try again by itself', async () => {
  room.rejection = 'email_unverified'
  await page.reload()
  await page.getByRole('heading', { name: '이메일 인증이 필요합니다' }).waitFor()
  expect(await page.getByRole('button', { name: '대기열 다시 입장' }).isVisible()).toBe(true)
  const joined = page.waitForRequest('**/queue/event-1/tickets', { timeout: 1_500 }).then(() => true, () => false)
  expect(await joined).toBe(false)
})

test('A135: explains at the turn that the e-mail address has to be verified', async () => {
  room.claim = 403
  room.serving = 31
  await page.reload()
  await page.getByRole('heading', { name: '이메일 인증이 필요합니다' }).waitFor()
})

test('stores the ticket of a visitor who joined with the button of the event page, and asks for it once', async () => {
  await page.evaluate(() => localStorage.clear())
  room.hasCookie = true
  let joins = 0
  page.on('request', (request) => void (request.method() === 'POST' && joins++))
  await page.reload()
  await expect.poll(() => page.evaluate(() => localStorage.getItem('ticket-event-1'))).toBe('a-ticket')
  const polls = room.polls
  await expect.poll(() => room.polls).toBeGreaterThan(polls)
  expect(joins).toBe(1)
  // Another tab has left the queue: this one does not join again by itself.
  await page.evaluate(() => localStorage.clear())
  const later = room.polls
  await expect.poll(() => room.polls).toBeGreaterThan(later)
  expect(joins).toBe(1)
})

test('resumes with the stored ticket when the cookie is gone, and deletes it on entering', async () => {
  const requested = page.waitForRequest('**/queue/event-1/tickets')
  await page.reload()
  expect((await requested).headers()['authorization']).toBe('Bearer a-ticket')
  room.serving = 31
  await page.waitForURL('**/events/1/booking')
  expect(await page.evaluate(() => ({ ...localStorage }))).toEqual({})
})

test('claims with the stored ticket when the cookie is gone', async () => {
  const requested = page.waitForRequest('**/queue/event-1/pass')
  room.serving = 31
  expect((await requested).headers()['authorization']).toBe('Bearer a-ticket')
  await page.waitForURL('**/events/1/booking')
})

test('joins and enters in a browser without the APIs that Safari 15 lacks', async () => {
  await page.addInitScript(() => {
    Reflect.deleteProperty(AbortSignal, 'timeout')
    Reflect.deleteProperty(AbortSignal, 'any')
    Reflect.deleteProperty(Document.prototype, 'adoptedStyleSheets')
    Reflect.deleteProperty(Navigator.prototype, 'locks')
    for (const name of ['CSSStyleSheet', 'Notification', 'AudioContext']) Reflect.deleteProperty(globalThis, name)
  })
  const errors: string[] = []
  page.on('pageerror', ({ message }) => errors.push(message))
  room.position = 40
  await page.reload()
  await page.locator('#ahead', { hasText: /^40$/ }).waitFor()
  // The extras run too.
  await page.getByRole('img', { name: '무대' }).waitFor()
  room.serving = 41
  await page.waitForURL('**/events/1/booking')
  expect(errors).toEqual([])
})

test('reports an invalid position and joins again', async () => {
  Object.assign(room, { claim: 401, serving: 31 })
  await page.getByText('새 순서를 받았습니다').waitFor()
  Object.assign(room, { claim: 201 })
  await page.waitForURL('**/events/1/booking')
})

test('shows how to continue where cookies are blocked, and does not join', async () => {
  await page.addInitScript(() => Object.defineProperty(navigator, 'cookieEnabled', { value: false }))
  await page.reload()
  await page.getByRole('heading', { name: '쿠키를 허용해 주세요' }).waitFor()
  const joined = page.waitForRequest('**/queue/event-1/tickets', { timeout: 1_500 }).then(() => true, () => false)
  expect(await joined).toBe(false)
})

test('announces the turn with a tone, in the title of the tab and to screen readers', async () => {
  await page.evaluate(() => {
    const [tones, titles] = [[] as number[], [] as string[]]
    Object.assign(globalThis, { tones, titles })
    OscillatorNode.prototype.start = function () {
      tones.push(this.frequency.value)
    }
    new MutationObserver(() => titles.push(document.title)).observe(document.querySelector('title')!, { childList: true })
  })
  // Browsers allow sound only after the visitor has touched the page.
  await page.locator('#head').click()
  room.claim = 425
  room.serving = 31
  await page.waitForFunction(() => (globalThis as unknown as { tones: number[] }).tones.length > 0)
  expect(await page.evaluate(() => (globalThis as unknown as { titles: string[] }).titles)).toContain(
    '입장 차례입니다 · NETicket',
  )
  const live = page.locator('#live')
  expect(await live.getAttribute('aria-live')).toBe('polite')
  expect(await live.textContent()).toContain('입장 차례입니다')
})

test('shows the poster in its reserved place, and its colour', async () => {
  const image = page.getByRole('img', { name: '무대' })
  await image.waitFor()
  expect(await page.locator('body').getAttribute('class')).toBe('flooded tint-7')
  const shift = () => page.evaluate(() => document.querySelector('#poster')!.getBoundingClientRect().height)
  expect(await shift()).toBe(128)
})

test('hardly anything on the page moves when it joins and when the extras arrive', async () => {
  for (const [phase, isLobby] of [['open', false], ['lobby', true]] as const) {
    Object.assign(room, { phase, commitment: isLobby ? await commitmentTo(SEED, 'event-1', 1) : null })
    for (const viewport of [{ width: 390, height: 844 }, { width: 1280, height: 720 }]) {
      const context = await browser.newContext({ baseURL: `http://127.0.0.1:${server.port}`, viewport })
      const visitor = await context.newPage()
      await visitor.addInitScript(() => {
        const moved = { score: 0 }
        Object.assign(globalThis, { moved })
        new PerformanceObserver((list) => {
          for (const { value } of list.getEntries() as (PerformanceEntry & { value: number })[]) moved.score += value
        }).observe({ type: 'layout-shift', buffered: true })
      })
      await visitor.goto('/queue/event-1')
      await visitor.locator('#leave').waitFor()
      await visitor.getByRole('img', { name: '무대' }).waitFor()
      await visitor.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))))
      expect(await visitor.evaluate(() => (globalThis as unknown as { moved: { score: number } }).moved.score)).toBeLessThan(0.02)
      await context.close()
    }
  }
})

test('notifies a visitor in another tab who has allowed it, and vibrates, once the turn has come', async () => {
  await page.context().grantPermissions(['notifications'])
  await page.addInitScript(() => {
    const calls: string[] = []
    Object.assign(globalThis, {
      calls,
      Notification: class {
        static permission = 'default'
        static requestPermission() {
          this.permission = 'granted'
          return Promise.resolve('granted')
        }
        constructor(title: string) {
          calls.push(title)
        }
      },
    })
    Object.defineProperty(navigator, 'vibrate', { value: () => calls.push('vibrate') })
    Object.defineProperty(document, 'hasFocus', { value: () => false })
  })
  await open()
  await page.getByRole('button', { name: '차례가 되면 알림 받기' }).click()
  await page.getByRole('button', { name: '차례가 되면 알려 드립니다' }).waitFor()
  const calls = () => page.evaluate(() => (globalThis as unknown as { calls: string[] }).calls)
  expect(await calls()).toEqual([])
  Object.assign(room, { claim: 425, serving: 31 })
  await expect.poll(calls).toEqual(['vibrate', '입장 차례입니다'])
})

test('leaving is confirmed, can be undone for five seconds, and then gives up the position', async () => {
  await page.clock.install()
  await open()
  const leave = async () => {
    await page.getByText('대기 취소').click()
    await page.getByRole('button', { name: '순서 포기하고 나가기' }).click()
    await page.getByRole('alert').getByText('5초 뒤에').waitFor()
  }
  await leave()
  await page.getByRole('button', { name: '계속 대기하기' }).click()
  await page.clock.fastForward(10_000)
  expect(room.left).toBe(0)
  await leave()
  await page.clock.fastForward(3_000)
  expect(room.left).toBe(0)
  await page.clock.runFor(3_000)
  await page.waitForURL('**/left')
  expect(room.left).toBe(1)
  expect(await page.evaluate(() => localStorage.getItem('ticket-event-1'))).toBeNull()
})

test('a turn that comes while leaving can be undone is not given up', async () => {
  await page.getByText('대기 취소').click()
  await page.getByRole('button', { name: '순서 포기하고 나가기' }).click()
  await page.getByRole('alert').getByText('초 뒤에').waitFor()
  Object.assign(room, { serving: 31 })
  await page.waitForURL('**/events/1/booking')
  expect(room.left).toBe(0)
})

test('the language changes on the page', async () => {
  expect(await page.getByRole('link', { name: 'English' }).getAttribute('href')).toBe('/language/en?next=%2Fqueue%2Fevent-1')
})

test.each([['plays', 'no-preference'], ['does not play', 'reduce']] as const)(
  '%s the draw as a ceremony where the visitor’s motion preference is %s, and says how to verify it',
  async (_, reducedMotion) => {
    await page.emulateMedia({ reducedMotion })
    Object.assign(room, { phase: 'lobby', commitment: await commitmentTo(SEED, 'event-1', 1) })
    await page.addInitScript(() => {
      const seen = { ceremonies: 0 }
      Object.assign(globalThis, { seen })
      new MutationObserver((records) => {
        for (const { addedNodes } of records) {
          for (const node of addedNodes) if (node instanceof Element && node.matches('.ceremony')) seen.ceremonies++
        }
      }).observe(document, { childList: true, subtree: true })
    })
    await page.reload()
    await page.getByText('추첨 참여 인원').waitFor()
    await page.waitForFunction(() => document.adoptedStyleSheets.length > 0)
    Object.assign(room, { phase: 'open', drawn: 100, seed: SEED })
    await page.getByText('추첨 결과 검증 방법').click()
    await page.getByText(SEED).waitFor()
    await page.locator('.ceremony').waitFor({ state: 'detached' })
    const ceremonies = await page.evaluate(() => (globalThis as unknown as { seen: { ceremonies: number } }).seen.ceremonies)
    expect(ceremonies).toBe(reducedMotion === 'reduce' ? 0 : 1)
  },
)

test('animates its progress, except for visitors who prefer reduced motion', async () => {
  const inspector = await page.context().newCDPSession(page)
  await inspector.send('Animation.enable')
  let moved = 0
  inspector.on('Animation.animationStarted', () => moved++)
  const advance = async (ahead: number) => {
    room.serving = 30 - ahead
    await page.locator('#ahead', { hasText: new RegExp(`^${ahead}$`) }).waitFor()
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))))
  }
  await advance(20)
  await expect.poll(() => moved).toBeGreaterThan(0)
  await page.emulateMedia({ reducedMotion: 'reduce' })
  // Longer than the running animation.
  await page.waitForTimeout(700)
  moved = 0
  await advance(10)
  expect(moved).toBe(0)
})

test('shows that the position is kept while the store is down', async () => {
  Object.assign(room, { phase: 'paused', heldBy: 'store' })
  await page.getByRole('heading', { name: '연결을 확인하고 있습니다' }).waitFor()
  expect(await page.locator('#ahead').textContent()).toBe('30')
})

test('shows a pause and a sold-out sale, and keeps the position', async () => {
  room.phase = 'paused'
  await page.getByRole('heading', { name: '잠시 멈췄습니다' }).waitFor()
  room.phase = 'sold_out'
  await page.getByRole('heading', { name: '전석 매진' }).waitFor()
  expect(await page.locator('#ahead').textContent()).toBe('30')
})

test('opens the target page when the turn has come', async () => {
  room.serving = 31
  await page.waitForURL('**/events/1/booking')
})

test('offers to join again after a missed turn', async () => {
  Object.assign(room, { claim: 410, serving: 31 })
  await page.getByRole('heading', { name: '입장 시간이 지났습니다' }).waitFor()
  Object.assign(room, { position: 50, claim: 201 })
  await page.getByRole('button', { name: '대기열 다시 입장' }).click()
  await page.locator('#ahead', { hasText: /^19$/ }).waitFor()
})

async function respond(request: Request): Promise<Response> {
  const asPage = request.headers.get('accept')?.includes('text/html')
  switch (`${request.method} ${new URL(request.url).pathname}`) {
    case 'GET /proof-of-work.js':
      return new Response(proofOfWorkModule, { headers: { 'content-type': 'text/javascript' } })
    case 'GET /queue/event-1':
      return new Response(waitingPage(), { headers: { 'content-type': 'text/html; charset=utf-8' } })
    case 'GET /queue/event-1/snapshot':
      room.polls++
      return room.isDown ? Response.json({ code: 'busy', retryAfterSeconds: 1 }, { status: 503 }) : Response.json(snapshot())
    case 'GET /queue/event-1/events':
      if (!room.hasStreams) return new Response(null, { status: 204 })
      return new Response(steps(), { headers: { 'content-type': 'text/event-stream' } })
    case 'GET /queue/event-1/extras.js':
      return new Response(waitingExtras, { headers: { 'content-type': 'text/javascript' } })
    case 'GET /api/events/1':
      return Response.json({ title: '여정', imageUrl: '/images/a.svg', image: POSTER })
    case 'GET /images/a-320.webp':
      return new Response(PIXEL, { headers: { 'content-type': 'image/svg+xml' } })
    case 'POST /queue/event-1/tickets/leave':
      room.left++
      return new Response(null, { status: 303, headers: { location: '/left' } })
    case 'POST /queue/event-1/tickets': {
      if (asPage) return new Response(null, { status: 303, headers: { location: '/queue/event-1' } })
      if (room.rejection === 'work_required') {
        const outcome = await work.check('event-1', 'here', request.headers.get('x-queue-work') ?? undefined)
        if (outcome !== 'done') {
          const challenge = await work.challenge('event-1', 'here')
          return Response.json({ code: 'work_required', challenge }, { status: 428 })
        }
        room.rejection = 'done'
      } else if (room.rejection && room.rejection !== 'done') {
        return Response.json({ code: room.rejection, retryAfterSeconds: 1 }, {
          status: { unauthenticated: 401, email_unverified: 403 }[room.rejection] ?? 503,
        })
      }
      return Response.json({ ticket: 'a-ticket', index: 1, position: room.position, ahead: room.position }, { status: 201 })
    }
    case 'POST /queue/event-1/pass': {
      if (room.claim === 201) return Response.json({ pass: 'a-pass' }, { status: 201 })
      if (room.claim === 403) return Response.json({ code: 'email_unverified' }, { status: 403 })
      if (room.claim === 401) return Response.json({ code: 'ticket_invalid' }, { status: 401 })
      return room.claim === 425
        ? Response.json({ code: 'not_your_turn', roomFull: true, pollAfterMs: 500 }, { status: 425 })
        : Response.json({ code: 'turn_missed' }, { status: 410 })
    }
    default:
      return new Response('')
  }
}

/** Server-sent events: the snapshot after each step. */
function steps(): ReadableStream {
  let timer: ReturnType<typeof setInterval>
  let sentServing = -1
  return new ReadableStream({
    start(controller) {
      timer = setInterval(() => {
        if (room.serving === sentServing) return
        sentServing = room.serving
        controller.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(snapshot())}\n\n`))
      }, 50)
    },
    cancel: () => clearInterval(timer),
  })
}

const snapshot = (): Snapshot => ({
  room: 'event-1',
  phase: room.phase,
  epoch: 1,
  serving: room.serving,
  issued: room.issued,
  gone: 0,
  drawn: room.drawn,
  commitment: room.commitment,
  seed: room.seed,
  opensAt: null,
  serverTime: new Date().toISOString(),
  perMinute: 6_000,
  vacant: room.vacant,
  outflow: room.outflow,
  heldBy: room.heldBy,
  seatsLeft: 10,
  message: room.message,
  pollAfterMs: 300,
})

const waitingPage = () =>
  renderPage(
    <WaitingPage
      language='ko'
      room='event-1'
      snapshot={snapshot()}
      position={room.hasCookie
        ? { index: 1, position: room.position, ahead: room.position, phase: room.phase, etaSeconds: 60, pollAfterMs: 300 }
        : null}
      title='여정'
      passMinutes={10}
      lobbyMinutes={30}
      insideUrl='/events/1/booking'
      outsideUrl='/events/1'
      eventId={1}
    />,
  )
