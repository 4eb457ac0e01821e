import * as z from 'zod'
import { recordAct } from '../audit-log.ts'
import { type CsvColumn, respondCsv } from '../csv.ts'
import type { Ctx } from '../http.tsx'
import { readQuery } from '../input.ts'
import type { AdminRequest } from './admin-route.ts'
import { filterOf, type FoundReservation, type ReservationQuery, searchReservations } from './reservation-search.ts'

/** `next`: the value of `after` for the next page; null on the last one. */
export type ReservationPage = { items: FoundReservation[]; next: string | null }

/** A page of reservations, the latest booking first. */
export async function listFound({ deps }: Pick<AdminRequest, 'deps'>, query: ReservationQuery): Promise<ReservationPage> {
  const { size, after } = query
  const found = await searchReservations(deps, filterOf(query), after ?? null, size + 1)
  const items = found.slice(0, size)
  return { items, next: found.length > size ? items.at(-1)!.id : null }
}

const COLUMNS: readonly CsvColumn<FoundReservation>[] = [
  { title: 'number', cell: ({ number }) => number },
  { title: 'shortNumber', cell: ({ shortNumber }) => shortNumber },
  { title: 'eventId', cell: ({ event }) => event.id },
  { title: 'event', cell: ({ event }) => event.title },
  { title: 'ticketType', cell: ({ ticketType }) => ticketType.name },
  { title: 'personId', cell: ({ person }) => person.id },
  { title: 'nickname', cell: ({ person }) => person.nickname },
  { title: 'email', cell: ({ person }) => person.email },
  { title: 'status', cell: ({ status }) => status },
  { title: 'booked', cell: ({ booked }) => booked },
  { title: 'quantity', cell: ({ quantity }) => quantity },
  { title: 'unitPrice', cell: ({ unitPrice }) => unitPrice },
  { title: 'totalPrice', cell: ({ unitPrice, quantity, status }) => status === 'confirmed' ? unitPrice * quantity : 0 },
  { title: 'createdAt', cell: ({ createdAt }) => createdAt },
  { title: 'cancelledAt', cell: ({ cancelledAt }) => cancelledAt },
]

/** Exports all reservations that match, the latest booking first. The export is an act itself. */
export async function exportReservations({ c, deps, actor }: AdminRequest, query: ReservationQuery): Promise<Response> {
  if (c.req.method !== 'HEAD') {
    const detail = { query: readQuery(c) }
    const act = { at: deps.now(), actor, action: 'reservation.export', subject: 'reservation:all', detail }
    await deps.db.transaction((tx) => recordAct(tx, act))
  }
  const filter = filterOf(query)
  return respondCsv(c, `reservations-${deps.now().toISOString().slice(0, 10)}`, {
    columns: COLUMNS,
    readAfter: (after: string | null, limit) => searchReservations(deps, filter, after, limit),
  })
}

/** The reservation's number in the path, in the spelling of the database; undefined if it is not a UUID. */
export const numberOf = (c: Ctx): string | undefined => z.uuid().safeParse(c.req.param('id')).data?.toLowerCase()
