import type { VNode } from 'preact'
import type { CheckInEvent, SeatName, Verdict } from '../edge/contract/check-in.ts'
import type { Language } from '../edge/contract/language.ts'
import type { Viewer } from '../web/admin/admin-document.tsx'
import { type CheckInState, initialState, type Scan } from '../web/admin/check-in-state.ts'
import { CheckInPage } from '../web/admin/pages/check-in.tsx'
import { CheckInEventsPage } from '../web/admin/pages/check-in-events.tsx'

const seat: SeatName = {
  reservation: '01a20779-e460-7683-8278-e5fe340e79a3',
  code: 'F3JZW-D0EF6-2',
  ticketType: 'R석',
  ordinal: 2,
  quantity: 4,
}

/** The pages at the door, in every state. */
export function checkInPreviews(language: Language, viewer: Viewer, now: string, title: string): Record<string, VNode> {
  const event: CheckInEvent = { id: 1, title, venue: '올림픽공원 KSPO DOME', startsAt: now, zone: 'Asia/Seoul' }
  const scan = (verdict: Verdict, changes: Partial<Scan> = {}): Scan =>
    Object.assign(
      { id: `${verdict.kind}-${changes.isUndone}-${changes.isPending}`, verdict, isPending: false, isUndone: false },
      changes,
    )
  const admitted = scan({ kind: 'admitted', seat, at: now })
  const used = scan({ kind: 'used', seat, at: now, device: 'A 게이트' })
  const scans = [
    admitted,
    used,
    scan({ kind: 'cancelled', seat }),
    scan({ kind: 'other_event' }),
    scan({ kind: 'unknown' }),
    scan({ kind: 'unknown_key' }),
    scan({ kind: 'invalid' }),
    scan({ kind: 'admitted', seat, at: now }, { isUndone: true }),
  ]
  const online: CheckInState = Object.assign(initialState(1), {
    connection: 'online' as const,
    listAsOf: now,
    device: 'A 게이트',
    figures: {
      ticketTypes: [{ id: 1, name: 'VIP석', seats: 1_200, admitted: 431 }, { id: 2, name: 'R석', seats: 3_800, admitted: 1_290 }],
    },
  })
  const page = (changes: Partial<CheckInState>) => (
    <CheckInPage language={language} viewer={viewer} event={event} state={Object.assign({}, online, changes)} />
  )
  const offline = { connection: 'offline' as const, pending: 3 }
  return {
    'check-in events': (
      <CheckInEventsPage language={language} viewer={viewer} events={[event, { ...event, id: 2, title: '낮과 밤' }]} />
    ),
    'check-in events, none': <CheckInEventsPage language={language} viewer={viewer} events={[]} />,
    'check-in, loading': <CheckInPage language={language} viewer={viewer} event={event} />,
    ...Object.fromEntries(scans.map((current) => [
      `check-in, ${current.isUndone ? 'undone' : current.verdict.kind}`,
      page({ current, recent: scans }),
    ])),
    'check-in, offline': page({ ...offline, current: scan({ kind: 'admitted', seat, at: now }, { isPending: true }) }),
    'check-in, offline and unknown': page({ ...offline, current: scan({ kind: 'unknown' }) }),
    'check-in, offline without a list': page({ ...offline, listAsOf: null, pending: 0 }),
    'check-in, session ended': page({ connection: 'login', pending: 1 }),
    'check-in, conflicts': page({ conflicts: [used, scan({ kind: 'cancelled', seat })] }),
    'check-in, camera': page({ camera: 'on' }),
    'check-in, no camera': page({ camera: 'denied' }),
    'check-in, choice of seats': page({
      choice: [1, 2, 3].map((ordinal) => ({ code: `F3JZW-D0EF6-${ordinal}`, isUsed: ordinal === 1, ordinal })),
    }),
    'check-in, no code in the picture': page({ note: 'noQr' }),
  }
}
