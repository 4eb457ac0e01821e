import * as z from 'zod'
import { paths } from '../../edge/contract/paths.ts'
import { describeProblem, type Problem, type ProblemFacts } from '../../edge/contract/problems.ts'
import { may } from '../../edge/contract/roles.ts'
import type { Text } from '../../edge/contract/language.ts'
import { INITIAL_SETTINGS, settingsOver } from '../../edge/waiting-room/room-settings.ts'
import { RoomFiguresPanel } from '../../web/admin/components/room-figures.tsx'
import { RoomPage, type RoomPageProps, valuesOf, type VisitorView } from '../../web/admin/pages/room.tsx'
import { RoomDefaultsPage, RoomsPage } from '../../web/admin/pages/rooms.tsx'
import { renderFragment, renderPage } from '../../web/render.tsx'
import { problem, statusOf } from '../http.tsx'
import { readForm, readQuery } from '../input.ts'
import { isTitle } from './act-input.ts'
import type { AdminRequest, AdminRoute } from './admin-route.ts'
import { resetByOperator, undoReset } from './room-acts.ts'
import { roomOf } from './room-api.ts'
import { listRooms, readRoom, type RoomReport } from './room-figures.ts'
import { parseRoomForm, reasonText, type RoomForm } from './room-input.ts'
import { changeRoom, readRoomRecord, type RoomRecord, SITE_DEFAULTS } from './room-settings.ts'
import { findVisitor, revokeVisitor, type VisitorLookup } from './visitors.ts'

/** The pages of waiting rooms. */
export const roomPages: readonly AdminRoute[] = [
  { method: 'GET', path: '/admin/rooms', permission: 'figures.read', handle: showList },
  { method: 'GET', path: '/admin/rooms/defaults', permission: 'rooms.control', handle: (request) => showDefaults(request) },
  { method: 'POST', path: '/admin/rooms/defaults', permission: 'rooms.control', handle: saveDefaults },
  {
    method: 'GET',
    path: '/admin/rooms/:room',
    permission: 'figures.read',
    handle: withRoom((request, shown) => show(request, shown)),
  },
  { method: 'GET', path: '/admin/rooms/:room/figures', permission: 'figures.read', handle: withRoom(showFigures) },
  { method: 'POST', path: '/admin/rooms/:room/settings', permission: 'rooms.control', handle: withRoom(saveSettings) },
  { method: 'POST', path: '/admin/rooms/:room/pause', permission: 'rooms.control', handle: withRoom(pause(true)) },
  { method: 'POST', path: '/admin/rooms/:room/resume', permission: 'rooms.control', handle: withRoom(pause(false)) },
  { method: 'POST', path: '/admin/rooms/:room/reset', permission: 'rooms.control', handle: withRoom(reset) },
  { method: 'POST', path: '/admin/rooms/:room/undo', permission: 'rooms.control', handle: withRoom(undo) },
  { method: 'POST', path: '/admin/rooms/:room/visitor', permission: 'visitors.control', handle: withRoom(find) },
  { method: 'POST', path: '/admin/rooms/:room/revoke', permission: 'visitors.control', handle: withRoom(revoke) },
]

/** A room as its pages show it. */
type Shown = { room: string; report: RoomReport; record: RoomRecord }

function withRoom(handle: (request: AdminRequest, shown: Shown) => Response | Promise<Response>): AdminRoute['handle'] {
  return async (request) => {
    const { c, deps } = request
    const room = roomOf(c)
    const report = room && await readRoom(deps, room)
    if (!report) return problem(c, 'not_found')
    return await handle(request, { room, report, record: await readRoomRecord(deps.db, room) })
  }
}

async function showList({ c, deps, operator }: AdminRequest): Promise<Response> {
  const items = await listRooms(deps)
  const rooms = items.map(({ event, room, head, isLive }) => ({
    room,
    title: event.title,
    titleEn: event.titleEn,
    opensAt: event.opensAt.toISOString(),
    isLive,
    paused: head?.paused ?? false,
    waiting: head?.waiting ?? 0,
  }))
  const mayControl = may(operator.role, 'rooms.control')
  return c.html(renderPage(<RoomsPage language={c.get('language')} viewer={operator} rooms={rooms} mayControl={mayControl} />))
}

