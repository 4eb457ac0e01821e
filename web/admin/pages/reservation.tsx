import type { Language, Text } from '../../../edge/contract/language.ts'
import { paths } from '../../../edge/contract/paths.ts'
import type { Problem } from '../../../edge/contract/problems.ts'
import { may } from '../../../edge/contract/roles.ts'
import { FieldProblem } from '../../components/fields.tsx'
import { ProblemNotice } from '../../components/notices.tsx'
import { ReservationStatusChip } from '../../components/status-chip.tsx'
import { count, dateTime, lastMinuteBefore, money, timeOfDay } from '../../format.ts'
import { AdminDocument, type Viewer } from '../admin-document.tsx'
import { ActForm } from '../components/act-form.tsx'
import { DataTable } from '../components/data-table.tsx'
import { adminWords } from '../texts.ts'
import type { ReservationItem } from './reservations.tsx'
import { titleOf, typeNameOf } from '../titles.ts'

/** A step in the life of a reservation. `by`: null for the buyer. `writtenAt`: when MySQL had it, at the latest. Times are ISO 8601. */
export type ReservationStepItem = {
  kind: 'booked' | 'kept' | 'cancelled'
  at: string
  writtenAt: string
  seats: number
  by: { nickname: string | null; reason: string } | null
}

type ReservationDetailPageProps = {
  language: Language
  viewer: Viewer
  now: string
  reservation: ReservationItem & { cancelUntil: string; history: ReservationStepItem[] }
  isDone?: boolean
  refused?: { problem: Problem; reason: string } | undefined
}

export function ReservationDetailPage(props: ReservationDetailPageProps) {
  const { language, viewer, now, reservation, isDone, refused } = props
  const { event, ticketType, person, quantity, unitPrice, status, createdAt, cancelUntil, history } = reservation
  return (
    <AdminDocument
      language={language}
      viewer={viewer}
      path={paths.admin.reservation(reservation.number)}
      title={titleOf(event, language)}
      lead={
        <>
          <strong class='number-text'>{reservation.shortNumber}</strong> <span class='number-text'>{reservation.number}</span>
        </>
      }
      parent={{ href: paths.admin.reservations, title: adminWords(language)('allReservations') }}
      actions={<ReservationStatusChip language={language} status={status} />}
      serverTime={now}
    >
      {isDone && <p class='notice good' role='status'>{T.done[language]}</p>}
      <ProblemNotice problem={refused?.problem} />
      <section class='panel' aria-label={T.facts[language]}>
        <dl class='facts-list'>
          <dt>{T.buyer[language]}</dt>
          <dd>
            {person.nickname} · {person.email} · #{person.id}
          </dd>
          <dt>{T.seats[language]}</dt>
          <dd>
            {typeNameOf(ticketType, language)} × {count(quantity, language)}
          </dd>
          <dt>{T.price[language]}</dt>
          <dd>{money(unitPrice * quantity, language)}</dd>
          <dt>{T.bookedAt[language]}</dt>
          <dd>{dateTime(createdAt, language)}</dd>
          <dt>{T.cancelUntil[language]}</dt>
          <dd>{dateTime(lastMinuteBefore(cancelUntil), language)}</dd>
        </dl>
      </section>
      <section aria-labelledby='history'>
        <h2 id='history'>{T.history[language]}</h2>
        <History language={language} steps={history} buyer={person.nickname} />
      </section>
      {status === 'confirmed' && may(viewer.role, 'reservations.cancel') && (
        <section aria-labelledby='cancel-heading'>
          <h2 id='cancel-heading'>{T.cancelHeading[language]}</h2>
          <CancelForm {...props} />
        </section>
      )}
    </AdminDocument>
  )
}

