import type { Language, Text } from '../../../edge/contract/language.ts'
import { paths } from '../../../edge/contract/paths.ts'
import { may } from '../../../edge/contract/roles.ts'
import { ProblemNotice } from '../../components/notices.tsx'
import { count } from '../../format.ts'
import { AdminDocument, type Viewer } from '../admin-document.tsx'
import { ActForm } from '../components/act-form.tsx'
import { type Column, DataTable } from '../components/data-table.tsx'
import { adminWords } from '../texts.ts'
import { type DeadLetterItem, DeadLetters } from './dead-letters.tsx'
import {
  explainSeats,
  type RefusedSeatAct,
  SEAT_TEXTS,
  type SeatActName,
  type SeatFigures,
  type SeatsDone,
} from './seat-texts.ts'
import { SaleStateChip } from './seats.tsx'
import { titleOf } from '../titles.ts'

export type EventSeats = {
  event: { id: number; title: string; titleEn: string }
  state: 'loaded' | 'not_loaded' | 'changing'
  isPaused: boolean
  agrees: boolean
  overLimit: number
  ticketTypes: (SeatFigures & { id: number; name: string })[]
  deadLetters: number
  /** Only for operators who may decide about them. */
  letters: DeadLetterItem[]
}

type EventSeatsPageProps = {
  language: Language
  viewer: Viewer
  now: string
  seats: EventSeats
  done?: SeatsDone | undefined
  refused?: RefusedSeatAct | undefined
}

export function EventSeatsPage({ language, viewer, now, seats, done, refused }: EventSeatsPageProps) {
  const { event, deadLetters, letters } = seats
  const title = titleOf(event, language)
  const maySell = may(viewer.role, 'sales.control')
  return (
    <AdminDocument
      language={language}
      viewer={viewer}
      path={paths.admin.eventSeats(event.id)}
      title={title}
      lead={T.lead[language]}
      parent={{ href: paths.admin.seats, title: adminWords(language)('allSeats') }}
      tabs={{ eventId: event.id, current: 'seats' }}
      actions={<SaleStateChip language={language} sale={seats} />}
      serverTime={now}
    >
      {done && <p class='notice good' role='status'>{DONE[done][language]}</p>}
      <ProblemNotice problem={refused?.problem} />
      <Verdict language={language} seats={seats} />
      <section aria-labelledby='types'>
        <h2 id='types'>{T.byType[language]}</h2>
        <DataTable caption={T.byType[language]} rows={seats.ticketTypes} keyOf={({ id }) => id} columns={columns(language)} />
        <details class='terms'>
          <summary>{T.terms[language]}</summary>
          <p>{T.termsText[language]}</p>
        </details>
      </section>
      {(deadLetters > 0 || letters.length > 0) && (
        <section aria-labelledby='letters'>
          <h2 id='letters'>{T.letters[language]} ({count(deadLetters, language)})</h2>
          <p>{T.lettersHint[language]}</p>
          {maySell && <DeadLetters language={language} eventId={event.id} letters={letters} refused={refused} />}
        </section>
      )}
      {maySell && (
        <section aria-labelledby='acts'>
          <h2 id='acts'>{T.acts[language]}</h2>
          <SeatActs language={language} seats={seats} title={title} refused={refused} />
        </section>
      )}
    </AdminDocument>
  )
}

/** One sentence about the whole sale, and what to do. */
function Verdict({ language, seats }: { language: Language; seats: EventSeats }) {
  const { state, isPaused, agrees, overLimit } = seats
  if (isPaused || !agrees) {
    return (
      <div class='notice problem'>
        <p>
          <strong>{(isPaused ? T.paused : T.differs)[language]}</strong>
        </p>
        <p>{(overLimit > 0 ? T.overLimit : isPaused && agrees ? T.pausedAgrees : T.differsHint)[language]}</p>
      </div>
    )
  }
  if (state === 'changing') return <p class='notice warn'>{T.changing[language]}</p>
  return state === 'loaded' ? <p class='notice good'>{T.agrees[language]}</p> : <p class='notice'>{T.notLoaded[language]}</p>
}

