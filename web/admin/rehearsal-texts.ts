import type { Language, Text } from '../../edge/contract/language.ts'
import type { Rehearsal, RehearsalReason, RehearsalSheet, RehearsalStep } from '../../edge/contract/rehearsals.ts'
import { count } from '../format.ts'

const t = (ko: string, en: string): Text => ({ ko, en })

export const REHEARSAL_TEXTS = {
  title: t('리허설', 'Rehearsal'),
  lead: t(
    '같은 공연의 복제본을 가상 관객에게 판매해 봅니다. 실제 좌석과 예매, 대기실에는 영향을 주지 않으며, 끝나면 데이터를 모두 지웁니다.',
    'Sells a copy of this event to synthetic buyers. No real seat, reservation or queue is touched, and its data is removed at the end.',
  ),
  start: t('리허설 시작', 'Start the rehearsal'),
  again: t('다시 리허설하기', 'Rehearse again'),
  buyers: t('가상 관객 수', 'Synthetic buyers'),
  buyersHint: t('10~20,000명. 처음에는 500명 정도로 시작해 보세요.', '10 to 20,000. Begin with about 500.'),
  seconds: t('최대 판매 시간(초)', 'Longest sale, in seconds'),
  secondsHint: t('10~300초. 매진되면 더 일찍 끝납니다.', '10 to 300. It ends earlier if all seats are sold.'),
  expected: t('실제 오픈 때 예상 관객 수', 'Buyers expected at the real opening'),
  expectedHint: t(
    '좌석 수를 이 비율로 줄여 경쟁률을 맞추고, 실제 오픈을 예측하는 데 씁니다.',
    'Seats are scaled so that as many buyers compete for each, and the forecast is made for this number.',
  ),
  running: t('리허설이 진행 중입니다', 'The rehearsal is running'),
  preparing: t('가상 관객과 좌석을 준비하고 있습니다…', 'Preparing buyers and seats…'),
  stopping: t('리허설을 멈추고 있습니다…', 'Stopping the rehearsal…'),
  removing: t('결과를 계산하고 데이터를 지우고 있습니다…', 'Computing the result and removing the data…'),
  stop: t('리허설 중지', 'Stop the rehearsal'),
  elapsed: t('경과', 'Elapsed'),
  joined: t('대기열 참여', 'Joined'),
  admitted: t('입장', 'Admitted'),
  booked: t('예매', 'Booked'),
  seatsLeft: t('남은 좌석', 'Seats left'),
  go: t('오픈해도 좋습니다', 'Go'),
  noGo: t('아직 오픈하지 마세요', 'No go'),
  none: t('결과가 없습니다', 'No result'),
  noneHint: t(
    '오리진이 중단되어 결과를 계산하지 못했습니다. 데이터는 모두 지웠습니다.',
    'The origin ended before there was a result. The data was removed.',
  ),
  empty: t('아직 리허설을 하지 않았습니다', 'No rehearsal yet'),
  emptyHint: t(
    '오픈 전날 한 번, 설정을 바꾼 뒤에 한 번 해 보세요.',
    'Rehearse the day before the opening, and after each change of settings.',
  ),
  suggestion: t('권장 대기실 설정', 'Suggested room settings'),
  perMinute: t('분당 입장', 'Admissions per minute'),
  capacity: t('동시 입장 인원', 'Active visits'),
  lowerBound: t(
    '이 부하에서는 여유가 있었습니다. 더 많은 가상 관객으로 리허설하면 더 높은 값이 나올 수 있습니다.',
    'The shop had room to spare at this load. A rehearsal with more buyers may support higher values.',
  ),
  reduced: t(
    '문제가 있어 측정값의 절반 이하로 낮추었습니다.',
    'Reduced to less than half of what was measured, because something went wrong.',
  ),
  forecast: t('실제 오픈 예측', 'Forecast of the real opening'),
  sellOut: t('매진까지', 'Sold out after'),
  noSellOut: t('매진되지 않음', 'Not sold out'),
  longestWait: t('가장 긴 대기', 'Longest wait'),
  measured: t('측정값', 'Measured'),
  soldOut: t('매진까지 걸린 시간', 'Time to sell-out'),
  peak: t('초당 최대 예매', 'Peak bookings per second'),
  mean: t('초당 평균 예매', 'Mean bookings per second'),
  lag: t('MySQL 반영 지연', 'Write-back lag'),
  errors: t('오류', 'Errors'),
  seats: t('좌석 (판매 + 잔여 = 전체)', 'Seats (sold + left = all)'),
  steps: t('단계별 응답 시간', 'Response times by step'),
  step: t('단계', 'Step'),
  requests: t('요청', 'Requests'),
  refusals: t('거절된 요청', 'Refused requests'),
  history: t('지난 리허설', 'Earlier rehearsals'),
  startedAt: t('시작', 'Started'),
  result: t('결과', 'Result'),
} as const satisfies Record<string, Text>

