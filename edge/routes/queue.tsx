import { Hono } from 'hono'
import { WaitingPage } from '../../web/pages/waiting.tsx'
import { renderPage } from '../../web/render.tsx'
import { PROOF_OF_WORK_HEADER } from '../contract/headers.ts'
import { paths } from '../contract/paths.ts'
import { type ProblemCode, wantsPage } from '../contract/problems.ts'
import { gzip, takesGzip } from '../compression.ts'
import type { Position, Snapshot } from '../contract/rooms.ts'
import type { Deps } from '../deps.ts'
import {
  addressOf,
  type Ctx,
  type Env,
  type HeaderPairs,
  languageOf,
  problem,
  refuseOverLimit,
  respond,
  visitRoom,
} from '../http.tsx'
import { streamSnapshots } from '../room-stream.ts'
import { isPlainPath } from '../plain-path.ts'
import type { Room } from '../rooms.ts'
import type { ClaimResult } from '../queue-tickets.ts'
import { describePosition } from '../waiting-room/positions.ts'
import {
  claimKeyOf,
  clearTicketCookie,
  clearVisitCookies,
  findPass,
  findPerson,
  findQueueTicket,
  type HeldQueueTicket,
  setPassCookie,
  setTicketCookie,
  targetPathOf,
} from '../visitor.ts'
import { waitingPageCsp } from '../waiting-page-csp.ts'

/** A room's snapshot has an address of its own beside that of its page, so that a CDN can keep it by path alone. */
const SNAPSHOT = '/snapshot'
const POLL_HEADERS = {
  'content-type': 'application/json',
  // It is smaller than a packet: to compress it would cost more than it saves.
  'cache-control': 'public, max-age=1, no-transform',
  vary: 'accept',
}

/** What is for one visitor: no cache keeps it, no other site reads it, nobody guesses that it is something else. */
const PERSONAL: HeaderPairs = [
  ['content-type', 'application/json'],
  ['cache-control', 'private, no-store'],
  ['x-content-type-options', 'nosniff'],
  ['cross-origin-resource-policy', 'same-origin'],
]

/** A poll of a live room: one snapshot, the same bytes for all. Whatever is not one goes on. */
export const pollRoom = (deps: Deps) => (c: Ctx, next: () => Promise<void>): Response | Promise<void> => {
  const isPage = wantsPage(c.req.raw.headers) && !c.req.path.endsWith(SNAPSHOT)
  const room = isPage || !isPlainPath(c.req.url) ? null : deps.rooms.peek(c.req.param('room')!)
  // Whoever floods goes on too, and is refused there.
  if (!room || !deps.limits.take('address', addressOf(c, deps)).allowed) return next()
  deps.metrics.answered('poll', 200)
  return new Response(room.body, { headers: POLL_HEADERS })
}