function columns(language: Language): Column<EventSeats['ticketTypes'][number]>[] {
  const number = (title: Text, of: (type: SeatFigures) => number | null): Column<EventSeats['ticketTypes'][number]> => ({
    title: title[language],
    isNumber: true,
    cell: (type) => {
      const value = of(type)
      return value === null ? '–' : count(value, language)
    },
  })
  return [
    {
      title: SEAT_TEXTS.ticketType[language],
      cell: (type) => (
        <>
          {type.name}
          <p class={`explained small ${type.drift === 0 ? 'muted' : 'is-bad'}`}>{explainSeats(type)[language]}</p>
        </>
      ),
    },
    number(SEAT_TEXTS.redis, ({ left }) => left),
    number(SEAT_TEXTS.inFlight, ({ inFlight }) => inFlight),
    number(SEAT_TEXTS.mysql, ({ sold }) => sold),
    number(SEAT_TEXTS.deadLettered, ({ deadLettered }) => deadLettered),
    number(SEAT_TEXTS.total, ({ total }) => total),
    number(SEAT_TEXTS.drift, ({ drift }) => drift),
  ]
}

type SeatActsProps = { language: Language; seats: EventSeats; title: string; refused: RefusedSeatAct | undefined }

/** The acts, the one that helps first. */
function SeatActs({ language, seats: { event, state, isPaused, agrees }, title, refused }: SeatActsProps) {
  const names: SeatActName[] = state === 'not_loaded'
    ? ['load']
    : isPaused || !agrees
    ? ['repair', 'audit', 'load', 'unload']
    : ['audit', 'load', 'unload']
  return (
    <div class='acts'>
      {names.map((name) => (
        <ActForm
          key={name}
          language={language}
          id={name}
          action={paths.admin.seatAct(event.id, name)}
          label={ACTS[name].label[language]}
          explanation={ACTS[name].explanation[language]}
          {...(NEEDS_TITLE.has(name) && { confirmation: title })}
          isDanger={NEEDS_TITLE.has(name)}
          problem={refused?.act === name ? refused.problem : undefined}
          reason={refused?.act === name ? refused.reason : undefined}
        />
      ))}
    </div>
  )
}

/** Acts that ask for the event's title. */
export const NEEDS_TITLE: ReadonlySet<SeatActName> = new Set(['unload', 'repair'])

const ACTS: Record<SeatActName, { label: Text; explanation: Text }> = {
  load: {
    label: { ko: '불러오기', en: 'Load' },
    explanation: {
      ko:
        'MySQL을 기준으로 판매 데이터를 Redis에 준비합니다. 이미 온전하면 아무것도 바꾸지 않습니다. 오픈 두 시간 전에 눌러 두세요.',
      en: 'Prepares the sale in Redis, counted from MySQL. A complete sale stays as it is. Do it two hours before the opening.',
    },
  },
  audit: {
    label: { ko: '점검 기록', en: 'Record an audit' },
    explanation: {
      ko: '지금 다시 점검하고 그 결과를 감사 로그에 남깁니다. 아무것도 바꾸지 않습니다.',
      en: 'Audits the seats again and keeps the result in the audit log. Changes nothing.',
    },
  },
  repair: {
    label: { ko: '보정', en: 'Repair' },
    explanation: {
      ko: '다시 점검한 뒤 남은 좌석을 차이만큼 더하거나 빼고, 자동 중지를 풉니다. 그동안 팔린 좌석은 그대로입니다.',
      en: 'Audits again, corrects the seats left by the drift, and resumes a paused sale. Seats sold meanwhile stay sold.',
    },
  },
  unload: {
    label: { ko: '내리기', en: 'Unload' },
    explanation: {
      ko:
        '판매 데이터를 Redis에서 지웁니다. 다음 예매 때 MySQL에서 다시 만듭니다. MySQL을 과거 시점으로 복원했을 때만 필요합니다. 예매는 지워지지 않습니다.',
      en:
        'Removes the sale from Redis; the next booking loads it from MySQL. Only needed after MySQL was restored to an earlier time. No reservation is removed.',
    },
  },
}

