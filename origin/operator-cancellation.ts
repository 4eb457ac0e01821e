import { type CancelReply, type CancelRequest, cancelSeats } from '../db/redis/sale/seats.ts'
import type { Language } from '../edge/contract/language.ts'
import { type Operator, recordAct } from './audit-log.ts'
import { selectReservation } from './reservation-list.ts'
import { type Cancellation, type CancelResult, cancelWritten, type ReservationParts } from './reservations.ts'

/** A cancellation by an operator. Actor and reason are in the audit log. */
export type OperatorCancellation = { id: string; keep: number; actor: Operator; reason: string }

/**
 * Cancels a buyer's reservation as `cancel` does, for an operator: also after the buyers' deadline, until Redis drops the sale a week after the
 * event's start (`cancel_closed`). A call that changes something is recorded. The act is inserted before the script runs and is committed
 * unless the script has changed nothing, so that a call whose outcome is unknown is recorded, too. If the process dies in between, the
 * cancellation is in the application log only.
 */
export function cancelForBuyer(
  parts: ReservationParts,
  language: Language,
  request: OperatorCancellation,
): Promise<CancelResult> {
  const { id, keep } = request
  const cancellation: Cancellation = {
    id,
    keep,
    isByOperator: true,
    findRow: () => selectReservation(parts.db, id),
    run: (eventId, seats) => runRecorded(parts, request, eventId, seats),
  }
  return parts.mysqlHealth.orUnavailable(() => cancelWritten(parts, language, cancellation))
}

/** Rolls the transaction back, with the script's reply. */
class NothingCancelled extends Error {
  constructor(readonly reply: CancelReply) {
    super(reply.kind)
  }
}

async function runRecorded(
  { db, redis, now }: Pick<ReservationParts, 'db' | 'redis' | 'now'>,
  { id, actor, reason }: OperatorCancellation,
  eventId: number,
  request: CancelRequest,
): Promise<CancelReply> {
  const { quantity, keep } = request
  const detail = { before: { quantity }, after: { quantity: keep }, eventId, person: request.person }
  const act = { at: now(), actor, action: 'reservation.cancel', subject: `reservation:${id}`, reason, detail }
  try {
    const reply = await db.transaction(async (tx) => {
      await recordAct(tx, act)
      const outcome = await cancelSeats(redis, eventId, request).catch((error: unknown) => ({ error }))
      if ('kind' in outcome && outcome.kind !== 'cancelled') throw new NothingCancelled(outcome)
      return outcome
    })
    if ('error' in reply) throw reply.error
    return reply
  } catch (error) {
    if (error instanceof NothingCancelled) return error.reply
    throw error
  }
}
