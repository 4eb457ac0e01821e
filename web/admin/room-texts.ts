import type { RoomFigures, VisitorState } from '../../edge/contract/admin-rooms.ts'
import type { Text } from '../../edge/contract/language.ts'
import type { Phase } from '../../edge/contract/rooms.ts'

const t = (ko: string, en: string): Text => ({ ko, en })

export const PHASES: Record<Phase, Text> = {
  idle: t('대기 없음', 'No queue'),
  lobby: t('오픈 전 대기', 'Lobby'),
  open: t('입장 중', 'Admitting'),
  paused: t('일시정지', 'Paused'),
  sold_out: t('매진으로 멈춤', 'Held: sold out'),
  closed: t('닫힘', 'Closed'),
}

/** What each phase or limit means for the queue, in one sentence. */
export const PHASE_SENTENCES: Record<Phase, Text> = {
  idle: t('기다리는 사람이 없어 오는 대로 입장합니다.', 'Nobody waits: visitors are let in as they arrive.'),
  lobby: t('오픈 전입니다. 아직 아무도 입장하지 않습니다.', 'The sale has not opened: nobody is let in yet.'),
  open: t('순서대로 입장하고 있습니다.', 'Visitors are let in, in order.'),
  paused: t('아무도 입장하지 않습니다. 순서는 그대로 유지됩니다.', 'Nobody is let in. All positions are kept.'),
  sold_out: t(
    '남은 좌석이 없어 입장을 멈췄습니다. 좌석이 나오면 이어집니다.',
    'No seats are left. The queue moves on when seats return.',
  ),
  closed: t('대기실이 닫혀 있어 참여할 수 없습니다.', 'The room is closed: nobody can join.'),
}

export const HELD_BY: Record<NonNullable<RoomFigures['heldBy']>, Text> = {
  rate: t('입장 속도 설정이 한계입니다. 높이면 더 빨리 입장합니다.', 'The rate is the limit: raise it to let people in faster.'),
  capacity: t(
    '동시 이용 인원 설정이 한계입니다. 예매를 마친 만큼 입장합니다.',
    'The capacity is the limit: people are let in as others finish.',
  ),
  health: t(
    '서버 응답이 느려 입장을 자동으로 줄였습니다.',
    'The shop responds slowly, so fewer people are let in automatically.',
  ),
  seats: t('남은 좌석이 적어 조금씩 입장합니다.', 'Few seats are left, so few people are let in at a time.'),
}

export const VISITOR_STATES: Record<VisitorState, Text> = {
  in_draw: t('추첨을 기다립니다', 'Waits for the draw'),
  waiting: t('순서를 기다립니다', 'Waiting'),
  called: t('입장 차례입니다', 'Has been called'),
  deferred: t('차례가 왔지만 자리를 기다립니다', 'Called; waits for a free visit'),
  visiting: t('예매 화면에 있습니다', 'Is booking now'),
  missed: t('차례를 놓쳤습니다', 'Missed the turn'),
  ended: t('방문이 끝났습니다', 'The visit has ended'),
  gone: t('나갔거나 취소되었습니다', 'Left, or was revoked'),
}

export const LOOKUPS: Record<string, Text> = {
  no_room: t('아직 아무도 이 대기실에 들어오지 않았습니다.', 'Nobody has opened this waiting room yet.'),
  no_account: t('이 이메일로 가입한 계정이 없습니다.', 'There is no account with this e-mail address.'),
  not_joined: t('이 계정은 이 대기실에 참여하지 않았습니다.', 'This account has not joined this waiting room.'),
  invalid_ticket: t('올바른 대기표가 아닙니다.', 'This is not a valid queue ticket.'),
  other_epoch: t('초기화되기 전의 대기표입니다.', 'This ticket is from before the room was reset.'),
  other_room: t('다른 대기실의 대기표입니다.', 'This ticket is for another waiting room.'),
}

