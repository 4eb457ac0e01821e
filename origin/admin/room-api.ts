import * as z from 'zod'
import { eventOfRoom } from '../../edge/contract/rooms.ts'
import { settingsOver } from '../../edge/waiting-room/room-settings.ts'
import { type Ctx, problem } from '../http.tsx'
import { readJson } from '../input.ts'
import type { AdminRequest, AdminRoute } from './admin-route.ts'
import { resetByOperator, undoReset } from './room-acts.ts'
import { listRooms, readRoom } from './room-figures.ts'
import { reasonInput, reasonText, settingsInput } from './room-input.ts'
import { changeRoom, readRoomRecord, type RoomChange, type RoomChanged, type RoomRecord, SITE_DEFAULTS } from './room-settings.ts'
import { findVisitor, revokeVisitor, type VisitorLookup } from './visitors.ts'

const queryText = z.string().trim().min(1).max(2_000)
const visitorInput = z.strictObject({ query: queryText })
const revokeInput = z.strictObject({ query: queryText, reason: reasonText })
const isDefaults = (room: string) => room === 'defaults'

/** Waiting rooms: settings, acts, live figures, and one visitor's position. `defaults` is the name of the site-wide settings. */
export const roomApi: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/api/admin/rooms',
    permission: 'figures.read',
    handle: async ({ c, deps }) => {
      const items = await listRooms(deps)
      return c.json({
        items: items.map(({ event, room, head, isLive }) => ({
          room,
          eventId: event.id,
          title: c.get('language') === 'ko' ? event.title : event.titleEn,
          opensAt: event.opensAt.toISOString(),
          isLive,
          waiting: head?.waiting ?? 0,
          paused: head?.paused ?? false,
        })),
      })
    },
  },
  { method: 'GET', path: '/api/admin/rooms/:room', permission: 'figures.read', handle: show },
  { method: 'PUT', path: '/api/admin/rooms/:room', permission: 'rooms.control', handle: put },
  {
    method: 'POST',
    path: '/api/admin/rooms/:room/pause',
    permission: 'rooms.control',
    handle: (request) => pause(request, true),
  },
  {
    method: 'POST',
    path: '/api/admin/rooms/:room/resume',
    permission: 'rooms.control',
    handle: (request) => pause(request, false),
  },
  { method: 'POST', path: '/api/admin/rooms/:room/reset', permission: 'rooms.control', handle: reset },
  { method: 'POST', path: '/api/admin/rooms/:room/undo-reset', permission: 'rooms.control', handle: undo },
  // The query of a search may be a queue ticket, which must not appear in a path.
  { method: 'POST', path: '/api/admin/rooms/:room/visitor', permission: 'visitors.control', handle: find },
  { method: 'POST', path: '/api/admin/rooms/:room/revoke', permission: 'visitors.control', handle: revoke },
]

/** The room that the path names; null if no event can have it. */
export const roomOf = (c: Ctx): string | null => {
  const room = c.req.param('room') ?? ''
  return eventOfRoom(room) === null ? null : room
}

async function show({ c, deps }: AdminRequest): Promise<Response> {
  if (isDefaults(c.req.param('room')!)) return c.json(describe('defaults', await readRoomRecord(deps.db, SITE_DEFAULTS)))
  const room = roomOf(c)
  const report = room && await readRoom(deps, room)
  if (!report) return problem(c, 'not_found')
  const record = await readRoomRecord(deps.db, room)
  return c.json(Object.assign(describe(room, record), {
    effective: settingsOver(settingsOver(record.own, record.defaults), report.environment),
    figures: report.figures,
  }))
}

const describe = (room: string, { own, defaults, paused, version }: RoomRecord) => ({
  room,
  settings: own,
  defaults,
  paused,
  version,
})

async function put({ c, deps, actor }: AdminRequest): Promise<Response> {
  const room = isDefaults(c.req.param('room')!) ? SITE_DEFAULTS : roomOf(c)
  if (!room) return problem(c, 'not_found')
  const input = await readJson(c, settingsInput)
  if (input instanceof Response) return input
  const { settings, version, reason } = input
  return await change({ c, deps }, { room, patch: settings, version, reason, actor })
}

async function pause({ c, deps, actor }: AdminRequest, paused: boolean): Promise<Response> {
  const room = roomOf(c)
  if (!room) return problem(c, 'not_found')
  const input = await readJson(c, reasonInput)
  if (input instanceof Response) return input
  return await change({ c, deps }, { room, paused, version: null, reason: input.reason, actor })
}

async function change({ c, deps }: Pick<AdminRequest, 'c' | 'deps'>, wanted: RoomChange): Promise<Response> {
  const result: RoomChanged = await changeRoom(deps, wanted)
  switch (result.kind) {
    case 'changed': {
      const name = wanted.room === SITE_DEFAULTS ? 'defaults' : wanted.room
      return c.json(Object.assign(describe(name, result.record), { isCarried: result.isCarried }))
    }
    case 'not_found':
      return problem(c, 'not_found')
    case 'stale_version':
      return problem(c, 'stale_version', { figures: { version: result.version } })
    default:
      return result satisfies never
  }
}

async function reset({ c, deps, actor }: AdminRequest): Promise<Response> {
  const room = roomOf(c)
  if (!room) return problem(c, 'not_found')
  const input = await readJson(c, reasonInput)
  if (input instanceof Response) return input
  const result = await resetByOperator(deps, { room, reason: input.reason, actor })
  return result.kind === 'reset' ? c.json({ room, epoch: result.epoch }) : problem(c, 'not_found')
}

async function undo({ c, deps, actor }: AdminRequest): Promise<Response> {
  const room = roomOf(c)
  if (!room) return problem(c, 'not_found')
  const input = await readJson(c, reasonInput)
  if (input instanceof Response) return input
  const result = await undoReset(deps, { room, reason: input.reason, actor })
  if (result.kind === 'undone') return c.json({ room, epoch: result.epoch })
  return problem(c, result.kind === 'unknown' ? 'not_found' : 'not_undoable')
}

async function find({ c, deps }: AdminRequest): Promise<Response> {
  const room = roomOf(c)
  if (!room) return problem(c, 'not_found')
  const input = await readJson(c, visitorInput)
  return input instanceof Response ? input : describeLookup(c, await findVisitor(deps, room, input.query))
}

async function revoke({ c, deps, actor }: AdminRequest): Promise<Response> {
  const room = roomOf(c)
  if (!room) return problem(c, 'not_found')
  const input = await readJson(c, revokeInput)
  if (input instanceof Response) return input
  return describeLookup(c, await revokeVisitor(deps, { room, query: input.query, reason: input.reason, actor }))
}

function describeLookup(c: Ctx, found: VisitorLookup): Response {
  if (found.kind !== 'found') return problem(c, 'not_found', { figures: { cause: found.kind } })
  const { account, epoch, index, position, ahead, etaSeconds, state, passEndsAt } = found
  return c.json({ account, epoch, index, position, ahead, etaSeconds, state, passEndsAt: passEndsAt?.toISOString() ?? null })
}
