/** Valid requests: a route, a person, what the route needs. serialise.ts spoils most of them. */
import {
  ACCESS_COOKIE,
  cookieName,
  passCookie,
  type Protocol,
  queueTicketCookie,
  REFRESH_COOKIE,
} from '../../edge/contract/cookies.ts'
import { eventRoom } from '../../edge/contract/rooms.ts'
import { signPass, signQueueTicket, visitorOf } from '../../edge/contract/tokens.ts'
import type { HeaderPairs } from '../../edge/upstream/header-pairs.ts'
import type { Person } from '../../origin/accounts.ts'
import { signAccess } from '../../origin/sessions.ts'
import { tokenKeys } from '../shop.ts'
import { BODIES, type BodyData, QUERIES } from './bodies.ts'
import type { Dice } from './dice.ts'
import type { Route } from './routes.ts'
import { type FuzzEvent, INVITATIONS, PARAMETERS, type World } from './world.ts'

/** A request before it is mutated and serialised. */
export type Draft = {
  route: Route
  person: Person | null
  event: FuzzEvent
  method: string
  /** What the trusted proxy reports. */
  protocol: Protocol
  path: string
  query: string
  headers: HeaderPairs
  cookies: string[]
  body: BodyData | null
}

const ROLES = ['guest', 'buyer', 'buyer', 'admin'] as const
const OF_RESERVATION = /(reservations|tickets)\/:id/
const HTML = 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8'

export async function createDraft(dice: Dice, world: World, route: Route): Promise<Draft> {
  const role = /^\/((api\/)?admin|check-in)/.test(route.path) && dice.chance(0.8) ? 'admin' : dice.pick(ROLES)
  const event = eventFor(dice, world, route)
  const own = OF_RESERVATION.test(route.path) && dice.chance(0.8) ? dice.pick(world.learned.reservations) : undefined
  const person = role === 'guest' ? null : role === 'admin' ? world.admin : own?.person ?? dice.pick(world.people)
  const protocol = dice.chance(0.3) ? 'https' : 'http'
  const operator = dice.pick(world.operators)
  const draft: Draft = {
    route,
    person,
    event,
    method: route.method === 'GET' && dice.chance(0.05) ? 'HEAD' : route.method,
    protocol,
    path: pathFor(dice, world, route, { event, reservation: own?.id, operator }),
    query: QUERIES[route.name]?.(dice) ?? '',
    headers: [
      ['accept', dice.pick([HTML, 'application/json', '*/*'])],
      ['x-forwarded-for', addressFor(dice)],
      ['x-forwarded-proto', protocol],
    ],
    cookies: [],
    body: BODIES[route.name]?.(dice, world, event) ?? null,
  }
  if (person) await identify(dice, draft, person)
  addVisit(dice, world, draft)
  if (route.name.endsWith('/reservations')) draft.headers.push(['idempotency-key', dice.uuid()])
  if (route.name === 'POST /api/auth/refresh' && dice.chance(0.7)) addRefreshToken(dice, world, draft)
  if (dice.chance(0.2)) draft.headers.push(['sec-fetch-site', 'same-origin'])
  return draft
}

/** Some thousands of clients, so that the limits per address hide nothing. */
const addressFor = (dice: Dice) => `10.${dice.below(40)}.${dice.below(16)}.${1 + dice.below(9)}`

function eventFor(dice: Dice, world: World, { method, path }: Route): FuzzEvent {
  if (path.endsWith('/unload')) return world.spare
  if (path.includes('/dead-letters/')) return world.managed[0]!
  // A reset ends the queue tickets of a room.
  if (/rooms\/:room\/(reset|undo)/.test(path)) return dice.pick(world.doomed)
  if (path.endsWith('/revoke')) return dice.pick(world.onSale)
  if (/\/admin\/events\/:id\/(cancel|continue|delete)$/.test(path) || method === 'DELETE') return dice.pick(world.doomed)
  if (/\/admin\/events\/:id(\/(publish|stop|resume|edit|changes|duplicate|preview))?$/.test(path)) return dice.pick(world.managed)
  if (/reservations$|booking$|^\/queue/.test(path)) {
    return dice.pick(dice.chance(0.8) ? world.onSale.concat(world.managed) : world.all)
  }
  return dice.pick(world.all)
}

type Subjects = { event: FuzzEvent; reservation: string | undefined; operator: Person }

function pathFor(dice: Dice, world: World, { path }: Route, { event: { eventId }, reservation, operator }: Subjects): string {
  return path.replace(/:(\w+)/g, (_, parameter: string) => {
    if (!(parameter in PARAMETERS)) throw new Error(`no value for the parameter ${parameter} of ${path}: add it to PARAMETERS`)
    if (parameter === 'room') return eventRoom(eventId)
    if (parameter === 'session' && dice.chance(0.9)) {
      return dice.pick(world.sessions.get(/\/(account|me)\//.test(path) ? world.admin.id : operator.id)!)
    }
    if (parameter !== 'id') return dice.pick(PARAMETERS[parameter]!)
    if (path.includes('/invitations/')) return String(1 + dice.below(INVITATIONS))
    if (path.includes('/people/')) return String(operator.id)
    return OF_RESERVATION.test(path) ? reservation ?? dice.uuid() : String(eventId)
  })
}

async function identify(dice: Dice, draft: Draft, person: Person): Promise<void> {
  const token = await signAccess({ tokenKeys, now: () => new Date() }, person)
  if (dice.chance(0.5)) draft.headers.push(['authorization', `Bearer ${token}`])
  else draft.cookies.push(`${cookieName(ACCESS_COOKIE, draft.protocol)}=${token}`)
}

/** Adds a queue ticket or a pass of the event's room, as the route needs it. */
function addVisit(dice: Dice, world: World, draft: Draft): void {
  const { route, person, event, headers, cookies, protocol } = draft
  const room = eventRoom(event.eventId)
  if (/booking$|\/events\/:id\/reservations$/.test(route.path) && dice.chance(0.85)) {
    const expiresAtMs = Date.now() + 600_000
    const pass = signPass({ id: dice.uuid(), room, epoch: event.epoch, expiresAtMs, untilMs: expiresAtMs }, tokenKeys)
    if (dice.chance(0.5)) headers.push(['x-queue-pass', pass])
    else cookies.push(`${cookieName(passCookie(room), protocol)}=${pass}`)
  }
  if (!route.path.startsWith('/queue/') || dice.chance(0.3)) return
  const held = world.learned.tickets.findLast((ticket) => ticket.room === room && ticket.person?.id === person?.id)
  const index = dice.below(50)
  const visitor = person ? visitorOf(person.id, { epoch: event.epoch, index }) : dice.uuid()
  const token = held?.token ?? signQueueTicket({ room, epoch: event.epoch, index, visitor }, tokenKeys)
  if (draft.person || dice.chance(0.5)) cookies.push(`${cookieName(queueTicketCookie(room), protocol)}=${token}`)
  else headers.push(['authorization', `Bearer ${token}`])
}

function addRefreshToken(dice: Dice, { learned }: World, { cookies, protocol }: Draft): void {
  const token = dice.pick(learned.refreshTokens)
  if (token) cookies.push(`${cookieName(REFRESH_COOKIE, protocol)}=${token}`)
}