/** The line itself: see it, join it, go in, leave. */
export const queue = (deps: Deps) =>
  new Hono<Env>()
    .use('/queue/:room/*', async (c, next) => {
      const room = await visitRoom(c, deps, c.req.param('room'))
      if (room instanceof Response) return room
      if (!room) return problem(c, 'not_found')
      c.set('room', room)
      await next()
    })
    .get(`/queue/:room${SNAPSHOT}`, (c) => c.body(c.get('room').body, 200, POLL_HEADERS))
    .get('/queue/:room', async (c) => {
      const room = c.get('room')
      if (!c.get('isPage')) return c.body(room.body, 200, POLL_HEADERS)
      c.header('vary', 'accept')
      return await showWaiting(c, deps, room, endedOf(c))
    })
    .post('/queue/:room/tickets', async (c) => {
      const room = c.get('room')
      const isPage = c.get('isPage')
      const pass = isPage && !room.isStoreDown ? findPass(c, deps, room) : null
      const inside = pass && await deps.queueTickets.renew(room, pass)
      if (inside) return admit(c, deps, room, inside)
      const known = findQueueTicket(c, deps, room)
      if (known) {
        setTicketCookie(c, deps, room.name, known.token)
        return answerTicket(c, deps, room, known, 200)
      }
      const account = room.plan.rules.requiresLogin ? findPerson(c, deps) : null
      const refused = refuseOverLimit(c, deps.limits, 'join', c.get('address')) ?? refuseJoin(c, room, account !== null) ??
        await refuseWithoutWork(c, deps, room)
      // The page of the line says why, and tries again by itself.
      const toLine = (refusal: Response) =>
        isPage && WAITED_OUT.has(c.get('problem')!) ? c.redirect(lineOf(c, room), 303) : refusal
      if (refused) return toLine(refused)
      const joined = await deps.queueTickets.join(room, account && account.id)
      if (joined.kind === 'no_room') return toLine(problem(c, 'store_unavailable', { retryAfterSeconds: 1 }))
      if (joined.kind === 'full') return toLine(problem(c, 'queue_full', { retryAfterSeconds: FULL_SECONDS }))
      setTicketCookie(c, deps, room.name, joined.token)
      return answerTicket(c, deps, room, { ...joined.ticket, token: joined.token, isKept: isPage }, 201)
    })
    .post('/queue/:room/pass', async (c) => {
      const room = c.get('room')
      const [ticket, pass] = [findQueueTicket(c, deps, room), findPass(c, deps, room)]
      if (room.isStoreDown && pass && !deps.queueTickets.isGivenUp(pass)) {
        return admit(c, deps, room, deps.queueTickets.prolong(room, pass))
      }
      if (room.isStoreDown) {
        return problem(c, 'store_unavailable', { retryAfterSeconds: SILENT_SECONDS })
      }
      if (!ticket && !pass) {
        return refuseTicket(c, deps, room, 'ticket_invalid')
      }
      const refused = refuseOverLimit(c, deps.limits, 'claim', ticket?.visitor ?? pass!.id)
      if (refused) return refused
      const result = pass && await deps.queueTickets.renew(room, pass) ||
        ticket && await deps.queueTickets.claim(room, ticket, claimKeyOf(c, ticket))
      if (!result) return refuseTicket(c, deps, room, 'ticket_used')
      if (result.kind === 'claimed') return admit(c, deps, room, result)
      if (result.kind === 'sold_out') {
        return problem(c, 'sold_out', { figures: { left: 0 }, retryAfterSeconds: result.retryAfterMs / 1000 })
      }
      if (result.kind !== 'not_your_turn') return refuseTicket(c, deps, room, result.kind)
      if (c.get('isPage')) return c.redirect(lineOf(c, room), 303)
      const { ahead, etaSeconds, pollAfterMs } = result.position
      return problem(c, 'not_your_turn', {
        figures: { ahead, etaSeconds, pollAfterMs, roomFull: result.isRoomFull },
        retryAfterSeconds: Math.ceil(pollAfterMs / 1000),
      })
    })
    .get('/queue/:room/events', (c) => {
      const room = c.get('room')
      const ticket = findQueueTicket(c, deps, room)
      if (!ticket) return problem(c, 'ticket_invalid')
      return refuseOverLimit(c, deps.limits, 'stream', ticket.visitor) ?? streamSnapshots(c, deps, room, ticket)
    })
    .delete('/queue/:room/tickets', async (c) => {
      const isLeft = await leave(c, deps, c.get('room'))
      return isLeft instanceof Response ? isLeft : isLeft ? c.body(null, 204) : problem(c, 'ticket_invalid')
    })
    .post('/queue/:room/tickets/leave', async (c) => {
      const refused = await leave(c, deps, c.get('room'))
      return refused instanceof Response ? refused : c.redirect(c.get('room').plan.exitPath, 303)
    })

/** While the store is away, joining is worth trying again after this. */
const SILENT_SECONDS = 3
const FULL_SECONDS = 30
/** Refusals to join that end by themselves, or by the script of the page. */
const WAITED_OUT = new Set<ProblemCode>(['queue_full', 'sale_not_open', 'store_unavailable', 'work_required'])
/** A page is not held up for the name of what one waits for. */
const TITLE_PATIENCE_MS = 250

async function showWaiting(c: Ctx, deps: Deps, room: Room, ended: 'missed' | 'used' | null = null): Promise<Response> {
  const [ticket, title] = await Promise.all([
    ended ? null : findQueueTicket(c, deps, room),
    Promise.race([deps.directory.findTitle(room.name, languageOf(c)).catch(() => null), patience(TITLE_PATIENCE_MS)]),
  ])
  const [language, insideUrl] = [languageOf(c), targetPathOf(c, deps, room)]
  const draw = () =>
    renderPage(
      <WaitingPage
        language={language}
        room={room.name}
        snapshot={room.snapshot}
        position={ticket &&
          { ...describePosition(room.positionOf(ticket.index), room.snapshot, deps.random()), index: ticket.index }}
        title={title}
        passMinutes={Math.round(room.plan.admission.passMs / 60_000)}
        lobbyMinutes={Math.round(room.plan.admission.lobbyMs / 60_000)}
        ended={ended}
        insideUrl={insideUrl}
        outsideUrl={room.plan.exitPath}
      />,
    )
  const status = ended === null ? 200 : ended === 'missed' ? 410 : 409
  c.header('vary', 'accept-encoding', { append: true })
  c.header('content-security-policy', waitingPageCsp)
  c.header('cache-control', 'private, no-store')
  c.header('content-type', 'text/html; charset=utf-8')
  if (!takesGzip(c.req.raw.headers)) return c.body(draw(), status)
  c.header('content-encoding', 'gzip')
  const isForAll = !ticket && ended === null
  return c.body(await (isForAll ? drawnFor(room.snapshot, `${language} ${insideUrl} ${title}`, draw) : gzip(draw())), status)
}

const patience = (ms: number) => new Promise<null>((resolve) => setTimeout(() => resolve(null), ms))

/** Pages that were drawn of a snapshot, for those without a ticket: the same for a whole crowd until the next tick. */
const drawn = new WeakMap<Snapshot, Map<string, Promise<Uint8Array<ArrayBuffer>>>>()
const DRAWN_AT_MOST = 50