type More = Partial<Pick<RoomPageProps, 'sent' | 'problem' | 'visitor'>>

function show({ c, operator }: AdminRequest, { room, report, record }: Shown, more: More = {}): Response {
  const { event, figures, environment } = report
  const page = (
    <RoomPage
      language={c.get('language')}
      viewer={operator}
      room={room}
      event={event}
      figures={figures}
      paused={record.paused}
      isCurrent={isCurrent(report, record)}
      own={record.own}
      inherited={settingsOver(record.defaults, environment)}
      version={record.version}
      done={doneOf(c)}
      mayControl={may(operator.role, 'rooms.control')}
      mayFind={may(operator.role, 'visitors.control')}
      sent={more.sent}
      problem={more.problem}
      visitor={more.visitor}
    />
  )
  return c.html(renderPage(page), more.problem ? statusOf(more.problem.code) : 200)
}

const isCurrent = ({ figures }: RoomReport, { revision }: RoomRecord): boolean => figures === null || figures.revision >= revision

const doneOf = (c: AdminRequest['c']): string | undefined => z.string().safeParse(readQuery(c).done).data

function showFigures({ c }: AdminRequest, { room, report, record }: Shown): Response {
  return c.html(renderFragment(
    <RoomFiguresPanel
      language={c.get('language')}
      room={room}
      figures={report.figures}
      isCurrent={isCurrent(report, record)}
    />,
  ))
}

/** The problem of a form, with the fields that are wrong. */
function invalid(c: AdminRequest['c'], fields: string[]): Problem {
  const language = c.get('language')
  const errors = fields.map((field) => ({ field, message: (field === 'confirmation' ? DIFFERS : RULE)[language] }))
  return describeProblem('validation_failed', language, { errors } satisfies ProblemFacts)
}

async function saveSettings(request: AdminRequest, shown: Shown): Promise<Response> {
  const { c, deps, actor } = request
  const form = await readForm(c)
  const parsed = parseRoomForm(form)
  if (parsed.kind === 'invalid') return show(request, shown, { sent: textsOf(form), problem: invalid(c, parsed.fields) })
  const { patch, reason, version } = parsed
  const result = await changeRoom(deps, { room: shown.room, patch, version, reason, actor })
  if (result.kind === 'changed') return done(request, shown.room, 'settings')
  if (result.kind === 'not_found') return problem(c, 'not_found')
  const record = await readRoomRecord(deps.db, shown.room)
  const stale = describeProblem('stale_version', c.get('language'))
  return show(request, Object.assign({}, shown, { record }), { sent: textsOf(form), problem: stale })
}

const textsOf = (form: Record<string, unknown>): RoomForm =>
  Object.fromEntries(Object.entries(form).flatMap(([name, value]) => typeof value === 'string' ? [[name, value]] : []))

const done = ({ c }: AdminRequest, room: string, what: string): Response =>
  c.redirect(`${paths.admin.room(room)}?done=${what}`, 303)

function pause(paused: boolean) {
  return async (request: AdminRequest, shown: Shown): Promise<Response> => {
    const { c, deps, actor } = request
    const reason = reasonText.safeParse((await readForm(c)).reason)
    if (!reason.success) return show(request, shown, { problem: invalid(c, ['reason']) })
    const result = await changeRoom(deps, { room: shown.room, paused, version: null, reason: reason.data, actor })
    return result.kind === 'changed' ? done(request, shown.room, paused ? 'pause' : 'resume') : problem(c, result.kind)
  }
}