export const rehearsalWords = (language: Language) => (name: keyof typeof REHEARSAL_TEXTS): string =>
  REHEARSAL_TEXTS[name][language]

export const STEP_NAMES: Record<RehearsalStep, Text> = {
  join: t('대기열 참여', 'Join'),
  poll: t('순서 확인', 'Poll'),
  claim: t('입장', 'Claim'),
  book: t('예매', 'Book'),
  cancel: t('취소', 'Cancel'),
}

/** A duration in whole seconds: `4분 5초`, `4 min 5 s`. */
export function duration(seconds: number, language: Language): string {
  const [minutes, rest] = [Math.floor(seconds / 60), Math.round(seconds) % 60]
  if (language === 'ko') return minutes > 0 ? `${count(minutes, language)}분 ${rest}초` : `${rest}초`
  return minutes > 0 ? `${count(minutes, language)} min ${rest} s` : `${rest} s`
}

/** A reason of the verdict, in words. */
export function reasonText({ code, value }: RehearsalReason, language: Language): string {
  const n = count(value, language)
  const texts: Record<RehearsalReason['code'], Text> = {
    not_completed: t('끝까지 진행하지 못했습니다.', 'It did not run to its end.'),
    seats_disagree: t(`좌석 수가 ${n}석 맞지 않습니다.`, `The seats do not add up: ${n} differ.`),
    bookings_lost: t(`확정 응답을 받은 예매 ${n}건이 MySQL에 없습니다.`, `${n} confirmed bookings are not in MySQL.`),
    dead_letters: t(`기록하지 못한 예매가 ${n}건 있습니다.`, `${n} bookings could not be written.`),
    never_sold: t('한 건도 예매되지 않았습니다.', 'Nothing was booked.'),
    not_sold_out: t(`시간 안에 매진되지 않았습니다. ${n}석이 남았습니다.`, `It did not sell out in time: ${n} seats are left.`),
    slow_bookings: t(
      `예매 100건 중 가장 느린 1건이 ${n} ms 걸렸습니다. 1초를 넘으면 안 됩니다.`,
      `Bookings are slow: p99 is ${n} ms, above a second.`,
    ),
    errors: t(`응답하지 못한 요청이 ${n}건 있습니다.`, `${n} requests failed.`),
    write_back_late: t(`예매가 MySQL에 ${n}초 늦게 반영되었습니다.`, `Bookings reached MySQL ${n} seconds late.`),
    sold_out: t(`${duration(value, 'ko')} 만에 매진되었습니다.`, `Sold out after ${duration(value, 'en')}.`),
    fast_bookings: t(`예매 100건 중 99건이 ${n} ms 안에 확정되었습니다.`, `99 of 100 bookings were confirmed within ${n} ms.`),
    seats_agree: t(
      `판매된 ${n}석이 Redis와 MySQL에서 정확히 일치합니다.`,
      `The ${n} seats sold agree exactly in Redis and MySQL.`,
    ),
    load_limited: t(
      `요청 ${n}건이 엣지의 주소별 제한에 걸렸습니다. 부하를 만드는 쪽의 한계이며 상점의 문제는 아닙니다.`,
      `${n} requests met the edge’s limit for one address: the limit of this load, not of the shop.`,
    ),
  }
  return texts[code][language]
}

export const verdictOf = (sheet: RehearsalSheet | null, language: Language): string => {
  const word = rehearsalWords(language)
  return sheet === null ? word('none') : word(sheet.verdict === 'go' ? 'go' : 'noGo')
}

export const isActive = ({ state }: Rehearsal): boolean => state !== 'done'
