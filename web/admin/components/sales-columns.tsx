import type { Language, Text } from '../../../edge/contract/language.ts'
import { count, money } from '../../format.ts'
import type { Column } from './data-table.tsx'

/** Seats that were booked in a period, and those of them that are still held. */
export type SalesFigures = { reservations: number; booked: number; kept: number; revenue: number }

/** The columns of every report: seats sold with a bar, cancellations with their share, revenue. `most`: the value of a full bar. */
export function salesColumns<Row extends SalesFigures>(language: Language, most: number): Column<Row>[] {
  return [
    {
      title: SALES_TEXTS.sold[language],
      isNumber: true,
      cell: ({ kept }) => (
        <>
          {count(kept, language)} <Bar value={kept} most={most} label={SALES_TEXTS.sold[language]} />
        </>
      ),
    },
    { title: SALES_TEXTS.cancelled[language], isNumber: true, cell: (row) => cancellations(row, language) },
    { title: SALES_TEXTS.reservations[language], isNumber: true, cell: ({ reservations }) => count(reservations, language) },
    { title: SALES_TEXTS.revenue[language], isNumber: true, cell: ({ revenue }) => money(revenue, language) },
  ]
}

/** `12 (3.4%)`: cancelled seats and their share of those booked. */
export function cancellations({ booked, kept }: SalesFigures, language: Language): string {
  const cancelled = booked - kept
  const share = booked > 0 ? Math.round(cancelled / booked * 1_000) / 10 : 0
  return `${count(cancelled, language)} (${share}%)`
}

/** A bar of a chart; the number stands beside it. */
export function Bar({ value, most, label }: { value: number; most: number; label: string }) {
  return <progress class='sold' max={Math.max(1, most)} value={value} aria-label={label} />
}

export const SALES_TEXTS = {
  sold: { ko: '판매', en: 'Sold' },
  cancelled: { ko: '취소', en: 'Cancelled' },
  reservations: { ko: '예매 건수', en: 'Reservations' },
  revenue: { ko: '매출', en: 'Revenue' },
  seats: { ko: '전체 좌석', en: 'Seats' },
} as const satisfies Record<string, Text>
