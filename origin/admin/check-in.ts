import { and, count, eq, inArray, sql, sum } from 'drizzle-orm'
import type { Queryable } from '../../db/mysql.ts'
import { admissions, reservations, ticketTypes } from '../../db/schema.ts'
import { parseTicketCode, ticketCode, verifyTicket } from '../../edge/contract/admission-ticket.ts'
import type { CheckInFigures, Mark, MarkResult, SeatName, Verdict } from '../../edge/contract/check-in.ts'
import type { Language } from '../../edge/contract/language.ts'
import { idTailsOf } from '../../edge/contract/reservation-number.ts'
import { type Operator, recordAct } from '../audit-log.ts'
import type { Deps } from '../deps.ts'
import { catchUp } from '../reservation-list.ts'

type Parts = Pick<Deps, 'db' | 'writeBack' | 'ticketKeys' | 'now'>
type Seat = { reservation: string; ordinal: number; ticketType: number; name: SeatName }
type Refusal = Exclude<Verdict, { kind: 'admitted' } | { kind: 'used' }>
type Found = { kind: 'seat'; seat: Seat } | Refusal
type CheckIn = { eventId: number; language: Language; actor: Operator }

/**
 * Admits the seats of scans, each once: the key of `admissions` decides between devices. A scan that was sent before gets the same answer. The
 * audit log has one act for each call that changed something or was refused. Throws StoreUnavailable; nothing is admitted then.
 */
export async function admitSeats(parts: Parts, checkIn: CheckIn, marks: readonly Mark[]): Promise<MarkResult[]> {
  const found = await Promise.all(marks.map(async (mark) => ({ mark, found: await findSeat(parts, checkIn, mark.text) })))
  // In one order in every transaction, so that two of them cannot wait for each other.
  found.sort((a, b) => keyOf(a.found) < keyOf(b.found) ? -1 : 1)
  return await parts.db.transaction(async (tx) => {
    const results: MarkResult[] = []
    let isRepeated = true
    for (const { mark, found: one } of found) {
      const verdict = one.kind === 'seat'
        ? await admit(tx, checkIn, one.seat, scanOf(mark, parts.now()))
        : Object.assign(one, { isNew: true })
      isRepeated &&= !verdict.isNew
      const { isNew: _, ...rest } = verdict
      results.push({ id: mark.id, verdict: rest })
    }
    if (!isRepeated) await record(tx, parts.now(), checkIn, results)
    return results
  })
}

const keyOf = (found: Found): string => found.kind === 'seat' ? `${found.seat.reservation}${found.seat.ordinal + 100}` : ''

function record(tx: Queryable, at: Date, { eventId, actor }: CheckIn, results: readonly MarkResult[]): Promise<string> {
  const codesOf = (kind: Verdict['kind']) =>
    results.flatMap(({ verdict }) => verdict.kind === kind && 'seat' in verdict ? [verdict.seat.code] : [])
  const refused = results.filter(({ verdict }) => !('seat' in verdict)).map(({ verdict }) => verdict.kind)
  const detail = { admitted: codesOf('admitted'), used: codesOf('used'), cancelled: codesOf('cancelled'), refused }
  return recordAct(tx, { at, actor, action: 'ticket.admit', subject: `event:${eventId}`, detail })
}

/** How far the clock of a device may differ from ours, or a scan may be late. Other times are replaced by ours. */
const MAX_LATE_MS = 3 * 86_400_000

/** A scan with its time as a date. */
type Scan = Omit<Mark, 'at'> & { at: Date }

function scanOf(mark: Mark, now: Date): Scan {
  const at = new Date(mark.at)
  return Object.assign({}, mark, { at: Math.abs(at.getTime() - now.getTime()) < MAX_LATE_MS ? at : now })
}

/** `isNew`: the scan was not known before. An admission that is undone meanwhile is tried again. */
async function admit(
  tx: Queryable,
  checkIn: CheckIn,
  seat: Seat,
  scan: Scan,
  attempts = 3,
): Promise<Verdict & { isNew: boolean }> {
  const { reservation, ordinal, ticketType, name } = seat
  const { id, at, device } = scan
  const row = {
    reservationId: reservation,
    ordinal,
    eventId: checkIn.eventId,
    ticketTypeId: ticketType,
    markId: id,
    at,
    device,
    operatorId: checkIn.actor.id,
  }
  const [{ affectedRows }] = await tx.insert(admissions).ignore().values(row)
  if (affectedRows === 1) return { kind: 'admitted', seat: name, at: at.toISOString(), isNew: true }
  const [first] = await tx.select().from(admissions).where(isSeat(reservation, ordinal))
  if (!first) {
    if (attempts === 1) throw new Error(`The seat ${name.code} is admitted and undone without end`)
    return await admit(tx, checkIn, seat, scan, attempts - 1)
  }
  const known = { seat: name, at: first.at.toISOString() }
  if (first.markId === id) return Object.assign(known, { kind: 'admitted' as const, isNew: false })
  return Object.assign(known, { kind: 'used' as const, device: first.device, isNew: true })
}

const isSeat = (reservation: string, ordinal: number) =>
  and(eq(admissions.reservationId, reservation), eq(admissions.ordinal, ordinal))