function drawnFor(snapshot: Snapshot, key: string, draw: () => string): Promise<Uint8Array<ArrayBuffer>> {
  const pages = drawn.get(snapshot) ?? new Map<string, Promise<Uint8Array<ArrayBuffer>>>()
  drawn.set(snapshot, pages)
  const page = pages.get(key) ?? gzip(draw())
  if (pages.size < DRAWN_AT_MOST) pages.set(key, page)
  return page
}

async function answerTicket(
  c: Ctx,
  deps: Deps,
  room: Room,
  ticket: HeldQueueTicket,
  status: 200 | 201,
): Promise<Response> {
  const position = describePosition(room.positionOf(ticket.index), room.snapshot, deps.random(), status === 201)
  if (c.get('isPage')) {
    // Nobody waits: the button that joins the line leads straight in.
    if (position.pollAfterMs === 0 && !room.isStoreDown) {
      const refused = refuseOverLimit(c, deps.limits, 'claim', ticket.visitor)
      if (refused) return refused
      const result = await deps.queueTickets.claim(room, ticket, claimKeyOf(c, ticket))
      if (result.kind === 'claimed') return admit(c, deps, room, result)
      if (result.kind !== 'not_your_turn' && result.kind !== 'sold_out') return refuseTicket(c, deps, room, result.kind)
    }
    return c.redirect(lineOf(c, room), 303)
  }
  const body: { ticket: string; index: number } & Position = { ticket: ticket.token, index: ticket.index, ...position }
  return respond(c, JSON.stringify(body), status, PERSONAL)
}

function admit(c: Ctx, deps: Deps, room: Room, { pass, token }: Extract<ClaimResult, { kind: 'claimed' }>): Response {
  setPassCookie(c, deps, room, pass, token)
  if (c.get('isPage')) return c.redirect(targetPathOf(c, deps, room), 303)
  const body = {
    pass: token,
    expiresAt: new Date(pass.expiresAtMs).toISOString(),
    until: new Date(pass.untilMs).toISOString(),
  }
  return respond(c, JSON.stringify(body), 201, PERSONAL)
}

/** A ticket that leads nowhere any more is taken away, so that the next request joins anew. */
function refuseTicket(
  c: Ctx,
  deps: Deps,
  room: Room,
  code: Extract<ProblemCode, 'turn_missed' | 'ticket_used' | 'ticket_invalid'>,
): Response | Promise<Response> {
  clearTicketCookie(c, room.name)
  if (c.get('isPage')) {
    return code === 'ticket_invalid'
      ? c.redirect(lineOf(c, room), 303)
      : showWaiting(c, deps, room, code === 'turn_missed' ? 'missed' : 'used')
  }
  return problem(c, code, { figures: { queue: paths.room(room.name) } })
}

/** Why nobody can join now, or this visitor cannot. */
function refuseJoin(c: Ctx, room: Room, isLoggedIn: boolean): Response | null {
  const { phase, opensAt, serverTime, issued, serving } = room.snapshot
  const { rules, opening } = room.plan
  if (room.isStoreDown) return problem(c, 'store_unavailable', { retryAfterSeconds: SILENT_SECONDS })
  if (phase === 'closed') {
    const opensInMs = opensAt ? Date.parse(opensAt) - Date.parse(serverTime) : 0
    if (opensInMs <= 0 || opening.closesAtMs === 1) return problem(c, 'sale_closed')
    return problem(c, 'sale_not_open', { retryAfterSeconds: Math.ceil(opensInMs / 1000), figures: { opensAt } })
  }
  if (rules.requiresLogin) return isLoggedIn ? null : problem(c, 'unauthenticated')
  // It may be a tick old: join.lua decides. To say so here costs no call, and the visitor's machine no work.
  return issued - serving >= rules.maxWaiting ? problem(c, 'queue_full', { retryAfterSeconds: FULL_SECONDS }) : null
}

/** In a room that asks for work before joining: the task, until its solution comes with the request. */
async function refuseWithoutWork(c: Ctx, deps: Deps, room: Room): Promise<Response | null> {
  if (!room.plan.rules.proofOfWork) return null
  const [address, solution] = [c.get('address'), c.req.header(PROOF_OF_WORK_HEADER)]
  const outcome = await deps.proofOfWork.check(room.name, address, solution)
  if (outcome === 'done') return null
  return problem(c, 'work_required', {
    figures: { work: outcome, challenge: await deps.proofOfWork.challenge(room.name, address) },
  })
}

/** A page behind the room that sends somebody back to the line says why. */
function endedOf(c: Ctx): 'missed' | 'used' | null {
  const ended = c.req.query('ended')
  return ended === 'missed' || ended === 'used' ? ended : null
}

const lineOf = (c: Ctx, room: Room) => paths.room(room.name) + new URL(c.req.url).search

async function leave(c: Ctx, deps: Deps, room: Room): Promise<boolean | Response> {
  const [ticket, pass] = [findQueueTicket(c, deps, room), findPass(c, deps, room)]
  const who = ticket?.visitor ?? pass?.id
  const refused = who === undefined ? null : refuseOverLimit(c, deps.limits, 'claim', who)
  if (refused) return refused
  await deps.queueTickets.leave(room, ticket, pass)
  clearVisitCookies(c, room.name)
  return ticket !== null || pass !== null
}
