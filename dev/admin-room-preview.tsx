import type { VNode } from 'preact'
import type { AdminRoomSettings, RoomFigures } from '../edge/contract/admin-rooms.ts'
import type { Language } from '../edge/contract/language.ts'
import type { Problem, ProblemCode } from '../edge/contract/problems.ts'
import type { Viewer } from '../web/admin/admin-document.tsx'
import { RoomPage, valuesOf } from '../web/admin/pages/room.tsx'
import { RoomDefaultsPage, type RoomItem, RoomsPage } from '../web/admin/pages/rooms.tsx'

type Admin = { language: Language; viewer: Viewer; now: string; event: { id: number; title: string; titleEn: string } }

const ENVIRONMENT: AdminRoomSettings = {
  mode: 'draw',
  perMinute: 60_000,
  capacity: 5_000,
  turnSeconds: 60,
  passSeconds: 600,
  idleSeconds: 180,
  lobbySeconds: 1_800,
  identity: 'account',
  work: 'adaptive',
}
const MESSAGE = {
  ko: '공연장 점검으로 잠시 멈췄습니다. <b>8시</b>에 이어집니다.',
  en: 'Paused for a check. It continues at <b>8 pm</b>.',
}
const FIGURES: RoomFigures = {
  room: 'event-1',
  at: '2026-11-28T09:00:00.000Z',
  phase: 'open',
  paused: false,
  heldBy: 'capacity',
  epoch: 1_795_955_499,
  issued: 52_340,
  serving: 12_100,
  waiting: 39_820,
  activeVisits: 4_987,
  capacity: 5_000,
  perMinute: 60_000,
  joinsPerMinute: 840,
  claimsPerMinute: 1_204,
  callsPerMinute: 1_312,
  noShows: 312,
  noShowShare: 0.08,
  expectedWaitSeconds: 1_860,
  actualWaitSeconds: 742,
  seatsLeft: 12_345,
  mode: 'draw',
  message: null,
  undoSeconds: 0,
  revision: 2,
}

/** The pages of waiting rooms in each state. */
export function adminRoomPreviews(admin: Admin, failure: (code: ProblemCode, field?: string) => Problem): Record<string, VNode> {
  const { language, viewer, event, now } = admin
  const item: RoomItem = {
    room: 'event-1',
    title: event.title,
    titleEn: event.titleEn,
    opensAt: now,
    isLive: true,
    paused: false,
    waiting: 39_820,
  }
  const room = {
    language,
    viewer,
    room: 'event-1',
    event,
    figures: FIGURES,
    paused: false,
    isCurrent: true,
    own: { perMinute: 12_000, message: MESSAGE },
    inherited: ENVIRONMENT,
    version: 2,
    mayControl: true,
    mayFind: true,
  }
  const found = {
    kind: 'found',
    query: 'buyer@example.com',
    account: { email: 'buyer@example.com', nickname: '관객' },
    position: 40_211,
    ahead: 27_300,
    etaSeconds: 1_260,
    state: 'waiting',
    passEndsAt: null,
  } as const
  const paused: RoomFigures = Object.assign({}, FIGURES, {
    phase: 'paused',
    paused: true,
    heldBy: null,
    message: MESSAGE,
    expectedWaitSeconds: null,
    actualWaitSeconds: null,
    undoSeconds: 240,
  })
  const quiet: RoomItem[] = [2, 3].map((id) =>
    Object.assign({}, item, { room: `event-${id}`, isLive: false, waiting: 0, paused: id === 3 })
  )
  return {
    'admin rooms': <RoomsPage language={language} viewer={viewer} rooms={[item].concat(quiet)} mayControl />,
    'admin rooms, empty': <RoomsPage language={language} viewer={viewer} rooms={[]} mayControl={false} />,
    'admin room defaults': (
      <RoomDefaultsPage
        language={language}
        viewer={viewer}
        values={{ lobbySeconds: '3600' }}
        environment={ENVIRONMENT}
        version={3}
        done='settings'
      />
    ),
    'admin room': <RoomPage {...room} visitor={found} />,
    'admin room, paused': <RoomPage {...room} figures={paused} paused done='pause' isCurrent={false} />,
    'admin room, before its first visitor': (
      <RoomPage {...room} figures={null} visitor={{ kind: 'missing', cause: 'no_account', query: '"a"@b.c' }} />
    ),
    'admin room, wrong settings': (
      <RoomPage
        {...room}
        sent={Object.assign(valuesOf(room.own), { perMinute: '0' })}
        problem={failure('validation_failed', 'perMinute')}
      />
    ),
    'admin room, changed meanwhile': <RoomPage {...room} problem={failure('stale_version')} />,
    'admin room, for a viewer': (
      <RoomPage {...room} mayControl={false} mayFind={false} viewer={{ nickname: '조회', role: 'viewer' }} />
    ),
  }
}