async function reset(request: AdminRequest, shown: Shown): Promise<Response> {
  const { c, deps, actor } = request
  const form = await readForm(c)
  const reason = reasonText.safeParse(form.reason)
  const isConfirmed = typeof form.confirmation === 'string' && isTitle(form.confirmation.trim(), shown.report.event)
  if (!reason.success || !isConfirmed) {
    const fields = [reason.success ? [] : ['reason'], isConfirmed ? [] : ['confirmation']].flat()
    return show(request, shown, { problem: invalid(c, fields) })
  }
  const result = await resetByOperator(deps, { room: shown.room, reason: reason.data, actor })
  return result.kind === 'reset' ? done(request, shown.room, 'reset') : problem(c, 'not_found')
}

async function undo(request: AdminRequest, shown: Shown): Promise<Response> {
  const { c, deps, actor } = request
  const reason = reasonText.safeParse((await readForm(c)).reason)
  if (!reason.success) return show(request, shown, { problem: invalid(c, ['reason']) })
  const result = await undoReset(deps, { room: shown.room, reason: reason.data, actor })
  if (result.kind === 'undone') return done(request, shown.room, 'undo')
  return show(request, shown, { problem: describeProblem('not_undoable', c.get('language')) })
}

async function find(request: AdminRequest, shown: Shown): Promise<Response> {
  const { c, deps } = request
  const query = queryOf(await readForm(c))
  return show(request, shown, { visitor: viewOf(query, await findVisitor(deps, shown.room, query)) })
}

async function revoke(request: AdminRequest, shown: Shown): Promise<Response> {
  const { c, deps, actor } = request
  const form = await readForm(c)
  const query = queryOf(form)
  const reason = reasonText.safeParse(form.reason)
  if (!reason.success) {
    const visitor = viewOf(query, await findVisitor(deps, shown.room, query))
    return show(request, shown, { visitor, problem: invalid(c, ['reason']) })
  }
  const found = await revokeVisitor(deps, { room: shown.room, query, reason: reason.data, actor })
  return show(request, shown, { visitor: viewOf(query, found) })
}

const queryOf = ({ query }: Record<string, unknown>): string => typeof query === 'string' ? query.trim().slice(0, 2_000) : ''

function viewOf(query: string, found: VisitorLookup): VisitorView {
  if (found.kind !== 'found') return { kind: 'missing', cause: found.kind, query }
  const { account, position, ahead, etaSeconds, state, passEndsAt } = found
  return { kind: 'found', query, account, position, ahead, etaSeconds, state, passEndsAt: passEndsAt?.toISOString() ?? null }
}

async function showDefaults(
  { c, deps, operator }: AdminRequest,
  more: { sent?: RoomForm; problem?: Problem } = {},
): Promise<Response> {
  const record = await readRoomRecord(deps.db, SITE_DEFAULTS)
  const page = (
    <RoomDefaultsPage
      language={c.get('language')}
      viewer={operator}
      values={more.sent ?? valuesOf(record.own)}
      environment={INITIAL_SETTINGS}
      version={record.version}
      problem={more.problem}
      done={doneOf(c)}
    />
  )
  return c.html(renderPage(page), more.problem ? statusOf(more.problem.code) : 200)
}

async function saveDefaults(request: AdminRequest): Promise<Response> {
  const { c, deps, actor } = request
  const form = await readForm(c)
  const parsed = parseRoomForm(form)
  if (parsed.kind === 'invalid') return await showDefaults(request, { sent: textsOf(form), problem: invalid(c, parsed.fields) })
  const { patch, reason, version } = parsed
  const result = await changeRoom(deps, { room: SITE_DEFAULTS, patch, version, reason, actor })
  if (result.kind === 'changed') return c.redirect(`${paths.admin.roomDefaults}?done=settings`, 303)
  return await showDefaults(request, { sent: textsOf(form), problem: describeProblem('stale_version', c.get('language')) })
}

const RULE: Text = { ko: '값이 올바르지 않습니다.', en: 'This value is not valid.' }
const DIFFERS: Text = { ko: '공연명이 다릅니다.', en: 'This is not the event’s title.' }
