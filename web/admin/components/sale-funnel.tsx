import type { Language, Text } from '../../../edge/contract/language.ts'
import { count } from '../../format.ts'
import { duration } from '../rehearsal-texts.ts'
import { DataTable } from './data-table.tsx'

/** Of the whole sale; `called` and `noShows` are null when they are no longer known. */
export type FunnelFigures = {
  joined: number
  called: number | null
  noShows: number | null
  entered: number
  booked: number
  cancelled: number
  meanWaitSeconds: number | null
  longestQueue: number
}

type SaleFunnelProps = { language: Language; funnel: FunnelFigures | null; csvHref: string }

/** How far the visitors of a sale got, from joining the queue to booking, and how long they waited. */
export function SaleFunnel({ language, funnel, csvHref }: SaleFunnelProps) {
  return (
    <section aria-labelledby='funnel-heading'>
      <div class='panel-head'>
        <h2 id='funnel-heading'>{T.title[language]}</h2>
        {funnel && <a href={csvHref} download>CSV</a>}
      </div>
      {!funnel ? <p class='notice'>{T.nothing[language]}</p> : (
        <>
          <p class='muted'>{T.lead[language]}</p>
          <DataTable
            caption={T.title[language]}
            rows={stepsOf(funnel)}
            keyOf={({ name }) => name}
            columns={[
              { title: T.step[language], cell: ({ name }) => STEPS[name][language] },
              {
                title: T.count[language],
                isNumber: true,
                cell: (step) => step.value === null ? '–' : count(step.value, language),
              },
              { title: T.share[language], isNumber: true, cell: ({ value, of }) => shareOf(value, of) },
            ]}
          />
          <p>{waitOf(funnel, language)}</p>
          {funnel.called === null && <p class='muted'>{T.roomGone[language]}</p>}
        </>
      )}
    </section>
  )
}

type StepName = keyof typeof STEPS
type Step = { name: StepName; value: number | null; of: number | null }

/** `of`: what the step's share is a share of. */
const stepsOf = ({ joined, called, noShows, entered, booked, cancelled }: FunnelFigures): Step[] => [
  { name: 'joined', value: joined, of: null },
  { name: 'called', value: called, of: joined },
  { name: 'noShows', value: noShows, of: called },
  { name: 'entered', value: entered, of: joined },
  { name: 'booked', value: booked, of: entered },
  { name: 'cancelled', value: cancelled, of: booked },
]

const shareOf = (value: number | null, of: number | null): string =>
  value === null || of === null || of === 0 ? '–' : `${(100 * value / of).toFixed(1)}%`

function waitOf({ meanWaitSeconds, longestQueue }: FunnelFigures, language: Language): string {
  const most = count(longestQueue, language)
  const wait = meanWaitSeconds === null ? null : duration(meanWaitSeconds, language)
  if (language === 'ko') {
    return `${wait === null ? '' : `평균 대기 시간은 약 ${wait}, `}가장 길 때 대기 인원은 ${most}명이었습니다.`
  }
  return `${wait === null ? '' : `Visitors waited for about ${wait} on average. `}At most ${most} waited at once.`
}

const STEPS = {
  joined: { ko: '대기열에 들어온 사람', en: 'Joined the queue' },
  called: { ko: '차례가 된 사람', en: 'Were called' },
  noShows: { ko: '차례에 나타나지 않은 사람', en: 'Did not come when called' },
  entered: { ko: '입장한 횟수', en: 'Entered' },
  booked: { ko: '예매한 건수', en: 'Booked' },
  cancelled: { ko: '취소 건수', en: 'Cancellations' },
} as const satisfies Record<string, Text>

const T = {
  title: { ko: '대기부터 예매까지', en: 'From joining to booking' },
  lead: {
    ko:
      '선택한 기간이 아니라 판매 전체의 수치입니다. 비율: 차례와 입장은 대기열 기준, 미방문은 차례 기준, 예매는 입장 기준, 취소는 예매 기준입니다.',
    en:
      'Of the whole sale, not of the period above. Each share is of the step it follows from: called and entered of those who joined, ' +
      'no-shows of those called, booked of those who entered, cancellations of bookings.',
  },
  nothing: { ko: '이 판매의 기록이 아직 없습니다.', en: 'Nothing of this sale has been recorded yet.' },
  roomGone: {
    ko: '대기실이 정리되어 차례와 미방문 수는 더 이상 알 수 없습니다.',
    en: 'The waiting room is gone, so how many were called and did not come is no longer known.',
  },
  step: { ko: '단계', en: 'Step' },
  count: { ko: '수', en: 'Number' },
  share: { ko: '비율', en: 'Share' },
} as const satisfies Record<string, Text>