const DONE: Record<SeatsDone, Text> = {
  load: { ko: '판매 데이터가 준비되었습니다.', en: 'The sale is loaded.' },
  unload: {
    ko: '판매 데이터를 내렸습니다. 다음 예매 때 다시 불러옵니다.',
    en: 'The sale is unloaded. The next booking loads it.',
  },
  audit: { ko: '점검 결과를 감사 로그에 남겼습니다.', en: 'The audit is in the audit log.' },
  repair: { ko: '좌석을 보정했습니다.', en: 'The seats are repaired.' },
  retry: { ko: '항목을 MySQL에 기록했습니다.', en: 'The entry is written to MySQL.' },
  dismiss: { ko: '항목을 무효로 처리했습니다.', en: 'The entry is dismissed.' },
}

const T = {
  lead: { ko: '이 화면을 연 순간의 좌석입니다.', en: 'The seats when you opened this page.' },
  byType: { ko: '등급별 좌석', en: 'Seats by ticket type' },
  terms: { ko: '용어 설명', en: 'What these figures mean' },
  termsText: {
    ko:
      '남은 좌석: 지금 살 수 있는 좌석. 기록 중: 예매가 확정되었고 곧 MySQL에 기록될 좌석(음수는 취소). 판매: MySQL에 기록된 좌석. 기록 실패: 예매가 확정되었지만 MySQL이 거부한 좌석. 전체는 이들의 합이며, 다르면 그만큼이 차이입니다.',
    en:
      'Left: seats that can be bought now. In flight: booked and confirmed, not yet in MySQL (negative: cancellations). Sold: in MySQL. Dead-lettered: confirmed to the buyer, but refused by MySQL. They add up to the total; what is missing or too much is the drift.',
  },
  letters: { ko: '기록하지 못한 항목', en: 'Dead letters' },
  lettersHint: {
    ko:
      '구매자에게 확정되었지만 MySQL이 거부한 기록입니다. 원인을 해결하고 다시 시도하거나, 무효로 처리하고 구매자에게 알려 주세요.',
    en: 'Confirmed to the buyer, but refused by MySQL. Remove the cause and retry, or dismiss it and tell the buyer.',
  },
  acts: { ko: '작업', en: 'Acts' },
  agrees: { ko: 'Redis와 MySQL의 좌석 수가 일치합니다.', en: 'Redis and MySQL agree about every seat.' },
  differs: { ko: 'Redis와 MySQL의 좌석 수가 다릅니다', en: 'Redis and MySQL disagree about the seats' },
  paused: { ko: '판매가 자동으로 중지되었습니다', en: 'The sale has paused' },
  differsHint: {
    ko: '아래에서 차이를 확인하고 보정해 주세요. 기록하지 못한 취소가 있다면 먼저 다시 시도해 주세요.',
    en: 'See the drift below, then repair. If there is a dead letter of a cancellation, retry it first.',
  },
  pausedAgrees: {
    ko: '지금은 좌석 수가 일치합니다. 보정을 실행하면 판매가 다시 시작됩니다.',
    en: 'The seats add up now. A repair resumes the sale.',
  },
  overLimit: {
    ko: '1인당 한도보다 많이 가진 회원이 있습니다. 예매 내역에서 확인해 주세요.',
    en: 'Somebody holds more than the limit per person. Look at the reservations.',
  },
  changing: {
    ko: '예매 기록이 계속 바뀌어 지금은 비교하지 못했습니다. MySQL의 수만 표시합니다. 잠시 후 새로 고쳐 주세요.',
    en: 'The booking log kept changing, so only the figures of MySQL are shown. Reload the page shortly.',
  },
  notLoaded: {
    ko: '판매 데이터가 아직 Redis에 없습니다. 첫 예매 때 자동으로 불러오며, 오픈 전에 미리 불러오는 것이 좋습니다.',
    en: 'Redis does not have this sale yet. The first booking loads it; load it before the opening.',
  },
} as const satisfies Record<string, Text>
