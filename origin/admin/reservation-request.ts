import * as z from 'zod'
import { recordAct } from '../audit-log.ts'
import type { CsvColumn } from '../csv.ts'
import type { Ctx } from '../http.tsx'
import { readQuery } from '../input.ts'
import type { AdminRequest } from './admin-route.ts'
import { respondExport } from './csv-export.ts'
import { type DetailResult, readReservation } from './reservation-history.ts'
import { filterOf, type FoundReservation, type ReservationQuery, searchReservations } from './reservation-search.ts'

/** `next`: the value of `after` for the next page; null on the last one. */
export type ReservationPage = { items: FoundReservation[]; next: string | null }

/** A page of reservations, the latest booking first. */
export async function listFound(request: AdminRequest, query: ReservationQuery): Promise<ReservationPage> {
  const { size, after } = query
  const found = await searchReservations(request.deps, filterOf(query), after ?? null, size + 1)
  const items = found.slice(0, size)
  await recordRead(request, 'reservation.list', 'reservation:all', { query: readQuery(request.c), found: items.length })
  return { items, next: found.length > size ? items.at(-1)!.id : null }
}

/** A reservation with its history; `not_found` also for what is no number. */
export async function readFound(request: AdminRequest): Promise<DetailResult> {
  const id = numberOf(request.c)
  if (id === undefined) return { kind: 'not_found' }
  const result = await readReservation(request.deps, id)
  if (result.kind === 'found') await recordRead(request, 'reservation.view', `reservation:${id}`)
  return result
}

/** Records that an operator has read what belongs to buyers, which is an act like a change. */
export async function recordRead(
  { c, deps, actor }: Pick<AdminRequest, 'c' | 'deps' | 'actor'>,
  action: string,
  subject: string,
  detail?: object,
): Promise<void> {
  if (c.req.method === 'HEAD') return
  await deps.db.transaction((tx) => recordAct(tx, { at: deps.now(), actor, action, subject, ...(detail && { detail }) }))
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

/** Exports all reservations that match, the latest booking first. */
export async function exportReservations(request: AdminRequest, query: ReservationQuery): Promise<Response> {
  const { c, deps } = request
  const record = () => recordRead(request, 'reservation.export', 'reservation:all', { query: readQuery(c) })
  const filter = filterOf(query)
  return await respondExport(request, `reservations-${deps.now().toISOString().slice(0, 10)}`, {
    columns: COLUMNS,
    readAfter: (after: string | null, limit) => searchReservations(deps, filter, after, limit),
  }, record)
}

/** The reservation's number in the path, in the spelling of the database; undefined if it is not a UUID. */
export const numberOf = (c: Ctx): string | undefined => z.uuid().safeParse(c.req.param('id')).data?.toLowerCase()
