import type { Language, Text } from '../../edge/contract/language.ts'
import type { InventoryLight, QueueFigures, SaleStatus } from '../../edge/contract/live.ts'
import type { Phase } from '../../edge/contract/rooms.ts'

const t = (ko: string, en: string): Text => ({ ko, en })

/** The texts of the live board. */
const LIVE_TEXTS = {
  live: t('실시간 현황', 'Live'),
  stopSale: t('판매 중지·재개', 'Stop or resume the sale'),
  left: t('남은 좌석', 'Seats left'),
  sellOut: t('예상 매진', 'Sells out at about'),
  noSellOut: t('예측할 수 없음', 'Not known yet'),
  noSellOutHint: t('최근 30초의 판매 속도로 계산합니다.', 'From the rate of the last 30 seconds.'),
  bookingsPerSecond: t('초당 예매', 'Bookings per second'),
  waiting: t('대기 인원', 'Waiting'),
  lobby: t('오픈 대기', 'Waiting for the opening'),
  active: t('예매 중', 'Booking now'),
  passes: t('초당 입장', 'Admitted per second'),
  refused: t('초당 거절', 'Refused per second'),
  errors: t('초당 오류', 'Errors per second'),
  latency: t('예매 응답 시간(p95)', 'Booking time (p95)'),
  lag: t('DB 반영 지연', 'Write-back lag'),
  heldBy: t('입장 제한 요인', 'Admission limited by'),
  noFigures: t('아직 수집된 수치가 없습니다. 몇 초 안에 표시됩니다.', 'No figures yet. They appear within a few seconds.'),
  stale: t(
    '수치가 갱신되지 않고 있습니다. 아래는 마지막으로 받은 수치입니다.',
    'The figures are not being updated. These are the last ones received.',
  ),
  asOf: t('기준 시각', 'As of'),
  charts: t('추이', 'Over time'),
  bookingsChart: t('초당 예매와 거절', 'Bookings and refusals per second'),
  seatsChart: t('남은 좌석', 'Seats left'),
  queueChart: t('대기와 예매 중', 'Waiting and booking now'),
  latencyChart: t('예매 응답 시간(ms)', 'Booking time (ms)'),
  recent: t('최근 15분', 'Last 15 minutes'),
  whole: t('전체 기간', 'Whole sale'),
  noChart: t('아직 표시할 기록이 없습니다.', 'Nothing has been recorded yet.'),
  ticketTypes: t('등급별 좌석', 'Seats by ticket type'),
  ticketType: t('등급', 'Ticket type'),
  sold: t('판매', 'Sold'),
  total: t('전체 좌석', 'Total'),
  refusals: t('거절 사유(이번 초)', 'Refusals in this second'),
  noRefusals: t('거절된 요청이 없습니다.', 'No request was refused.'),
  processes: t('서버 상태', 'Processes'),
  process: t('서버', 'Process'),
  state: t('상태', 'State'),
  healthy: t('정상', 'Healthy'),
  silent: t('응답 없음', 'Silent'),
  noDatabase: t('DB 연결 끊김', 'No MySQL'),
  noOrigin: t('오리진 연결 끊김', 'No origin'),
  upSince: t('시작', 'Up since'),
  version: t('버전', 'Version'),
  redis: t('Redis 응답', 'Redis'),
  table: t('최근 수치를 표로 보기', 'The last figures as a table'),
  time: t('시각', 'Time'),
  bookings: t('예매', 'Bookings'),
  refusedShort: t('거절', 'Refused'),
  errorsShort: t('오류', 'Errors'),
  p95: t('p95(ms)', 'p95 (ms)'),
  cancellations: t('취소', 'Cancelled'),
  download: t('전체 기록 내려받기(CSV)', 'Download the timeline (CSV)'),
  inventory: t('좌석 정합성', 'Inventory'),
} as const

export type LiveTextName = keyof typeof LIVE_TEXTS
export const liveWords = (language: Language) => (name: LiveTextName): string => LIVE_TEXTS[name][language]

export const STATUS_TEXTS: Record<SaleStatus, Text> = {
  upcoming: t('오픈 전', 'Not open yet'),
  on_sale: t('판매 중', 'On sale'),
  stopped: t('판매 중지됨', 'Stopped'),
  paused: t('자동 중지됨: 좌석 점검 필요', 'Paused: repair the seats'),
  sold_out: t('매진', 'Sold out'),
  closed: t('판매 종료', 'Closed'),
  not_loaded: t('판매 준비 안 됨', 'Not loaded'),
}

export const INVENTORY_TEXTS: Record<InventoryLight, Text> = {
  agreed: t('일치', 'Agrees'),
  drift: t('불일치', 'Drift'),
  unknown: t('확인 중', 'Not audited lately'),
}

export const PHASE_TEXTS: Record<Phase, Text> = {
  idle: t('대기 없음', 'No queue'),
  lobby: t('오픈 대기', 'Lobby'),
  open: t('순서대로 입장 중', 'Calling in order'),
  paused: t('일시 정지', 'Paused'),
  sold_out: t('매진으로 정지', 'Held: sold out'),
  closed: t('닫힘', 'Closed'),
}

export const HELD_BY_TEXTS: Record<QueueFigures['heldBy'], Text> = {
  rate: t('분당 입장 수', 'The rate'),
  health: t('오리진 상태', 'The origin’s health'),
  capacity: t('동시 입장 정원', 'The capacity'),
  seats: t('남은 좌석', 'The seats left'),
  store: t('Redis 응답 없음', 'Redis does not answer'),
}
