import type { Language, Text } from '../../../edge/contract/language.ts'
import { paths } from '../../../edge/contract/paths.ts'
import { Countdown } from '../../components/countdown.tsx'
import { EmptyNotice } from '../../components/notices.tsx'
import { count, dateTime, timeOfDay } from '../../format.ts'
import { AdminDocument, type Viewer } from '../admin-document.tsx'
import { DataTable } from '../components/data-table.tsx'
import { adminWords } from '../texts.ts'
import { titleOf, venueOf } from '../titles.ts'

type EventName = { id: number; title: string; titleEn: string }
/** Times are ISO 8601. */
export type AttentionItem =
  | { kind: 'paused'; event: EventName }
  | { kind: 'dead_letters'; event: EventName; entries: number }
  | { kind: 'cancelling'; event: EventName; seats: number; isLate: boolean }
  | { kind: 'write_back_late'; seconds: number }
  | { kind: 'stopped'; event: EventName; message: string }
  | { kind: 'opens_soon'; event: EventName; opensAt: string }
export type OpeningItem = EventName & { opensAt: string; venue: string; venueEn: string }

type OverviewProps = { language: Language; viewer: Viewer; now: string; attention: AttentionItem[]; openings: OpeningItem[] }

export function OverviewPage({ language, viewer, now, attention, openings }: OverviewProps) {
  const [next] = openings
  return (
    <AdminDocument
      language={language}
      viewer={viewer}
      path={paths.admin.home}
      title={adminWords(language)('overview')}
      serverTime={now}
    >
      <section aria-labelledby='attention'>
        <h2 id='attention'>{T.attention[language]}</h2>
        {attention.length === 0
          ? <p class='notice good'>{T.allWell[language]}</p>
          : <ul class='attention'>{attention.map((item) => <Attention key={keyOf(item)} language={language} item={item} />)}</ul>}
      </section>
      <section aria-labelledby='openings'>
        <h2 id='openings'>{T.openings[language]}</h2>
        {next && (
          <Countdown language={language} label={`${T.next[language]} · ${titleOf(next, language)}`} opensAt={next.opensAt} />
        )}
        {openings.length === 0
          ? (
            <EmptyNotice title={T.noOpenings[language]} hint={T.noOpeningsHint[language]}>
              <a class='button secondary' href={paths.admin.events}>{adminWords(language)('events')}</a>
            </EmptyNotice>
          )
          : (
            <DataTable
              caption={T.openings[language]}
              rows={openings}
              keyOf={({ id }) => id}
              columns={[
                {
                  title: T.event[language],
                  cell: (event) => <a href={paths.admin.event(event.id)}>{titleOf(event, language)}</a>,
                },
                {
                  title: T.opensAt[language],
                  cell: ({ opensAt }) =>
                    dateTime(opensAt, language),
                },
                { title: T.venue[language], cell: (event) => venueOf(event, language) },
              ]}
            />
          )}
      </section>
    </AdminDocument>
  )
}

function Attention({ language, item }: { language: Language; item: AttentionItem }) {
  const isBad = item.kind === 'paused' || item.kind === 'dead_letters' || (item.kind === 'cancelling' && item.isLate)
  return (
    <li class={isBad ? 'bad' : undefined}>
      <p>
        {'event' in item && <strong>{titleOf(item.event, language)}</strong>} {sentenceOf(item)[language]}
      </p>
      <a href={hrefOf(item)}>{T.look[language]}</a>
    </li>
  )
}

/** The page on which an operator can do something about an item. */
function hrefOf(item: AttentionItem): string {
  switch (item.kind) {
    case 'paused':
    case 'dead_letters':
      return paths.admin.eventSeats(item.event.id)
    case 'write_back_late':
      return paths.admin.seats
    case 'cancelling':
    case 'stopped':
    case 'opens_soon':
      return paths.admin.event(item.event.id)
    default:
      return item satisfies never
  }
}

function sentenceOf(item: AttentionItem): Text {
  switch (item.kind) {
    case 'paused':
      return {
        ko: '좌석 수가 맞지 않아 예매가 자동으로 중지되었습니다. 좌석을 점검하고 보정해 주세요.',
        en: 'The sale has paused because its seats do not add up. Audit and repair the seats.',
      }
    case 'dead_letters':
      return {
        ko: `데이터베이스에 기록하지 못한 예매 ${item.entries}건이 있습니다.`,
        en: item.entries === 1
          ? 'One booking could not be written to MySQL.'
          : `${item.entries} bookings could not be written to MySQL.`,
      }
    case 'cancelling': {
      const [ko, en] = [count(item.seats, 'ko'), count(item.seats, 'en')]
      return item.isLate
        ? {
          ko:
            `공연을 취소한 지 10분이 지났는데 좌석 ${ko}석의 예매가 남아 있습니다. 공연 화면에서 ‘지금 계속하기’를 눌러 주세요. ` +
            '그래도 줄지 않으면 좌석 화면에서 기록하지 못한 항목을 확인해 주세요.',
          en:
            `The event was cancelled over 10 minutes ago, and ${en} of its seats are still booked. Press “Continue now” on its page. ` +
            'If the number does not fall, look for dead letters on its seats page.',
        }
        : {
          ko: `공연 취소가 진행 중입니다. 좌석 ${ko}석의 예매가 아직 취소되지 않았습니다. 자동으로 계속되니 기다려 주세요.`,
          en: `The event is being cancelled. ${en} of its seats are still booked. This continues by itself.`,
        }
    }
    case 'write_back_late':
      return {
        ko: `예매 기록이 데이터베이스에 ${item.seconds}초 늦게 반영되고 있습니다.`,
        en: `Bookings reach MySQL ${item.seconds} seconds late.`,
      }
    case 'stopped':
      return {
        ko: `예매가 중지되어 있습니다. 안내 문구: ${item.message || '없음'}`,
        en: `The sale is stopped. Message to buyers: ${item.message || 'none'}`,
      }
    case 'opens_soon':
      return { ko: `${timeOfDay(item.opensAt)}에 예매가 열립니다.`, en: `The sale opens at ${timeOfDay(item.opensAt)} KST.` }
    default:
      return item satisfies never
  }
}

const keyOf = (item: AttentionItem) => `${item.kind}-${'event' in item ? item.event.id : ''}`

const T = {
  attention: { ko: '확인이 필요한 항목', en: 'Needs attention' },
  allWell: { ko: '확인이 필요한 항목이 없습니다.', en: 'Nothing needs attention.' },
  openings: { ko: '예정된 예매 오픈', en: 'Next openings' },
  next: { ko: '다음 오픈', en: 'Next to open' },
  noOpenings: { ko: '예정된 오픈이 없습니다.', en: 'No sale is about to open.' },
  noOpeningsHint: { ko: '공연을 만들고 게시하면 여기에 표시됩니다.', en: 'Create and publish an event, and it appears here.' },
  event: { ko: '공연', en: 'Event' },
  opensAt: { ko: '오픈 시각', en: 'Opens' },
  venue: { ko: '장소', en: 'Venue' },
  look: { ko: '확인하기', en: 'Take a look' },
} as const satisfies Record<string, Text>