function CancelForm({ language, now, reservation: { number, quantity, cancelUntil }, refused }: ReservationDetailPageProps) {
  return (
    <ActForm
      language={language}
      id='cancel'
      action={paths.admin.reservationCancellation(number)}
      label={T.cancel[language]}
      explanation={(now >= cancelUntil ? T.cancelLate : T.cancelText)[language]}
      isDanger
      problem={refused?.problem}
      reason={refused?.reason}
    >
      <label for='keep'>{T.howMany[language]}</label>
      <select id='keep' name='keep' required>
        <option value='none'>{T.all[language]} ({quantity})</option>
        {Array.from({ length: quantity - 1 }, (_, i) => {
          const kept = quantity - 1 - i
          return (
            <option key={kept} value={kept}>
              {language === 'ko' ? `${i + 1}매 취소, ${kept}매 유지` : `Cancel ${i + 1}, keep ${kept}`}
            </option>
          )
        })}
      </select>
      <FieldProblem problem={refused?.problem} field='keep' />
    </ActForm>
  )
}

function History({ language, steps, buyer }: { language: Language; steps: ReservationStepItem[]; buyer: string }) {
  return (
    <DataTable
      caption={T.history[language]}
      rows={steps}
      keyOf={({ at, seats }) => `${at}-${seats}`}
      columns={[
        { title: T.step[language], cell: ({ kind }) => STEPS[kind][language] },
        { title: T.held[language], isNumber: true, cell: ({ seats }) => count(seats, language) },
        { title: T.at[language], cell: ({ at }) => `${dateTime(at, language)} (${timeOfDay(at)})` },
        {
          title: T.by[language],
          cell: ({ by }) => by ? `${by.nickname ?? T.operator[language]}: ${by.reason}` : `${buyer} (${T.buyer[language]})`,
        },
        { title: T.writtenAt[language], cell: ({ writtenAt }) => timeOfDay(writtenAt) },
      ]}
    />
  )
}

const STEPS: Record<ReservationStepItem['kind'], Text> = {
  booked: { ko: '예매', en: 'Booked' },
  kept: { ko: '일부 취소', en: 'Cancelled in part' },
  cancelled: { ko: '전체 취소', en: 'Cancelled' },
}

const T = {
  done: { ko: '취소했습니다. 좌석은 바로 다시 판매됩니다.', en: 'Cancelled. The seats are back on sale.' },
  facts: { ko: '예매 정보', en: 'Reservation' },
  buyer: { ko: '구매자', en: 'Buyer' },
  operator: { ko: '운영자', en: 'Operator' },
  seats: { ko: '좌석', en: 'Tickets' },
  price: { ko: '금액', en: 'Price' },
  bookedAt: { ko: '예매 시각', en: 'Booked' },
  cancelUntil: { ko: '구매자 취소 마감', en: 'Buyers may cancel until' },
  history: { ko: '이력', en: 'History' },
  step: { ko: '내용', en: 'What' },
  held: { ko: '보유 매수', en: 'Tickets held' },
  at: { ko: '시각', en: 'When' },
  by: { ko: '누가', en: 'By' },
  writtenAt: { ko: 'MySQL 기록', en: 'In MySQL' },
  cancelHeading: { ko: '구매자를 위한 취소', en: 'Cancel for the buyer' },
  cancel: { ko: '예매 취소', en: 'Cancel tickets' },
  cancelText: {
    ko: '좌석은 바로 다시 판매됩니다. 되돌릴 수 없습니다. 구매자에게 취소 메일이 발송됩니다. 환불은 따로 처리해 주세요.',
    en: 'The seats go back on sale at once. This cannot be undone. The buyer gets a mail. Refund separately.',
  },
  cancelLate: {
    ko:
      '구매자의 취소 마감이 지났지만 운영자는 취소할 수 있습니다. 되돌릴 수 없습니다. 구매자에게 취소 메일이 발송됩니다. 환불은 따로 처리해 주세요.',
    en: 'The buyer can no longer cancel, but operators can. This cannot be undone. The buyer gets a mail. Refund separately.',
  },
  howMany: { ko: '취소할 매수', en: 'How many tickets' },
  all: { ko: '전체 취소', en: 'All of them' },
} as const satisfies Record<string, Text>
