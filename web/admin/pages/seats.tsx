import type { Language, Text } from '../../../edge/contract/language.ts'
import { paths } from '../../../edge/contract/paths.ts'
import { EmptyNotice } from '../../components/notices.tsx'
import { count, shortDateTime } from '../../format.ts'
import { AdminDocument, type Viewer } from '../admin-document.tsx'
import { type Column, DataTable } from '../components/data-table.tsx'
import { adminWords } from '../texts.ts'
import { SEAT_TEXTS, type SeatFigures } from './seat-texts.ts'
import { titleOf } from '../titles.ts'

/** A sale in the list. `opensAt`: ISO 8601. `totals`: of all ticket types. */
export type SaleItem = {
  event: { id: number; title: string; titleEn: string; opensAt: string }
  state: 'loaded' | 'not_loaded' | 'changing'
  isPaused: boolean
  agrees: boolean
  overLimit: number
  deadLetters: number
  totals: SeatFigures
}

type SeatsPageProps = { language: Language; viewer: Viewer; now: string; sales: SaleItem[] }

/** The seats of every sale: first the sales with a problem, then a table of all. */
export function SeatsPage({ language, viewer, now, sales }: SeatsPageProps) {
  const problems = sales.filter(hasProblem)
  return (
    <AdminDocument
      language={language}
      viewer={viewer}
      path={paths.admin.seats}
      title={adminWords(language)('seats')}
      lead={T.lead[language]}
      serverTime={now}
    >
      <section aria-labelledby='problems'>
        <h2 id='problems'>{T.problems[language]}</h2>
        {problems.length === 0 ? <p class='notice good'>{T.allAgree[language]}</p> : (
          <ul class='attention'>
            {problems.map((sale) => <SaleProblem key={sale.event.id} language={language} sale={sale} />)}
          </ul>
        )}
      </section>
      <section aria-labelledby='sales'>
        <h2 id='sales'>{T.sales[language]}</h2>
        {sales.length === 0
          ? (
            <EmptyNotice title={T.none[language]} hint={T.noneHint[language]}>
              <a class='button secondary' href={paths.admin.events}>{adminWords(language)('events')}</a>
            </EmptyNotice>
          )
          : <DataTable caption={T.sales[language]} rows={sales} keyOf={({ event }) => event.id} columns={columns(language)} />}
      </section>
    </AdminDocument>
  )
}

const hasProblem = ({ agrees, isPaused, deadLetters }: SaleItem) => !agrees || isPaused || deadLetters > 0

function SaleProblem({ language, sale }: { language: Language; sale: SaleItem }) {
  const { event, agrees, isPaused, overLimit, deadLetters } = sale
  const sentences = [
    isPaused && T.isPaused[language],
    !agrees && overLimit === 0 && T.disagrees[language],
    overLimit > 0 && T.overLimit[language],
    deadLetters > 0 && `${T.letters[language]} ${count(deadLetters, language)}`,
  ].filter(Boolean)
  return (
    <li class='bad'>
      <p>
        <strong>{titleOf(event, language)}</strong> {sentences.join(' ')}
      </p>
      <a href={paths.admin.eventSeats(event.id)}>{T.open[language]}</a>
    </li>
  )
}

function columns(language: Language): Column<SaleItem>[] {
  const number = (title: Text, of: (totals: SeatFigures) => number | null): Column<SaleItem> => ({
    title: title[language],
    isNumber: true,
    cell: ({ totals }) => {
      const value = of(totals)
      return value === null ? '–' : count(value, language)
    },
  })
  return [
    {
      title: SEAT_TEXTS.event[language],
      cell: ({ event }) => (
        <>
          <a href={paths.admin.eventSeats(event.id)}>{titleOf(event, language)}</a>
          <span class='muted small'>{T.opens[language]} {shortDateTime(event.opensAt, language)}</span>
        </>
      ),
    },
    { title: SEAT_TEXTS.state[language], cell: (sale) => <SaleStateChip language={language} sale={sale} /> },
    number(SEAT_TEXTS.redis, ({ left }) => left),
    number(SEAT_TEXTS.inFlight, ({ inFlight }) => inFlight),
    number(SEAT_TEXTS.mysql, ({ sold }) => sold),
    number(SEAT_TEXTS.deadLettered, ({ deadLettered }) => deadLettered),
    number(SEAT_TEXTS.total, ({ total }) => total),
    number(SEAT_TEXTS.drift, ({ drift }) => drift),
  ]
}

type SaleState = Pick<SaleItem, 'state' | 'isPaused' | 'agrees'>

/** The light of a sale: whether its stores agree. */
export function SaleStateChip({ language, sale }: { language: Language; sale: SaleState }) {
  if (sale.isPaused) return <span class='chip bad'>{SEAT_TEXTS.paused[language]}</span>
  if (!sale.agrees) return <span class='chip bad'>{SEAT_TEXTS.differs[language]}</span>
  switch (sale.state) {
    case 'loaded':
      return <span class='chip on-sale'>{SEAT_TEXTS.agrees[language]}</span>
    case 'not_loaded':
      return <span class='chip over'>{SEAT_TEXTS.notLoaded[language]}</span>
    case 'changing':
      return <span class='chip few'>{SEAT_TEXTS.changing[language]}</span>
    default:
      return sale.state satisfies never
  }
}

const T = {
  lead: {
    ko: '이 화면을 연 순간의 Redis와 MySQL을 비교합니다. 판매는 멈추지 않습니다.',
    en: 'Redis and MySQL, compared when you opened this page. Sales go on meanwhile.',
  },
  problems: { ko: '확인이 필요한 판매', en: 'Needs attention' },
  allAgree: { ko: '모든 판매의 좌석 수가 일치합니다.', en: 'The seats of every sale add up.' },
  isPaused: {
    ko: '좌석 수가 맞지 않아 판매가 자동으로 중지되었습니다.',
    en: 'The sale has paused because its seats do not add up.',
  },
  disagrees: { ko: 'Redis와 MySQL의 좌석 수가 다릅니다.', en: 'Redis and MySQL disagree about the seats.' },
  overLimit: { ko: '1인당 한도를 넘은 회원이 있습니다.', en: 'Somebody holds more than the limit per person.' },
  letters: { ko: '기록하지 못한 항목:', en: 'Dead letters:' },
  open: { ko: '확인하기', en: 'Take a look' },
  sales: { ko: '모든 판매', en: 'All sales' },
  opens: { ko: '오픈', en: 'Opens' },
  none: { ko: '판매 중이거나 예정된 공연이 없습니다', en: 'No event is on sale or about to be' },
  noneHint: { ko: '공연을 게시하면 여기에 표시됩니다.', en: 'Publish an event, and it appears here.' },
} as const satisfies Record<string, Text>