/** Undoes a scan: its seat can be admitted again. Returns false if the scan did not admit the seat, or is undone already. */
export async function undoAdmission(
  parts: Pick<Parts, 'db' | 'now'>,
  { eventId, actor }: Omit<CheckIn, 'language'>,
  { id, reservation, ordinal }: { id: string; reservation: string; ordinal: number },
): Promise<boolean> {
  return await parts.db.transaction(async (tx) => {
    const isMark = and(isSeat(reservation, ordinal), eq(admissions.eventId, eventId), eq(admissions.markId, id))
    const [before] = await tx.select().from(admissions).where(isMark).for('update')
    if (!before) return false
    await tx.delete(admissions).where(isMark)
    const detail = { code: ticketCode({ reservation, ordinal }), before: { at: before.at, device: before.device } }
    await recordAct(tx, { at: parts.now(), actor, action: 'ticket.undo', subject: `event:${eventId}`, detail })
    return true
  })
}

/** The seat that a text admits to: a QR code, which must be signed, or a code that staff typed. */
async function findSeat(parts: Parts, checkIn: CheckIn, text: string): Promise<Found> {
  const early = await readSeat(parts, checkIn, text)
  if (early.kind !== 'unknown') return early
  // It may have been booked a second ago.
  return await catchUp(parts) ? await readSeat(parts, checkIn, text) : early
}

async function readSeat(parts: Parts, checkIn: CheckIn, text: string): Promise<Found> {
  const typed = parseTicketCode(text)
  if (typed) {
    const { first, last } = idTailsOf(typed.number)
    const hasNumber = sql`${reservations.idTail} between ${Buffer.from(first, 'hex')} and ${Buffer.from(last, 'hex')}`
    const rows = await selectRows(parts, checkIn, hasNumber)
    // A number without a seat is enough where there is only one.
    const ordinal = typed.ordinal ?? (rows[0]?.quantity === 1 ? 1 : null)
    return rows.length === 1 && ordinal !== null ? seatOf(rows[0]!, ordinal, checkIn.language) : { kind: 'unknown' }
  }
  const check = await verifyTicket(text, parts.ticketKeys.publicKeys)
  if (check.kind !== 'ticket') return check
  const { event, reservation, ticketType, ordinal } = check.ticket
  if (event !== checkIn.eventId) return { kind: 'other_event' }
  const [row] = await selectRows(parts, checkIn, eq(reservations.id, reservation))
  return row?.typeId === ticketType ? seatOf(row, ordinal, checkIn.language) : { kind: 'unknown' }
}

const selectRows = ({ db }: Pick<Parts, 'db'>, { eventId }: Pick<CheckIn, 'eventId'>, condition: ReturnType<typeof sql>) =>
  db.select({
    id: reservations.id,
    typeId: ticketTypes.id,
    type: ticketTypes.name,
    typeEn: ticketTypes.nameEn,
    quantity: reservations.quantity,
    booked: reservations.booked,
    status: reservations.status,
  }).from(reservations).innerJoin(ticketTypes, eq(ticketTypes.id, reservations.ticketTypeId))
    .where(and(condition, eq(reservations.eventId, eventId))).limit(2)

type Row = Awaited<ReturnType<typeof selectRows>>[number]

function seatOf({ id, typeId, type, typeEn, quantity, booked, status }: Row, ordinal: number, language: Language): Found {
  if (ordinal > booked) return { kind: 'unknown' }
  const code = ticketCode({ reservation: id, ordinal })
  const name: SeatName = { reservation: id, code, ticketType: language === 'ko' ? type : typeEn, ordinal, quantity }
  if (status === 'cancelled' || ordinal > quantity) return { kind: 'cancelled', seat: name }
  return { kind: 'seat', seat: { reservation: id, ordinal, ticketType: typeId, name } }
}

/** How many seats of an event are sold, and how many are in. Null: there is no such event. */
export async function readFigures({ db }: Pick<Deps, 'db'>, language: Language, eventId: number): Promise<CheckInFigures | null> {
  const [types, sold, admitted] = await Promise.all([
    db.select().from(ticketTypes).where(eq(ticketTypes.eventId, eventId)).orderBy(ticketTypes.sortOrder),
    db.select({ type: reservations.ticketTypeId, seats: sum(reservations.quantity).mapWith(Number) }).from(reservations)
      .where(and(
        inArray(
          reservations.ticketTypeId,
          db.select({ id: ticketTypes.id }).from(ticketTypes).where(eq(ticketTypes.eventId, eventId)),
        ),
        eq(reservations.status, 'confirmed'),
      )).groupBy(reservations.ticketTypeId),
    db.select({ type: admissions.ticketTypeId, seats: count() }).from(admissions).where(eq(admissions.eventId, eventId))
      .groupBy(admissions.ticketTypeId),
  ])
  if (types.length === 0) return null
  const seatsOf = (rows: { type: number; seats: number }[], id: number) => rows.find(({ type }) => type === id)?.seats ?? 0
  return {
    ticketTypes: types.map(({ id, name, nameEn }) => ({
      id,
      name: language === 'ko' ? name : nameEn,
      seats: seatsOf(sold, id),
      admitted: seatsOf(admitted, id),
    })),
  }
}