export const R = {
  rooms: t('대기실', 'Waiting rooms'),
  listLead: t('지금 사람이 있는 대기실이 먼저 표시됩니다.', 'Rooms with visitors come first.'),
  event: t('공연', 'Event'),
  state: t('상태', 'State'),
  live: t('사용 중', 'Live'),
  quiet: t('비어 있음', 'Quiet'),
  waiting: t('대기', 'Waiting'),
  opens: t('오픈', 'Opens'),
  none: t('열린 대기실이 없습니다', 'There are no waiting rooms'),
  noneHint: t('게시된 공연마다 대기실이 하나씩 생깁니다.', 'Each published event has one.'),
  defaults: t('기본 설정', 'Site-wide settings'),
  defaultsLead: t(
    '따로 설정하지 않은 모든 대기실에 적용됩니다. 2초 안에 반영됩니다.',
    'They apply to every room that has no setting of its own, within two seconds.',
  ),
  active: t('예매 중', 'Booking now'),
  ofCapacity: t('동시 이용 한도', 'of'),
  perMinute: t('분당 입장', 'Let in per minute'),
  atMost: t('한도', 'at most'),
  expected: t('지금 오면 예상 대기', 'Wait if you join now'),
  actual: t('방금 입장한 사람의 대기', 'Wait of the last one let in'),
  joins: t('분당 참여', 'Joins per minute'),
  claims: t('분당 실제 입장', 'Passes per minute'),
  noShows: t('미입장', 'No-shows'),
  seatsLeft: t('남은 좌석', 'Seats left'),
  epoch: t('회차', 'Epoch'),
  inLobby: t('오픈 대기 인원', 'In the lobby'),
  figures: t('실시간 현황', 'Live figures'),
  notOpened: t('아직 아무도 이 대기실에 들어오지 않았습니다.', 'Nobody has opened this waiting room yet.'),
  unknown: t('알 수 없음', 'unknown'),
  updated: t('기준 시각', 'As of'),
  applied: t('설정이 모든 서버에 반영되고 있습니다.', 'The latest settings are on their way to the servers.'),
  acts: t('제어', 'Control'),
  pause: t('일시정지', 'Pause'),
  pauseHint: t(
    '2초 안에 모든 서버에서 입장을 멈춥니다. 순서는 그대로 유지됩니다. 이미 입장한 사람은 계속 예매할 수 있습니다. 판매 자체를 멈추려면 공연 화면에서 판매를 중지하세요.',
    'Stops letting people in at every server within two seconds. All positions are kept. People who are in can still book: to stop the sale itself, stop it on the event’s page.',
  ),
  resume: t('다시 시작', 'Resume'),
  resumeHint: t('멈춘 곳부터 이어서 입장합니다.', 'People are let in from where the queue stopped.'),
  rate: t('속도·인원', 'Rate and capacity'),
  rateHint: t('비워 두면 기본 설정을 따릅니다.', 'Leave a field empty to follow the site-wide setting.'),
  message: t('안내 문구', 'Message'),
  messageHint: t(
    '기다리는 모든 사람의 화면에 표시됩니다. 비우면 사라집니다.',
    'Everyone who waits sees it. Empty it to remove it.',
  ),
  messageKo: t('한국어 안내 문구 (120자)', 'Message in Korean (120 characters)'),
  messageEn: t('영어 안내 문구 (120자)', 'Message in English (120 characters)'),
  reset: t('초기화', 'Reset'),
  resetHint: t(
    '모든 대기표와 입장권이 무효가 되고 순서가 0부터 다시 시작됩니다. 5분 안에 되돌릴 수 있습니다.',
    'All queue tickets and passes become void, and positions start from 0. You can undo it for five minutes.',
  ),
  undo: t('초기화 되돌리기', 'Undo the reset'),
  undoHint: t(
    '초기화 전의 순서를 되살립니다. 초기화 뒤에 참여한 순서는 무효가 됩니다. 로그인 없이 참여하는 대기실에서는, 이미 새로 참여한 사람의 예전 순서는 되살릴 수 없습니다.',
    'Brings back the queue as it was. Positions taken since the reset become void. In rooms without accounts, people who have joined again have lost their earlier ticket.',
  ),
  secondsLeft: t('초 남음', 's left'),
  settings: t('설정', 'Settings'),
  settingsLead: t('비워 둔 항목은 기본값을 따릅니다.', 'Empty fields follow the default that they show.'),
  mode: t('입장 방식', 'Order'),
  fifo: t('도착순', 'First come, first served'),
  draw: t('오픈 전 참여자 추첨', 'Draw among those present at the opening'),
  passthrough: t('바로 입장', 'Let everyone in'),
  closed: t('닫음', 'Closed'),
  capacity: t('동시 이용 인원', 'Visitors at once'),
  rateField: t('분당 입장 인원', 'Visitors per minute'),
  turnSeconds: t('차례 유지 시간(초)', 'Time to claim a turn (s)'),
  passSeconds: t('최대 예매 시간(초)', 'Longest visit (s)'),
  idleSeconds: t('미사용 시 종료(초)', 'A visit ends when unused for (s)'),
  lobbySeconds: t('오픈 전 대기실 여는 시간(초)', 'Lobby opens before the sale by (s)'),
  identity: t('참여 조건', 'Who may join'),
  anyone: t('누구나', 'Anyone'),
  account: t('로그인한 계정', 'Accounts, one position each'),
  verified: t('이메일을 인증한 계정', 'Accounts with a verified e-mail'),
  work: t('자동 접속 방지', 'Check against bots'),
  always: t('항상', 'Always'),
  adaptive: t('필요할 때', 'When needed'),
  never: t('안 함', 'Never'),
  byDefault: t('기본값', 'Default'),
  stale: t(
    '그사이 다른 운영자가 설정을 바꿨습니다. 아래는 입력하신 값입니다. 확인한 뒤 다시 저장해 주세요.',
    'Another operator has changed the settings meanwhile. Below are your values: check them and save again.',
  ),
  visitor: t('방문자 찾기', 'Find a visitor'),
  visitorHint: t(
    '대기표(토큰) 또는 계정 이메일을 입력하세요.',
    'Enter a queue ticket (its token) or the e-mail address of an account.',
  ),
  query: t('대기표 또는 이메일', 'Queue ticket or e-mail'),
  find: t('찾기', 'Find'),
  found: t('찾은 방문자', 'Visitor'),
  position: t('순번', 'Position'),
  ahead: t('앞에 있는 사람', 'Ahead'),
  eta: t('예상 대기', 'Expected wait'),
  passEnds: t('입장 종료', 'Visit ends'),
  guest: t('로그인하지 않은 방문자', 'A visitor without an account'),
  revoke: t('순번 취소', 'Revoke'),
  revokeHint: t(
    '순번과 입장권이 바로 무효가 됩니다. 이미 한 예매는 그대로입니다. 계정은 대기열 끝에 다시 참여할 수 있습니다.',
    'The position and the pass end at once. Reservations that were made stay. The account may join again at the end of the queue.',
  ),
  back: t('대기실로 돌아가기', 'Back to the room'),
  toEvent: t('공연 보기', 'The event'),
  seconds: t('초', ' s'),
  minutes: t('분', ' min'),
} as const satisfies Record<string, Text>

export const DONE: Record<string, Text> = {
  pause: t('일시정지했습니다. 2초 안에 모든 서버에 반영됩니다.', 'Paused. It takes effect at every server within two seconds.'),
  resume: t('다시 시작했습니다.', 'Resumed.'),
  settings: t('저장했습니다. 2초 안에 모든 서버에 반영됩니다.', 'Saved. It takes effect at every server within two seconds.'),
  reset: t('초기화했습니다. 5분 안에 되돌릴 수 있습니다.', 'The room was reset. You can undo it for five minutes.'),
  undo: t('초기화를 되돌렸습니다.', 'The reset was undone.'),
  revoke: t('순번을 취소했습니다.', 'The position was revoked.'),
}
